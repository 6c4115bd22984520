// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pool that every sequence begins with: a thick and a thin volume of three
 * chunks, one chunk of each written; four free chunks, the others taken by a
 * volume that only fills the pool, so that freed chunks are soon given out
 * again; the smallest journal, four of eight blocks in use and the next one the
 * last of the ring, so that the first commit ends the ring, the second begins
 * it anew and the third has to wait for a checkpoint.
 *
 * A sequence begins with an open and an activation of that, which costs less
 * than a tenth of what its crash points cost and writes the same every time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exhaust.h"

#define FREE_CHUNKS	4u
#define THICK		"a"
#define THIN		"b"
#define DUMMY		"d"
#define FILLER		"filler"

u32 x_before[X_BLOCKS], x_base[X_BLOCKS];
struct x_live x_base_live;
struct kdp_geometry x_geometry;

static void check(int err, const char *what)
{
	if (!err)
		return;
	fprintf(stderr, "the first pool: %s failed: %d %s\n", what, err, x_why);
	exit(2);
}

static void format(struct x_disk *d)
{
	struct kdp_geometry_request want = {
		.device_blocks = X_BLOCKS,
		.journal_blocks = KDP_MIN_JOURNAL_BLOCKS,
		.max_volumes = 128,
	};
	struct kdp_format_request req = {
		.uuid = "exhaustive-pool", .name = "exhaust",
		.who = { .nonce = 1, .now = 1 },
	};
	const char *why = "";

	if (kdp_geometry_make(&want, &req.geometry, &why)) {
		fprintf(stderr, "geometry: %s\n", why);
		exit(2);
	}
	x_geometry = req.geometry;
	x_disk_owners(d, &x_geometry);
	check(kdp_store_format(&x_disk_ops, d, &req, x_why), "format");
}

static struct kdp_store *start(struct x_disk *d, u64 nonce)
{
	struct kdp_activation who = { .nonce = nonce, .now = 2 };
	struct kdp_store *s = x_must(kdp_store_new(&x_disk_ops, d, X_BLOCKS));
	int err = kdp_store_open(s);

	if (!err)
		err = kdp_store_activate(s, &who);
	kdp_store_reason(s, x_why, sizeof(x_why));
	check(err, "activation");
	return s;
}

static void create(struct kdp_store *s, const char *name, u32 chunks, bool thin)
{
	struct kdp_op op = {
		.type = KDP_OP_CREATE,
		.info = { .sectors = chunks * 128ull,
			  .flags = thin ? KDP_VOLUME_THIN : 0 },
	};

	snprintf(op.info.name, sizeof(op.info.name), "%s", name);
	check(kdp_store_execute(s, &op, 1, x_why), name);
}

static void remove_dummy(struct kdp_store *s)
{
	struct kdp_op op = { .type = KDP_OP_REMOVE, .info.name = DUMMY };

	check(kdp_store_execute(s, &op, 1, x_why), "remove");
	kdp_store_upkeep(s);
}

static void first_write(struct x_live *l, const char *name)
{
	struct kdp_volume *v;
	u32 sub;

	check(kdp_store_volume_get(l->store, name, &v), name);
	check(x_write(l, v, 0), "write");
	check(kdp_store_commit(l->store, NULL), "commit");
	x_live_promise(l, v->info.id);
	for (sub = 0; sub < X_SUBS; sub++)
		x_spot(l, v->info.id, 0, sub)->state[1] = 0;
	kdp_store_volume_put(l->store, v);
}

/* All but what the thin volume's first write and the sequences need. */
static void fill(struct x_live *l)
{
	struct kdp_store_info info;

	kdp_store_info(l->store, &info);
	create(l->store, FILLER, info.chunks_free - FREE_CHUNKS - 1, false);
}

static void work(struct x_live *l)
{
	create(l->store, THICK, 3, false);	/* 1 */
	create(l->store, DUMMY, 1, true);	/* 2 */
	fill(l);				/* 3 */
	check(kdp_store_checkpoint(l->store), "checkpoint");
	first_write(l, THICK);			/* 4 */
	create(l->store, THIN, 3, true);	/* 5 */
	first_write(l, THIN);			/* 6 */
	remove_dummy(l->store);			/* 7 */
}

static void expect(struct kdp_store *s)
{
	struct kdp_store_info info;

	kdp_store_info(s, &info);
	if (info.journal_used == KDP_MIN_JOURNAL_BLOCKS / 2 &&
	    info.chunks_free == FREE_CHUNKS &&
	    info.super.checkpoint.journal_pos == 3)
		return;
	fprintf(stderr,
		"the first pool: %u journal blocks used from %llu on, %u chunks free\n",
		info.journal_used,
		(unsigned long long)info.super.checkpoint.journal_pos,
		info.chunks_free);
	exit(2);
}

void x_pool_make(struct x_disk *d)
{
	static const char noise[KDP_BLOCK_SIZE] __attribute__((aligned(64))) =
		"wiped";
	static const char zeros[KDP_BLOCK_SIZE] __attribute__((aligned(64)));
	struct x_live *l = &x_base_live;

	x_content(zeros);
	d->garbage = x_content(noise);
	format(d);
	l->disk = d;
	l->store = start(d, 2);
	work(l);
	kdp_store_free(l->store);
	l->store = NULL;
	l->nr_states = l->nr_floors = 0;
	l->acked = l->touched_state = 0;
	l->touched = 0;
	memcpy(x_before, d->cell, sizeof(x_before));
	l->store = x_pool_start(d);
	expect(l->store);
	kdp_store_free(l->store);
	l->store = NULL;
	memcpy(x_base, d->cell, sizeof(x_base));
}

struct kdp_store *x_pool_start(struct x_disk *d)
{
	struct kdp_volume *filler;
	struct kdp_store *s;

	memcpy(d->cell, x_before, sizeof(d->cell));
	s = start(d, 3);
	d->hash = 0;		/* of the base, and of what differs from it */
	check(kdp_store_volume_get(s, FILLER, &filler), "bind");
	return s;
}
