/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of store-figures; store-figures.c tells what they measure. */
#ifndef KDP_BENCH_BENCH_H
#define KDP_BENCH_BENCH_H

#include "pools.h"

struct effort {
	u32 journal_blocks;	/* of pools by mappings: for all commits that */
				/* there may be beside a checkpoint */
	u32 rounds;		/* of each comparison */
	u32 checkpoints;
	u32 max_volumes;	/* the largest pools that are compared */
	u32 max_mappings;
};

/* space.c */
void bench_new_volume(void);
void bench_new_pool(void);
void bench_map_memory(struct pool *p);
void bench_recovery(struct pool *p);
void bench_fragments(void);

/* latency.c: the pools in one row differ in one number, the first is least. */
struct contender {
	struct pool *pool;
	char label[24];
};

#define MAX_CONTENDERS	5u

void bench_latency(const char *title, const struct contender *c, u32 nr,
		   u32 rounds);

/* beside.c */
void bench_beside(struct pool *p, u32 checkpoints);

#endif
