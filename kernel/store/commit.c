// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commits: take the batch, write it (journal.c), let go of what it freed.
 *
 * Many may wait for a commit at the same time.  Each knows the sequence that
 * it needs; whoever gets the lock first commits what all of them have put into
 * the batch, and the others find that they need nothing any more.
 */
#include <linux/errno.h>
#include <linux/kernel.h>

#include "store/private.h"

/*
 * Not when a commit has failed: its records are lost, and who waits for them
 * must not be told that there is nothing to commit.
 */
int kdp_commit_allowed(const struct kdp_store *s)
{
	if ((u64)atomic64_read(&s->durable) + 1 != s->filling->sequence)
		return -EIO;
	if (s->filling->nr_blocks && s->mode != KDP_STORE_ACTIVE)
		return -EROFS;
	return 0;
}

int kdp_commit_locked(struct kdp_store *s)
{
	struct kdp_batch *b = NULL;
	int err;

	mutex_lock(&s->model_lock);
	err = kdp_commit_allowed(s);
	if (!err && !kdp_journal_room(s, s->filling->nr_blocks))
		err = -EAGAIN;
	if (!err)
		b = kdp_batch_take(s);
	mutex_unlock(&s->model_lock);
	if (!b)
		return err;

	err = kdp_batch_write(s, b);
	mutex_lock(&s->model_lock);
	kdp_batch_retire(s, b, !err);
	mutex_unlock(&s->model_lock);
	return err;
}

static bool kdp_is_durable(const struct kdp_store *s, u64 sequence)
{
	return (u64)atomic64_read_acquire(&s->durable) >= sequence;
}

/* Until @sequence is durable; a full journal makes way by a checkpoint. */
static int kdp_commit_until(struct kdp_store *s, u64 sequence)
{
	int err = 0;

	while (!err && !kdp_is_durable(s, sequence)) {
		mutex_lock(&s->commit_lock);
		if (!kdp_is_durable(s, sequence))
			err = kdp_commit_locked(s);
		mutex_unlock(&s->commit_lock);
		if (err == -EAGAIN)
			err = kdp_checkpoint_for_room(s);
	}
	return err;
}

/* @begun: flushes that had begun when the caller began. */
static int kdp_commit_flushed(struct kdp_store *s, u64 sequence, u64 begun,
			      bool *flushed)
{
	int err = kdp_commit_until(s, sequence);

	if (flushed)
		*flushed = !err && READ_ONCE(s->flush_of_commit) > begun;
	return err;
}

int kdp_commit_recorded(struct kdp_store *s, bool *flushed)
{
	u64 begun = READ_ONCE(s->flushes_begun);
	u64 sequence;

	mutex_lock(&s->model_lock);
	sequence = s->filling->sequence - !s->filling->nr_blocks;
	mutex_unlock(&s->model_lock);
	return kdp_commit_flushed(s, sequence, begun, flushed);
}

int kdp_store_commit(struct kdp_store *s, bool *flushed)
{
	int err = kdp_store_record_landed(s);

	return err ? err : kdp_commit_recorded(s, flushed);
}

int kdp_store_commit_volume(struct kdp_store *s, const struct kdp_volume *v,
			    bool *flushed)
{
	u64 begun = READ_ONCE(s->flushes_begun);
	u64 sequence;
	int err = 0;

	if (atomic_read(&v->landed))
		err = kdp_store_record_landed(s);
	if (err && atomic_read(&v->landed))
		return err;
	sequence = atomic64_read(&v->dirty);
	return kdp_commit_flushed(s, sequence, begun, flushed);
}

bool kdp_store_wants_checkpoint(const struct kdp_store *s)
{
	return kdp_store_mode(s) == KDP_STORE_ACTIVE &&
	       READ_ONCE(s->journal_used) >
	       s->super.geometry.journal_blocks / 2;
}
