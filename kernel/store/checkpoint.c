// SPDX-License-Identifier: GPL-2.0-only
/*
 * A checkpoint: the whole model at one durable sequence, written into the slot
 * that no superblock names, flushed, then named by both superblock slots.
 *
 * It begins with a commit: the batch is taken and the model is copied in one
 * moment, so the copy is the state after that commit.  The copy (a snapshot)
 * is written while operations, first writes and commits go on.
 *
 * There is always a way without memory: a checkpoint that is in a hurry, or
 * whose snapshot was given up, holds the locks and writes the live model.  A
 * checkpoint that may end without success leaves room in the journal for
 * another to begin with a commit; one that may not has all the room.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "store/private.h"
#include "store/stream.h"

struct kdp_checkpoint {
	bool hold;		/* the locks, while it is written */
	bool clean;		/* mark the pool clean; hold */
	bool force;		/* though nothing has changed */
	bool begun;		/* there is something to write */
	const struct kdp_move *move;	/* NULL, or what is named with it */
	struct kdp_checkpoint_ref ref;
};

/* Take a snapshot at the moment that the batch ends with.  Both locks. */
static int kdp_checkpoint_snap(struct kdp_store *s, struct kdp_checkpoint *c)
{
	if (c->hold)
		return 0;
	if (!kdp_journal_room(s, s->filling->nr_blocks)) {
		c->hold = true;
		return 0;
	}
	return kdp_snapshot_take(&s->model, &s->snapshot) ? 0 : -EAGAIN;
}

static bool kdp_checkpoint_needless(const struct kdp_store *s)
{
	return !s->filling->nr_blocks &&
	       s->sequence == s->super.checkpoint.sequence;
}

/* Commit the batch; model_lock is held before and after if @c->hold. */
static int kdp_checkpoint_commit(struct kdp_store *s, struct kdp_checkpoint *c)
{
	struct kdp_batch *b = kdp_batch_take(s);
	int err = 0;

	if (!c->hold)
		mutex_unlock(&s->model_lock);
	if (b)
		err = kdp_batch_write(s, b);
	if (!c->hold)
		mutex_lock(&s->model_lock);
	if (b)
		kdp_batch_retire(s, b, !err);
	return err;
}

/* From here on the stream has an aim. */
static void kdp_checkpoint_aim(struct kdp_store *s, struct kdp_checkpoint *c)
{
	c->ref = (struct kdp_checkpoint_ref) {
		.slot = !s->super.checkpoint.slot,
		.epoch = s->super.epoch,
		.sequence = s->sequence,
		.chain = s->chain,
		.journal_pos = s->pos,
	};
	kdp_stream_begin(s->stream, s, &c->ref);
	c->begun = true;
}

/* Both locks. */
static int kdp_checkpoint_begin_locked(struct kdp_store *s,
				       struct kdp_checkpoint *c)
{
	struct kdp_view live;
	int err = kdp_commit_allowed(s);

	if (err || (!c->force && kdp_checkpoint_needless(s)))
		return err;
	err = kdp_checkpoint_snap(s, c);
	if (!err)
		err = kdp_checkpoint_commit(s, c);
	if (err)
		return err;
	kdp_checkpoint_aim(s, c);
	if (!c->hold)
		return 0;
	kdp_view_live(&s->model, &live);
	return kdp_stream_view(s->stream, &live);
}

/*
 * Up to the point where what is to be written stands still.  When the locks
 * are held the stream is written as well.  commit_lock.
 */
static int kdp_checkpoint_begin(struct kdp_store *s, struct kdp_checkpoint *c)
{
	int err;

	if (s->mode != KDP_STORE_ACTIVE)
		return -EROFS;
	mutex_lock(&s->model_lock);
	err = kdp_checkpoint_begin_locked(s, c);
	mutex_unlock(&s->model_lock);
	return err;
}

/* The old slot may be overwritten once both superblocks name the new one. */
static int kdp_checkpoint_name(struct kdp_store *s, struct kdp_checkpoint *c)
{
	int err;

	kdp_replicas_lost(s, kdp_stream_losses(s->stream));
	if (s->mode != KDP_STORE_ACTIVE)
		return -EROFS;
	s->super.checkpoint = c->ref;
	if (c->move)
		kdp_move_name(s, c->move);
	if (c->clean)
		s->super.flags |= KDP_SUPER_CLEAN;
	err = kdp_super_write(s, KDP_SUPER_SLOTS);
	if (!err)
		WRITE_ONCE(s->journal_used, s->pos - c->ref.journal_pos);
	return err;
}

static int kdp_checkpoint_flush(struct kdp_store *s)
{
	int err = s->ops->flush(s->disk);

	if (err)
		return kdp_store_fail(s, "checkpoint: flush failed (error %d)",
				      err);
	return 0;
}

/* Others go on while the snapshot is written.  commit_lock, let go of. */
static int kdp_checkpoint_write(struct kdp_store *s, struct kdp_checkpoint *c)
{
	int err = 0;

	if (!c->hold) {
		mutex_unlock(&s->commit_lock);
		err = kdp_stream_view(s->stream, &s->snapshot.view);
		if (!err && kdp_snapshot_given_up(&s->model))
			err = -EAGAIN;
	}
	if (!err)
		err = kdp_checkpoint_flush(s);
	if (!c->hold)
		mutex_lock(&s->commit_lock);
	return err;
}

static int kdp_mark_clean(struct kdp_store *s)
{
	if (s->super.flags & KDP_SUPER_CLEAN)
		return 0;
	s->super.flags |= KDP_SUPER_CLEAN;
	return kdp_super_write(s, 1);
}

static int kdp_checkpoint_steps(struct kdp_store *s, struct kdp_checkpoint *c)
{
	int err;

	mutex_lock(&s->commit_lock);
	err = kdp_checkpoint_begin(s, c);
	if (!err && c->begun)
		err = kdp_checkpoint_write(s, c);
	if (!err && c->begun)
		err = kdp_checkpoint_name(s, c);
	else if (!err && c->clean)
		err = kdp_mark_clean(s);
	mutex_unlock(&s->commit_lock);
	return err;
}

static int kdp_checkpoint_alloc(struct kdp_store *s)
{
	size_t size;

	mutex_lock(&s->model_lock);
	size = kdp_snapshot_size(&s->model);
	mutex_unlock(&s->model_lock);
	/* volumes may be added before it is taken */
	return kdp_snapshot_alloc(&s->snapshot, size + size / 8 + 65536);
}

static void kdp_checkpoint_release(struct kdp_store *s)
{
	bool done;

	do {
		mutex_lock(&s->model_lock);
		done = kdp_snapshot_release(&s->model, &s->snapshot);
		mutex_unlock(&s->model_lock);
	} while (!done);
	kdp_snapshot_free(&s->snapshot);
}

/* checkpoint_lock */
static int kdp_checkpoint_run(struct kdp_store *s,
			      const struct kdp_checkpoint *how)
{
	struct kdp_checkpoint c = *how;
	bool hold = c.hold;
	int err;

	if (!hold) {
		err = kdp_checkpoint_alloc(s);
		if (err)
			return err;
	}
	err = kdp_checkpoint_steps(s, &c);
	if (c.begun)
		kdp_tell_ended(s, KDP_WORK_CHECKPOINT, c.ref.sequence,
			       c.ref.nr_blocks, err);
	if (!hold)
		kdp_checkpoint_release(s);
	return err;
}

static int kdp_checkpoint_locked(struct kdp_store *s,
				 const struct kdp_checkpoint *how)
{
	int err;

	mutex_lock(&s->checkpoint_lock);
	err = kdp_checkpoint_run(s, how);
	mutex_unlock(&s->checkpoint_lock);
	return err;
}

int kdp_store_checkpoint(struct kdp_store *s)
{
	int err = kdp_store_record_landed(s);

	if (err)
		return err;
	return kdp_checkpoint_locked(s, &(struct kdp_checkpoint) { });
}

int kdp_checkpoint_rewrite(struct kdp_store *s)
{
	return kdp_checkpoint_locked(s, &(struct kdp_checkpoint) {
		.force = true,
	});
}

/* It ends, or the pool fails.  checkpoint_lock */
static int kdp_checkpoint_surely(struct kdp_store *s,
				 const struct kdp_checkpoint *how)
{
	struct kdp_checkpoint held = *how;
	int err = kdp_checkpoint_run(s, how);

	held.hold = true;
	if (err == -EAGAIN || err == -ENOMEM)
		err = kdp_checkpoint_run(s, &held);
	return err;
}

int kdp_checkpoint_move(struct kdp_store *s, const struct kdp_move *m)
{
	return kdp_checkpoint_surely(s, &(struct kdp_checkpoint) {
		.force = true, .move = m,
	});
}

int kdp_checkpoint_for_room(struct kdp_store *s)
{
	int err = 0;

	mutex_lock(&s->checkpoint_lock);
	if (!kdp_journal_room(s, s->batch[0].max_blocks))
		err = kdp_checkpoint_surely(s, &(struct kdp_checkpoint) { });
	mutex_unlock(&s->checkpoint_lock);
	return err;
}

int kdp_store_clean(struct kdp_store *s)
{
	int err = kdp_store_record_landed(s);

	if (err)
		return err;
	return kdp_checkpoint_locked(s, &(struct kdp_checkpoint) {
		.hold = true, .clean = true,
	});
}
