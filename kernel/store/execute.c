// SPDX-License-Identifier: GPL-2.0-only
/* Changes of the pool: operations of messages, and first writes. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "store/private.h"

static int kdp_refuse_change(struct kdp_store *s, char *why)
{
	char reason[120];

	kdp_store_reason(s, reason, sizeof(reason));
	scnprintf(why, KDP_REASON_SIZE, "the pool is %s: %s",
		  kdp_store_mode_name(s->mode), reason);
	return -EROFS;
}

static void kdp_cancel_ops(struct kdp_store *s, struct kdp_op *ops, u32 nr)
{
	while (nr--)
		kdp_op_cancel(&s->model, &ops[nr]);
}

static int kdp_prepare_ops(struct kdp_store *s, struct kdp_op *ops, u32 nr,
			   char *why)
{
	u32 i;
	int err;

	for (i = 0; i < nr; i++) {
		err = kdp_op_prepare(&s->model, &ops[i], why);
		if (err) {
			kdp_cancel_ops(s, ops, i);
			return err;
		}
	}
	return 0;
}

/* Cannot fail: all is prepared and the batch has room. */
static void kdp_apply_op(struct kdp_store *s, struct kdp_op *op)
{
	struct kdp_batch *b = s->filling;
	struct kdp_record rec;
	u32 cursor = 0;

	while (kdp_op_next_record(op, &cursor, &rec))
		kdp_batch_add(b, &rec);
	atomic64_set(&op->volume->dirty, b->sequence);
	kdp_op_apply(&s->model, op);
	if (op->type == KDP_OP_REMOVE)
		list_add_tail(&op->volume->all, &b->removed);
	op->volume = NULL;
}

/*
 * Prepare and apply everything, or nothing.  -EAGAIN: the batch is too full,
 * commit it and try again.  *@sequence is the commit to wait for.
 */
static int kdp_try_ops(struct kdp_store *s, struct kdp_op *ops, u32 nr,
		       u64 *sequence, char *why)
{
	u32 i;
	int err;

	if (s->mode != KDP_STORE_ACTIVE)
		return kdp_refuse_change(s, why);
	err = kdp_prepare_ops(s, ops, nr, why);
	if (err)
		return err;
	if (!kdp_batch_fits(s->filling, ops, nr)) {
		kdp_cancel_ops(s, ops, nr);
		if (s->filling->nr_blocks)
			return -EAGAIN;
		scnprintf(why, KDP_REASON_SIZE,
			  "too much for one commit of %u journal blocks; do it in smaller parts",
			  s->filling->max_blocks);
		return -E2BIG;
	}
	*sequence = s->filling->sequence;
	for (i = 0; i < nr; i++)
		kdp_apply_op(s, &ops[i]);
	return 0;
}

/* An operation may name a volume by what a try that was undone filled in. */
static void kdp_forget_try(struct kdp_op *ops, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++)
		if (ops[i].type == KDP_OP_CREATE)
			ops[i].info.id = 0;
}

int kdp_store_execute(struct kdp_store *s, struct kdp_op *ops, u32 nr,
		      char *why)
{
	u64 sequence = 0;
	int err;

	for (;;) {
		mutex_lock(&s->model_lock);
		err = kdp_try_ops(s, ops, nr, &sequence, why);
		mutex_unlock(&s->model_lock);
		if (err != -EAGAIN)
			break;
		kdp_forget_try(ops, nr);
		err = kdp_store_commit(s, NULL);
		if (err) {
			kdp_store_reason(s, why, KDP_REASON_SIZE);
			return err;
		}
	}
	if (err)
		return err;
	kdp_store_commit(s, NULL);
	if (atomic64_read_acquire(&s->durable) >= (s64)sequence)
		return 0;
	kdp_store_reason(s, why, KDP_REASON_SIZE);
	return -EIO;
}

static int kdp_try_written(struct kdp_store *s, struct kdp_volume *v,
			   u32 logical, u32 count)
{
	struct kdp_record rec = {
		.type = KDP_RECORD_WRITTEN,
		.volume = v->info.id,
		.extent = { .logical = logical, .count = count },
	};
	int err;

	if (s->mode != KDP_STORE_ACTIVE)
		return -EROFS;
	err = kdp_map_prepare_written(&v->map, logical, count);
	if (err)
		return err;
	if (!kdp_batch_add(s->filling, &rec))
		return -EAGAIN;
	/*
	 * The mark before the entry: who sees the chunk as written also sees
	 * that the volume needs a commit.
	 */
	atomic64_set(&v->dirty, s->filling->sequence);
	/* pairs with the acquire in kdp_store_volume_dirty() */
	smp_mb();
	return kdp_map_set_written(&v->map, logical, count);
}

int kdp_store_written(struct kdp_store *s, struct kdp_volume *v, u32 logical,
		      u32 count)
{
	int err;

	for (;;) {
		mutex_lock(&s->model_lock);
		err = kdp_try_written(s, v, logical, count);
		mutex_unlock(&s->model_lock);
		if (err != -EAGAIN)
			return err;
		err = kdp_store_commit(s, NULL);
		if (err)
			return err;
	}
}
