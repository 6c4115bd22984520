// SPDX-License-Identifier: GPL-2.0-only
/*
 * The operations.  Each chooses its volume and chunk by a fixed rule, so that a
 * sequence is one story; where there is nothing to choose it does nothing.
 * First writes take the last chunk that they may, discards the first, so that
 * a freed chunk is reused for another one.  After each the worker does what is
 * due, as in the kernel.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "exhaust.h"

#define MANY	16u		/* creates that need two journal blocks */

/* What an operation looks for: a volume, and a chunk in such a state. */
struct want {
	bool any_kind, thin;	/* which volumes */
	bool any_state;
	enum kdp_chunk_state state;
	bool newest, last;	/* of volumes, of chunks */
	u64 found;		/* volume; 0: none */
	u32 chunk;
};

static bool has_chunk(const struct kdp_volume *v, struct want *w)
{
	struct kdp_mapping m;
	bool found = w->any_state;
	u32 i;

	for (i = 0; i < v->nr_chunks && (w->last || !found); i++) {
		kdp_map_lookup(&v->map, i, 1, &m);
		if (m.state != w->state)
			continue;
		w->chunk = i;
		found = true;
	}
	return found;
}

/* The volume that only fills the pool is bound, hence not looked at. */
static bool look(const struct kdp_volume *v, void *data)
{
	struct want *w = data;

	if (v->users)
		return true;
	if (!w->any_kind && w->thin != !!(v->info.flags & KDP_VOLUME_THIN))
		return true;
	if (!has_chunk(v, w))
		return true;
	w->found = v->info.id;
	return w->newest;
}

static struct kdp_volume *bind(struct x_live *l, u64 id)
{
	struct kdp_volume *v;
	char name[32];

	if (!id)
		return NULL;
	snprintf(name, sizeof(name), "#%llu", (unsigned long long)id);
	return kdp_store_volume_get(l->store, name, &v) ? NULL : v;
}

static struct kdp_volume *find(struct x_live *l, struct want *w)
{
	kdp_store_for_each(l->store, look, w);
	return bind(l, w->found);
}

static void upkeep(struct x_live *l)
{
	if (kdp_store_wants_upkeep(l->store))
		kdp_store_upkeep(l->store);
}

/* Lack of space is no fault; whatever else goes wrong is. */
static void done(struct x_live *l, const char *what, int err)
{
	if (err && err != -ENOSPC)
		x_live_wrong(l, what, err);
	upkeep(l);
}

static void execute(struct x_live *l, struct kdp_op *ops, u32 nr,
		    const char *what)
{
	char why[KDP_REASON_SIZE];
	int err = kdp_store_execute(l->store, ops, nr, why);

	if (!err)
		x_live_ack(l, l->nr_states - 1);
	done(l, what, err);
}

static struct kdp_op create_op(struct x_live *l, u32 chunks, bool thin)
{
	struct kdp_op op = {
		.type = KDP_OP_CREATE,
		.info = { .sectors = chunks * 128ull,
			  .flags = thin ? KDP_VOLUME_THIN : 0 },
	};

	snprintf(op.info.name, sizeof(op.info.name), "n%u", l->names++);
	return op;
}

static void create_thick(struct x_live *l)
{
	struct kdp_op op = create_op(l, 2, false);

	execute(l, &op, 1, "create");
}

static void create_thin(struct x_live *l)
{
	struct kdp_op op = create_op(l, 2, true);

	execute(l, &op, 1, "create thin");
}

static void create_two(struct x_live *l)
{
	struct kdp_op ops[2] = {
		create_op(l, 1, false), create_op(l, 1, false),
	};

	execute(l, ops, 2, "create two");
}

static void create_many(struct x_live *l)
{
	struct kdp_op ops[MANY];
	u32 i;

	for (i = 0; i < MANY; i++)
		ops[i] = create_op(l, 1, true);
	execute(l, ops, MANY, "create many");
}

static void remove_volume(struct x_live *l, bool newest)
{
	struct want w = { .any_kind = true, .any_state = true,
			  .newest = newest };
	struct kdp_op op = { .type = KDP_OP_REMOVE };

	kdp_store_for_each(l->store, look, &w);
	if (!w.found)
		return;
	op.info.id = w.found;
	execute(l, &op, 1, "remove");
}

static void remove_newest(struct x_live *l)
{
	remove_volume(l, true);
}

static void remove_oldest(struct x_live *l)
{
	remove_volume(l, false);
}

static void on_chunk(struct x_live *l, struct want w, const char *what,
		     int (*fn)(struct x_live *l, struct kdp_volume *v,
			       u32 chunk))
{
	struct kdp_volume *v = find(l, &w);
	int err;

	if (!v)
		return;
	err = fn(l, v, w.chunk);
	kdp_store_volume_put(l->store, v);
	done(l, what, err);
}

static void write_thick(struct x_live *l)
{
	on_chunk(l, (struct want){ .state = KDP_CHUNK_UNWRITTEN,
				   .newest = true, .last = true },
		 "first write", x_write);
}

static void write_thin(struct x_live *l)
{
	on_chunk(l, (struct want){ .thin = true, .state = KDP_CHUNK_HOLE,
				   .newest = true, .last = true },
		 "thin write", x_write);
}

static void overwrite(struct x_live *l)
{
	on_chunk(l, (struct want){ .any_kind = true,
				   .state = KDP_CHUNK_WRITTEN,
				   .newest = true }, "overwrite", x_overwrite);
}

static void discard_thick(struct x_live *l)
{
	on_chunk(l, (struct want){ .state = KDP_CHUNK_WRITTEN },
		 "discard", x_discard);
}

static void discard_thin(struct x_live *l)
{
	on_chunk(l, (struct want){ .thin = true, .state = KDP_CHUNK_WRITTEN },
		 "thin discard", x_discard);
}

/* A FLUSH of the volume that has most need of it. */
static void flush(struct x_live *l)
{
	struct want w = { .any_kind = true, .any_state = true };
	struct kdp_volume *v = bind(l, l->touched);
	int err;

	if (!v)
		v = find(l, &w);
	if (!v)
		return;
	err = x_flush(l, v);
	kdp_store_volume_put(l->store, v);
	done(l, "flush", err);
}

static void commit(struct x_live *l)
{
	bool flushed = false;
	int err = kdp_store_commit(l->store, &flushed);

	if (!err)
		x_live_ack(l, l->nr_states - 1);
	if (!err && flushed)
		x_live_promise(l, 0);
	done(l, "commit", err);
}

static void checkpoint(struct x_live *l)
{
	int err = kdp_store_checkpoint(l->store);

	if (!err)
		x_live_ack(l, l->nr_states - 1);
	done(l, "checkpoint", err);
}

static void clean(struct x_live *l)
{
	int err = kdp_store_clean(l->store);

	if (!err)
		x_live_ack(l, l->nr_states - 1);
	done(l, "clean", err);
}

const struct x_variant x_variants[] = {
	{ "create", create_thick }, { "create-thin", create_thin },
	{ "create-two", create_two }, { "create-many", create_many },
	{ "remove-newest", remove_newest }, { "remove-oldest", remove_oldest },
	{ "write", write_thick }, { "write-thin", write_thin },
	{ "overwrite", overwrite }, { "discard", discard_thick },
	{ "discard-thin", discard_thin }, { "flush", flush },
	{ "commit", commit }, { "checkpoint", checkpoint }, { "clean", clean },
};

const u32 x_nr_variants = ARRAY_SIZE(x_variants);

void x_sequence_name(const struct x_sequence *q, char *buf, size_t size)
{
	u32 i;

	buf[0] = 0;
	for (i = 0; i < q->length; i++)
		snprintf(buf + strlen(buf), size - strlen(buf), "%s%s",
			 i ? "." : "", x_variants[q->variant[i]].name);
}
