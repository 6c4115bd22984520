// SPDX-License-Identifier: GPL-2.0-only
/*
 * Freed chunks on their way back (model/freed.h), and other upkeep that can
 * wait.  The order is: durable (batch.c), drained, discarded, free.
 */
#include <linux/kernel.h>

#include "store/private.h"

static void kdp_discard_freed(struct kdp_store *s, struct list_head *list)
{
	u32 chunk_blocks = s->super.geometry.chunk_blocks;
	struct kdp_freed *f;
	struct kdp_run run;
	u32 cursor;

	if (!s->ops->discard)
		return;
	list_for_each_entry(f, list, entry) {
		cursor = 0;
		while (kdp_freed_next_run(f, &cursor, &run))
			s->ops->discard(s->disk, (u64)run.first * chunk_blocks,
					(u64)run.count * chunk_blocks);
	}
}

static void kdp_take_freed(struct kdp_store *s, struct list_head *list)
{
	mutex_lock(&s->model_lock);
	list_splice_tail_init(&s->freed, list);
	WRITE_ONCE(s->reclaim_due, false);
	mutex_unlock(&s->model_lock);
}

static void kdp_release_freed(struct kdp_store *s, struct list_head *list)
{
	struct kdp_freed *f, *next;

	mutex_lock(&s->model_lock);
	list_for_each_entry_safe(f, next, list, entry) {
		s->nr_freed -= f->nr_chunks;
		kdp_freed_release(&s->model, f);
	}
	mutex_unlock(&s->model_lock);
}

/* The list is ours alone; reclaim_lock. */
static void kdp_reclaim(struct kdp_store *s)
{
	LIST_HEAD(list);

	kdp_take_freed(s, &list);
	if (list_empty(&list))
		return;
	if (s->ops->drain)
		s->ops->drain(s->disk);
	kdp_freed_advance(&list, KDP_FREED_DURABLE);
	kdp_discard_freed(s, &list);
	kdp_freed_advance(&list, KDP_FREED_DRAINED);
	kdp_release_freed(s, &list);
}

static void kdp_refill_leaves(struct kdp_store *s)
{
	struct kdp_leaf *leaf;

	while (kdp_leaves_short(&s->model.leaves)) {
		leaf = kdp_leaf_spare();
		if (!leaf)
			return;
		mutex_lock(&s->model_lock);
		kdp_leaves_add(&s->model.leaves, leaf);
		mutex_unlock(&s->model_lock);
	}
}

void kdp_store_upkeep(struct kdp_store *s)
{
	mutex_lock(&s->reclaim_lock);
	kdp_reclaim(s);
	if (kdp_store_mode(s) == KDP_STORE_ACTIVE)
		kdp_refill_leaves(s);
	mutex_unlock(&s->reclaim_lock);
}

bool kdp_store_wants_upkeep(const struct kdp_store *s)
{
	return READ_ONCE(s->reclaim_due) ||
	       (kdp_store_mode(s) == KDP_STORE_ACTIVE &&
		kdp_leaves_short(&s->model.leaves));
}
