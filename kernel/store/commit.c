// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commits: take the batch, write it (journal.c), let go of what it freed.
 *
 * Before a commit the journal has room for two batches: one for it, one for
 * the last commit of the checkpoint that makes room again.
 */
#include <linux/errno.h>
#include <linux/kernel.h>

#include "store/private.h"

static bool kdp_journal_short(const struct kdp_store *s)
{
	return s->super.geometry.journal_blocks - s->journal_used <
	       2 * s->batch[0].max_blocks;
}

/*
 * May there be a commit now?  Not when one has failed: its records are lost,
 * and who waits for them must not be told that there is nothing to commit.
 */
static int kdp_commit_allowed(const struct kdp_store *s)
{
	if ((u64)atomic64_read(&s->durable) + 1 != s->filling->sequence)
		return -EIO;
	if (s->filling->nr_blocks && s->mode != KDP_STORE_ACTIVE)
		return -EROFS;
	return 0;
}

int kdp_commit_locked(struct kdp_store *s, bool *flushed)
{
	struct kdp_batch *b = NULL;
	int err;

	mutex_lock(&s->model_lock);
	err = kdp_commit_allowed(s);
	if (!err)
		b = kdp_batch_take(s);
	mutex_unlock(&s->model_lock);
	if (!b)
		return err;

	err = kdp_batch_write(s, b);
	mutex_lock(&s->model_lock);
	kdp_batch_retire(s, b, !err);
	mutex_unlock(&s->model_lock);
	if (err)
		return err;
	if (flushed)
		*flushed = true;
	/* what was asked for is durable, whatever comes of the checkpoint */
	if (s->mode == KDP_STORE_ACTIVE && kdp_journal_short(s))
		kdp_checkpoint_locked(s);
	return 0;
}

int kdp_store_commit(struct kdp_store *s, bool *flushed)
{
	int err;

	if (flushed)
		*flushed = false;
	mutex_lock(&s->commit_lock);
	err = kdp_commit_locked(s, flushed);
	mutex_unlock(&s->commit_lock);
	return err;
}

bool kdp_store_wants_checkpoint(const struct kdp_store *s)
{
	return kdp_store_mode(s) == KDP_STORE_ACTIVE &&
	       READ_ONCE(s->journal_used) >
	       s->super.geometry.journal_blocks / 2;
}
