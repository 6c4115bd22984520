/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pools of a chosen shape on a sparse disk of 1 TiB, chunks of 64 KiB.
 *
 * A pool has one thin volume whose leaves are full but for their last chunk,
 * and whose chunks are in descending order on the disk, so that no two of them
 * make a run.  A first write into such a hole is one that touches (and, beside
 * a checkpoint, copies) a leaf that no other has touched.  Its other
 * volumes are thick and small.
 */
#ifndef KDP_BENCH_POOLS_H
#define KDP_BENCH_POOLS_H

#include "sparse.h"
#include "store/store.h"

#define POOL_BLOCKS	(1ull << 28)	/* 1 TiB */
#define POOL_FULL	(~0u)		/* as many mappings as there are */
#define SMALL_SECTORS	2048u		/* a small volume: 1 MiB */

struct pool_shape {
	u32 journal_blocks;	/* 0: the default */
	u32 nr_volumes;		/* the thin one included; 0: none */
	u32 nr_mappings;	/* a multiple of what a leaf has, at least one */
};

struct pool {
	struct sparse *disk;
	struct kdp_store *store;
	struct kdp_volume *thin;
	u32 nr_holes;
	u32 next_hole;
	u32 nr_mapped;		/* by the thin volume */
	u64 map_bytes;		/* its directory and leaves, of the heap */
};

void pool_format(struct sparse *d, const struct pool_shape *shape);
void pool_start(struct pool *p);	/* open and activate p->disk */
void pool_stop(struct pool *p);
void pool_new(struct pool *p, const struct pool_shape *shape);
void pool_free(struct pool *p);

struct kdp_op pool_create_op(const char *name, u64 sectors, u32 flags);
void pool_execute(struct pool *p, struct kdp_op *ops, u32 nr);

/* One first write into the next hole, not committed; the chunk. */
u32 pool_fill_hole(struct pool *p);
void pool_empty_hole(struct pool *p, u32 logical);
/* What a worker would do now; also one more commit. */
void pool_upkeep(struct pool *p);

void pool_must(struct pool *p, int err, const char *what);

#endif
