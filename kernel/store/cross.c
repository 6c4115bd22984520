// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bitmap of a checkpoint against its maps, as its blocks come by.  A
 * checkpoint stands still, so no lock is needed; what its blocks must say was
 * checked before.
 */
#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "store/scrub.h"

struct kdp_cross {
	struct kdp_space space;	/* used: the bitmap; busy: the maps */
	struct kdp_geometry geometry;
	u32 doubly_mapped;
	u64 words[KDP_BITMAP_WORDS];
};

struct kdp_cross *kdp_cross_new(const struct kdp_geometry *g)
{
	struct kdp_cross *x = kvzalloc(sizeof(*x), GFP_KERNEL);
	u32 i, first, count;

	if (!x)
		return NULL;
	if (kdp_space_init(&x->space, g->nr_chunks)) {
		kvfree(x);
		return NULL;
	}
	x->geometry = *g;
	for (i = 0; i < KDP_RESERVED_RUNS; i++) {
		kdp_reserved_run(g, i, &first, &count);
		kdp_space_busy(&x->space, first, count);
	}
	return x;
}

void kdp_cross_free(struct kdp_cross *x)
{
	if (!x)
		return;
	kdp_space_destroy(&x->space);
	kvfree(x);
}

static void kdp_cross_bitmap(struct kdp_cross *x, const void *block)
{
	u32 first, i;

	if (kdp_ckpt_bitmap_get(block, &first, x->words))
		return;
	first *= KDP_BITMAP_WORDS;
	for (i = 0; i < KDP_BITMAP_WORDS; i++)
		if (first + i < x->space.nr_words)
			x->space.used[first + i] = x->words[i];
}

static void kdp_cross_map(struct kdp_cross *x, const void *block)
{
	struct kdp_extent e;
	u64 volume;
	u32 i, count;

	if (kdp_ckpt_map_count(block, &volume, &count))
		return;
	for (i = 0; i < count; i++) {
		if (kdp_ckpt_map_get(block, i, &e))
			return;
		if (e.count > x->space.nr_chunks ||
		    e.physical > x->space.nr_chunks - e.count)
			continue;
		x->doubly_mapped += e.count - kdp_space_busy(&x->space,
							     e.physical,
							     e.count);
	}
}

void kdp_cross_feed(struct kdp_cross *x, const void *block)
{
	struct kdp_block_id id;

	kdp_block_id_get(block, &id);
	if (id.type == KDP_BLOCK_CKPT_BITMAP)
		kdp_cross_bitmap(x, block);
	else if (id.type == KDP_BLOCK_CKPT_MAP)
		kdp_cross_map(x, block);
}

void kdp_cross_end(struct kdp_cross *x, struct kdp_cross_check *c)
{
	kdp_space_merge(&x->space, &c->leaked, &c->mapped_but_free);
	c->doubly_mapped = x->doubly_mapped;
}
