// SPDX-License-Identifier: GPL-2.0-only
/* Operations of messages: all of them or none. */
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
	if (op->freed)
		kdp_batch_free_chunks(s, op->freed);
	op->freed = NULL;
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

/* Is there hope that there will be space? */
static bool kdp_frees_pending(struct kdp_store *s)
{
	bool pending;

	mutex_lock(&s->model_lock);
	pending = s->nr_freed;
	mutex_unlock(&s->model_lock);
	return pending;
}

/* One round; -EAGAIN: something was done about what was in the way. */
static int kdp_execute_round(struct kdp_store *s, struct kdp_op *ops, u32 nr,
			     u64 *sequence, char *why)
{
	int err;

	mutex_lock(&s->model_lock);
	err = kdp_try_ops(s, ops, nr, sequence, why);
	mutex_unlock(&s->model_lock);
	if (err == -ENOSPC && !kdp_frees_pending(s))
		return err;
	if (err != -EAGAIN && err != -ENOSPC)
		return err;
	kdp_forget_try(ops, nr);
	if (kdp_commit_recorded(s, NULL)) {
		kdp_store_reason(s, why, KDP_REASON_SIZE);
		return -EIO;
	}
	if (err == -ENOSPC)
		kdp_store_upkeep(s);
	return -EAGAIN;
}

int kdp_store_execute(struct kdp_store *s, struct kdp_op *ops, u32 nr,
		      char *why)
{
	u64 sequence = 0;
	int err;

	/* operations see volumes as their users do */
	kdp_store_record_landed(s);
	do {
		err = kdp_execute_round(s, ops, nr, &sequence, why);
	} while (err == -EAGAIN);
	if (err)
		return err;
	kdp_commit_recorded(s, NULL);
	if (atomic64_read_acquire(&s->durable) >= (s64)sequence)
		return 0;
	kdp_store_reason(s, why, KDP_REASON_SIZE);
	return -EIO;
}
