// SPDX-License-Identifier: GPL-2.0-only
/*
 * A checkpoint: the whole model at one durable sequence, written into the slot
 * that no superblock names, flushed, then named by both superblock slots.
 *
 * It holds model_lock while the stream is written: operations and first writes
 * wait meanwhile, reads and writes of written chunks do not.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "store/private.h"
#include "store/stream.h"

/* Commit what is in the batch; nothing can be added, model_lock is held. */
static int kdp_commit_rest(struct kdp_store *s)
{
	struct kdp_batch *b = kdp_batch_take(s);
	int err;

	if (!b)
		return 0;
	err = kdp_batch_write(s, b);
	kdp_batch_retire(s, b, !err);
	return err;
}

static int kdp_checkpoint_write(struct kdp_store *s,
				struct kdp_checkpoint_ref *ref)
{
	int err;

	mutex_lock(&s->model_lock);
	err = kdp_commit_rest(s);
	if (!err && s->sequence != s->super.checkpoint.sequence) {
		*ref = (struct kdp_checkpoint_ref) {
			.slot = !s->super.checkpoint.slot,
			.epoch = s->super.epoch,
			.sequence = s->sequence,
			.chain = s->chain,
			.journal_pos = s->pos,
		};
		err = kdp_stream_model(s, ref);
	}
	mutex_unlock(&s->model_lock);
	return err;
}

int kdp_checkpoint_locked(struct kdp_store *s)
{
	struct kdp_checkpoint_ref ref = { };
	int err;

	if (s->mode != KDP_STORE_ACTIVE)
		return -EROFS;
	err = kdp_checkpoint_write(s, &ref);
	if (err || !ref.nr_blocks)
		return err;
	err = s->ops->flush(s->disk);
	if (err)
		return kdp_store_fail(s, "checkpoint: flush failed (error %d)",
				      err);
	s->super.checkpoint = ref;
	/* both slots must name it before the old one may be overwritten */
	err = kdp_super_write(s, KDP_SUPER_SLOTS);
	if (!err)
		WRITE_ONCE(s->journal_used, 0);
	return err;
}

int kdp_store_checkpoint(struct kdp_store *s)
{
	int err;

	mutex_lock(&s->commit_lock);
	err = kdp_checkpoint_locked(s);
	mutex_unlock(&s->commit_lock);
	return err;
}

int kdp_store_clean(struct kdp_store *s)
{
	int err;

	mutex_lock(&s->commit_lock);
	err = kdp_checkpoint_locked(s);
	if (!err && !(s->super.flags & KDP_SUPER_CLEAN)) {
		s->super.flags |= KDP_SUPER_CLEAN;
		err = kdp_super_write(s, 1);
	}
	mutex_unlock(&s->commit_lock);
	return err;
}
