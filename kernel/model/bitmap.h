/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The space of a pool.  Two bitmaps: "used" is what the maps say at the
 * sequence reached in memory and goes into checkpoints; "busy" adds what may
 * not be given out yet: reservations, and chunks that are on their way back
 * (freed.h).  Free chunks are counted per group, so that a search skips what is
 * full.  All functions: model lock.
 */
#ifndef KDP_MODEL_BITMAP_H
#define KDP_MODEL_BITMAP_H

#include <linux/types.h>

#define KDP_GROUP_WORDS	64u	/* of 64 chunks each */

struct kdp_space {
	u64 *used;
	u64 *busy;
	u16 *group_free;	/* chunks not busy, per group */
	u32 nr_chunks;
	u32 nr_words;
	u32 nr_used;
	u32 nr_busy;
	u32 cursor;		/* where the last search ended */
};

struct kdp_run {
	u32 first;
	u32 count;
};

int kdp_space_init(struct kdp_space *s, u32 nr_chunks);	/* 0, -ENOMEM */
void kdp_space_destroy(struct kdp_space *s);

bool kdp_space_test(const u64 *words, u32 chunk);

/* Mark runs; ranges must be within the pool.  Return how many bits changed. */
u32 kdp_space_use(struct kdp_space *s, u32 first, u32 count);
u32 kdp_space_unuse(struct kdp_space *s, u32 first, u32 count);
u32 kdp_space_busy(struct kdp_space *s, u32 first, u32 count);
u32 kdp_space_unbusy(struct kdp_space *s, u32 first, u32 count);

/*
 * How to gather @want chunks in few pieces, in at most one look at everything:
 * *@least becomes the length of the shortest run to take.  0 or -ENOSPC.
 */
int kdp_space_plan(struct kdp_space *s, u32 want, u32 *least);

/*
 * Find and mark busy the next free run of at least @least chunks, of which no
 * more than @want are taken.  0 and *@run, or -ENOSPC.
 */
int kdp_space_reserve(struct kdp_space *s, u32 want, u32 least,
		      struct kdp_run *run);

/*
 * The same for some chunks, up to @want, quickly: the best run of a limited
 * search.  0 and *@run, or -ENOSPC when nothing is free.
 */
int kdp_space_reserve_some(struct kdp_space *s, u32 want, struct kdp_run *run);

/*
 * Make both bitmaps the union of the two, and count the chunks that only one
 * of them had.
 */
void kdp_space_merge(struct kdp_space *s, u32 *only_used, u32 *only_busy);

#endif
