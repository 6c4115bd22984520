// SPDX-License-Identifier: GPL-2.0-only
/*
 * Batches of records.  There are two: one is being filled while the other is
 * written.  A quarter of the journal bounds a batch, so that a commit and the
 * commit that a checkpoint begins with always find room (checkpoint.c).
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "store/private.h"

int kdp_batches_init(struct kdp_store *s)
{
	u32 max = clamp_t(u32, s->super.geometry.journal_blocks / 4, 1,
			  KDP_MAX_PARTS);
	u32 i;

	for (i = 0; i < 2; i++) {
		s->batch[i].max_blocks = max;
		s->batch[i].blocks = vzalloc((size_t)max * KDP_BLOCK_SIZE);
		if (!s->batch[i].blocks)
			return -ENOMEM;
	}
	s->filling->sequence = s->sequence + 1;
	return 0;
}

static void kdp_drop_freed(struct kdp_batch *b)
{
	struct kdp_freed *f, *next;

	list_for_each_entry_safe(f, next, &b->freed, entry)
		kdp_freed_drop(f);
}

void kdp_batches_free(struct kdp_store *s)
{
	u32 i;

	for (i = 0; i < 2; i++) {
		kdp_drop_freed(&s->batch[i]);
		vfree(s->batch[i].blocks);
	}
}

/* Move on to where a record of @size bytes fits; false: the batch is full. */
static bool kdp_place(u32 max_blocks, u32 *nr_blocks, u32 *used, u32 size)
{
	if (*nr_blocks && *used + size <= KDP_JOURNAL_PAYLOAD) {
		*used += size;
		return true;
	}
	if (*nr_blocks == max_blocks)
		return false;
	(*nr_blocks)++;
	*used = size;
	return true;
}

bool kdp_batch_fits(const struct kdp_batch *b, const struct kdp_op *ops, u32 nr)
{
	u32 nr_blocks = b->nr_blocks;
	u32 used = nr_blocks ? b->used[nr_blocks - 1] : 0;
	struct kdp_record rec;
	u32 i, cursor;

	for (i = 0; i < nr; i++) {
		cursor = 0;
		while (kdp_op_next_record(&ops[i], &cursor, &rec))
			if (!kdp_place(b->max_blocks, &nr_blocks, &used,
				       kdp_record_size(rec.type)))
				return false;
	}
	return true;
}

/* Can @rec continue the newest record?  Only "written" runs are merged. */
static bool kdp_batch_merge(struct kdp_batch *b, const struct kdp_record *rec)
{
	struct kdp_record last;
	u32 size;

	if (!b->last || rec->type != KDP_RECORD_WRITTEN)
		return false;
	if (kdp_record_decode(b->last, KDP_MAX_RECORD_SIZE, &last, &size) ||
	    last.type != KDP_RECORD_WRITTEN || last.volume != rec->volume)
		return false;
	if (last.extent.logical + last.extent.count != rec->extent.logical ||
	    last.extent.count + rec->extent.count > KDP_EXTENT_COUNT_MASK)
		return false;
	last.extent.count += rec->extent.count;
	kdp_record_encode(&last, b->last);
	return true;
}

bool kdp_batch_add(struct kdp_batch *b, const struct kdp_record *rec)
{
	u32 size = kdp_record_size(rec->type);
	u32 used = b->nr_blocks ? b->used[b->nr_blocks - 1] : 0;
	u8 *block;

	if (kdp_batch_merge(b, rec))
		return true;
	if (!kdp_place(b->max_blocks, &b->nr_blocks, &used, size))
		return false;
	block = b->blocks + (size_t)(b->nr_blocks - 1) * KDP_BLOCK_SIZE;
	b->last = (u8 *)kdp_journal_payload(block) + used - size;
	kdp_record_encode(rec, b->last);
	b->used[b->nr_blocks - 1] = used;
	return true;
}

struct kdp_batch *kdp_batch_take(struct kdp_store *s)
{
	struct kdp_batch *b = s->filling;

	if (!b->nr_blocks)
		return NULL;
	s->filling = b == &s->batch[0] ? &s->batch[1] : &s->batch[0];
	s->filling->sequence = b->sequence + 1;
	return b;
}

void kdp_batch_free_chunks(struct kdp_store *s, struct kdp_freed *f)
{
	list_add_tail(&f->entry, &s->filling->freed);
	s->nr_freed += f->nr_chunks;
}

void kdp_batch_retire(struct kdp_store *s, struct kdp_batch *b, bool durable)
{
	if (durable && !list_empty(&b->freed)) {
		kdp_freed_advance(&b->freed, KDP_FREED_UNMAPPED);
		list_splice_tail_init(&b->freed, &s->freed);
		WRITE_ONCE(s->reclaim_due, true);
	}
	/* not durable: after a crash the chunks may still be the volume's */
	kdp_drop_freed(b);
	b->nr_blocks = 0;
	b->last = NULL;
}
