// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>

#include "figures.h"
#include "heap.h"
#include "pools.h"

#define OPS_AT_ONCE	500u
#define SPARE_CHUNKS	8192u	/* of a full pool, for other volumes */
#define MAPPED_OF_LEAF	(KDP_LEAF_CHUNKS - 1)

void pool_must(struct pool *p, int err, const char *what)
{
	char why[KDP_REASON_SIZE];

	if (!err)
		return;
	kdp_store_reason(p->store, why, sizeof(why));
	die("%s: error %d: %s", what, err, why);
}

void pool_format(struct sparse *d, const struct pool_shape *shape)
{
	struct kdp_geometry_request want = {
		.device_blocks = d->nr_blocks,
		.journal_blocks = shape->journal_blocks,
		.chunk_blocks = KDP_MIN_CHUNK_BLOCKS,
		.max_volumes = shape->nr_volumes ? KDP_MAX_VOLUMES : 0,
	};
	struct kdp_format_request req = {
		.uuid = "0123456789abcdef",
		.name = "figures",
		.who = { .nonce = 1, .now = 1 },
	};
	char wrong[KDP_REASON_SIZE];
	const char *why;

	if (kdp_geometry_make(&want, &req.geometry, &why))
		die("geometry: %s", why);
	if (kdp_store_format(&sparse_ops, d, &req, wrong))
		die("format: %s", wrong);
}

void pool_start(struct pool *p)
{
	struct kdp_activation who = { .nonce = 2, .now = 2 };

	p->store = kdp_store_new(&sparse_ops, p->disk, p->disk->nr_blocks);
	if (!p->store)
		die("no memory for a store");
	pool_must(p, kdp_store_open(p->store), "open");
	pool_must(p, kdp_store_activate(p->store, &who), "activate");
}

void pool_stop(struct pool *p)
{
	if (p->thin)
		kdp_store_volume_put(p->store, p->thin);
	kdp_store_free(p->store);
	p->thin = NULL;
	p->store = NULL;
}

struct kdp_op pool_create_op(const char *name, u64 sectors, u32 flags)
{
	struct kdp_op op = { .type = KDP_OP_CREATE };

	op.info.sectors = sectors;
	op.info.flags = flags;
	snprintf(op.info.name, sizeof(op.info.name), "%s", name);
	return op;
}

void pool_execute(struct pool *p, struct kdp_op *ops, u32 nr)
{
	char why[KDP_REASON_SIZE] = "";
	int err = kdp_store_execute(p->store, ops, nr, why);

	if (err)
		die("execute: error %d: %s", err, why);
}

void pool_upkeep(struct pool *p)
{
	pool_must(p, kdp_store_commit(p->store, NULL), "commit");
	if (kdp_store_wants_upkeep(p->store))
		kdp_store_upkeep(p->store);
	if (kdp_store_wants_checkpoint(p->store))
		pool_must(p, kdp_store_checkpoint(p->store), "checkpoint");
}

static void small_volumes(struct pool *p, u32 nr)
{
	struct kdp_op *ops = calloc(OPS_AT_ONCE, sizeof(*ops));
	char name[32];
	u32 done, i, n;

	if (!ops)
		die("no memory for operations");
	for (done = 0; done < nr; done += n) {
		n = min(nr - done, OPS_AT_ONCE);
		for (i = 0; i < n; i++) {
			snprintf(name, sizeof(name), "small%u", done + i);
			ops[i] = pool_create_op(name, SMALL_SECTORS, 0);
		}
		pool_execute(p, ops, n);
		pool_upkeep(p);
	}
	free(ops);
}

/* Each hole is the last chunk of a leaf. */
static u32 full_leaves(struct pool *p, u32 nr_mappings)
{
	struct kdp_store_info info;

	kdp_store_info(p->store, &info);
	if (nr_mappings == POOL_FULL)
		return (info.chunks_free - SPARE_CHUNKS) / KDP_LEAF_CHUNKS;
	return max(nr_mappings / MAPPED_OF_LEAF, 1u);
}

static void first_write(struct pool *p, u32 logical)
{
	u32 physical;

	pool_must(p, kdp_store_reserve(p->store, p->thin, &physical),
		  "reserve");
	pool_must(p, kdp_store_map(p->store, p->thin, logical, physical),
		  "map");
}

static void fill_thin(struct pool *p, u32 nr_leaves)
{
	u32 logical = nr_leaves * KDP_LEAF_CHUNKS;

	while (logical--) {
		if (logical % KDP_LEAF_CHUNKS == MAPPED_OF_LEAF) {
			pool_upkeep(p);
			continue;
		}
		first_write(p, logical);
		p->nr_mapped++;
	}
	pool_upkeep(p);
}

static void thin_volume(struct pool *p, u32 nr_mappings)
{
	u32 nr_leaves = full_leaves(p, nr_mappings);
	u64 before = heap_use().kernel;
	struct kdp_op op;

	op = pool_create_op("thin", (u64)nr_leaves * KDP_LEAF_CHUNKS *
			    KDP_MIN_CHUNK_BLOCKS * KDP_SECTORS_PER_BLOCK,
			    KDP_VOLUME_THIN);
	pool_execute(p, &op, 1);
	pool_must(p, kdp_store_volume_get(p->store, "thin", &p->thin), "thin");
	p->nr_holes = nr_leaves;
	fill_thin(p, nr_leaves);
	p->map_bytes = heap_use().kernel - before;
}

/* Writing the journal must cost the same at any time. */
static void populate_journals(struct pool *p)
{
	struct kdp_store_info info;
	const struct kdp_geometry *g = &info.super.geometry;
	u32 r;

	kdp_store_info(p->store, &info);
	for (r = 0; r < KDP_REPLICAS; r++)
		sparse_populate(p->disk, g->replica[r].extent,
				g->journal_blocks);
}

void pool_new(struct pool *p, const struct pool_shape *shape)
{
	memset(p, 0, sizeof(*p));
	p->disk = sparse_new(POOL_BLOCKS);
	pool_format(p->disk, shape);
	pool_start(p);
	if (!shape->nr_volumes)
		return;
	populate_journals(p);
	kdp_store_upkeep(p->store);
	thin_volume(p, shape->nr_mappings);
	small_volumes(p, shape->nr_volumes - 1);
}

void pool_free(struct pool *p)
{
	pool_stop(p);
	sparse_free(p->disk);
}

u32 pool_fill_hole(struct pool *p)
{
	/* far apart, each one once: the step has no divisor in common */
	u32 hole = (u64)p->next_hole++ * 7919 % p->nr_holes;
	u32 logical = hole * KDP_LEAF_CHUNKS + MAPPED_OF_LEAF;

	first_write(p, logical);
	return logical;
}

void pool_empty_hole(struct pool *p, u32 logical)
{
	pool_must(p, kdp_store_discard(p->store, p->thin, logical, 1),
		  "discard");
}
