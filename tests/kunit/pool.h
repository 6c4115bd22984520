/* SPDX-License-Identifier: GPL-2.0-only */
/* A model of a small pool, and what the suites do with it. */
#ifndef KDP_KUNIT_POOL_H
#define KDP_KUNIT_POOL_H

#include "model/model.h"

#define KDP_POOL_CHUNK_BLOCKS	16u	/* 64 KiB */

/* 1 GiB, 64 KiB chunks.  0 or -ENOMEM. */
int kdp_pool_init(struct kdp_model *m);

/* A thin volume of @nr_chunks in the model; NULL: no memory. */
struct kdp_volume *kdp_pool_volume(struct kdp_model *m, const char *name,
				   u32 nr_chunks);

/* Take @count free chunks for @v and map them at @logical.  0, -ENOSPC, ... */
int kdp_pool_fill(struct kdp_model *m, struct kdp_volume *v, u32 logical,
		  u32 count);

/* Give out all that is free, in pieces; returns how many chunks that were. */
u32 kdp_pool_exhaust(struct kdp_model *m);
/* Is there, by all ways to ask, not one chunk to be had? */
bool kdp_pool_is_full(struct kdp_model *m);

/*
 * Allocations of this thread fail, while on.  kunit.py has told failslab to
 * look at such threads; false when it has not.
 */
bool kdp_fail_allocations(bool on);

/*
 * Only the @n-th allocation from now fails; kdp_failed_one() ends it and tells
 * whether there were so many.
 */
void kdp_fail_one(u32 n);
bool kdp_failed_one(void);

#endif
