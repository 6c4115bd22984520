// SPDX-License-Identifier: GPL-2.0-only
/* Recovery, and what it comes to. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "exhaust.h"

#define MAX_NODES	4000000u	/* of all trees: some 150 MiB */
#define MAX_CONTENTS	50000u		/* 200 MiB */
#define LIFE_FAILED	10000		/* no errno */
#define LIFE_DIFFERS	10001

u64 x_nr_recoveries;
char x_why[KDP_REASON_SIZE];

#define MASKS		(1u << KDP_REPLICAS)

/* For each way and mask of wiped replicas: what is done differs. */
static struct x_tree *trees[4 * MASKS];
static struct x_trace trace;

static struct kdp_store *store_new(struct x_disk *d)
{
	return x_must(kdp_store_new(&x_disk_ops, d, X_BLOCKS));
}

static int start(struct kdp_store *s, u64 nonce)
{
	struct kdp_activation who = { .nonce = nonce, .now = 3 };
	int err = kdp_store_open(s);

	if (!err)
		err = kdp_store_activate(s, &who);
	if (err)
		kdp_store_reason(s, x_why, sizeof(x_why));
	return err;
}

static void collect_block(struct x_disk *d, const struct kdp_volume *v,
			  u32 chunk, u32 physical, struct x_outcome *out)
{
	static u8 block[KDP_BLOCK_SIZE] __attribute__((aligned(64)));
	struct kdp_io io = { .op = KDP_IO_READ, .nr_blocks = 1, .data = block };
	struct x_datum *at;
	u32 sub;

	for (sub = 0; sub < X_SUBS; sub++) {
		if (out->nr_data == X_SPOTS)
			abort();
		at = &out->data[out->nr_data++];
		io.block = (u64)physical * x_geometry.chunk_blocks + sub;
		x_disk_ops.submit(d, &io, 1);
		at->volume = v->info.id;
		at->chunk = chunk;
		at->sub = sub;
		memcpy(&at->got, block, sizeof(at->got));
	}
}

/* What readers of the pool would get. */
static void collect(struct x_disk *d, struct kdp_store *s,
		    struct x_outcome *out)
{
	const struct kdp_cross_check *c = &kdp_store_report(s)->cross;
	const struct kdp_volume *v;
	struct kdp_extent e;
	u32 i;

	out->digest = sim_digest(s);
	out->leaked = c->leaked;
	out->mapped_but_free = c->mapped_but_free;
	out->doubly_mapped = c->doubly_mapped;
	list_for_each_entry(v, &s->model.volumes, all) {
		u32 logical = 0;

		while (kdp_map_next_extent(&v->map, &logical, &e))
			for (i = 0; !e.unwritten && i < e.count; i++)
				collect_block(d, v, e.logical + i,
					      e.physical + i, out);
	}
}

/* Is everything found again, although some replicas have gone bad? */
static int find_again(struct x_disk *d, enum x_late late, u32 mask, u64 digest)
{
	struct kdp_store *s = store_new(d);
	int err;

	d->late = late;
	d->late_mask = mask;
	err = kdp_store_open(s);
	if (err)
		kdp_store_reason(s, x_why, sizeof(x_why));
	else if (sim_digest(s) != digest)
		err = LIFE_DIFFERS;
	d->late = X_NOT_LATE;
	kdp_store_free(s);
	return err;
}

/* All but one replica are lost, or are again as the crash left them. */
static int others_go_bad(struct x_disk *d, u64 digest)
{
	u32 r, others;
	int err = 0;

	for (r = 0; !err && r < KDP_REPLICAS; r++) {
		others = (MASKS - 1) & ~(1u << r);
		err = find_again(d, X_LATE_GARBAGE, others, digest);
		if (!err)
			err = find_again(d, X_LATE_STALE, others, digest);
	}
	return err;
}

/*
 * Life goes on: a commit of the new epoch.  Then replicas go bad; after a
 * recovery with wiped ones those come back.  The store is gone afterwards.
 */
static int live_on(struct x_disk *d, struct kdp_store *s)
{
	struct kdp_op op = {
		.type = KDP_OP_CREATE,
		.info = { .sectors = 128, .flags = KDP_VOLUME_THIN,
			  .name = "afterwards" },
	};
	int err = kdp_store_execute(s, &op, 1, x_why);
	u64 digest = sim_digest(s);

	kdp_store_free(s);
	if (err)
		return LIFE_FAILED;
	if (d->wiped)
		return find_again(d, X_LATE_STALE, d->wiped, digest);
	return others_go_bad(d, digest);
}

static void recover(struct x_disk *d, u32 how, struct x_outcome *out)
{
	struct kdp_store *s = store_new(d);
	struct x_log *log;

	x_nr_recoveries++;
	memset(out, 0, sizeof(*out));
	out->error = start(s, how & X_INNER ? 0x1001 : 0x1000);
	if (out->error) {
		kdp_store_free(s);
		return;
	}
	collect(d, s, out);
	log = d->log;
	d->log = NULL;
	if (how & X_DEEP)
		out->error = live_on(d, s);
	else
		kdp_store_free(s);
	d->log = log;
}

const struct x_outcome *x_recover(struct x_disk *d, u32 how,
				  struct x_log *log)
{
	struct x_tree **tree = &trees[how * MASKS + d->wiped];
	const struct x_outcome *known;
	struct x_outcome out;

	if (!*tree)
		*tree = x_tree_new();
	known = x_tree_find(*tree, d);
	if (known && !log)
		return known;
	x_disk_begin(d, &trace);
	d->log = log;
	recover(d, how, &out);
	d->log = NULL;
	x_disk_undo(d);
	return x_tree_add(*tree, &trace, &out);
}

/* Contents are numbered anew afterwards, so nothing may be kept. */
void x_recover_forget(void)
{
	static u32 contents;
	u32 i, nodes = 0;

	for (i = 0; i < ARRAY_SIZE(trees); i++)
		if (trees[i])
			nodes += x_tree_size(trees[i]);
	if (!contents)
		contents = x_nr_contents();
	if (nodes < MAX_NODES && x_nr_contents() < contents + MAX_CONTENTS)
		return;
	for (i = 0; i < ARRAY_SIZE(trees); i++)
		if (trees[i])
			x_tree_clear(trees[i]);
	x_forget_contents(contents);
}
