// SPDX-License-Identifier: GPL-2.0-only
/*
 * A script is a list of lines.  A line that begins with one of the verbs below
 * is what that verb does; any other is operations as in a message, separated by
 * ";", executed in one commit.
 *
 * A line may fail only while the power is off (after "crash"); anything else is
 * a mistake in the recipe, or in the store, and ends the program.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>

#include "corpus.h"
#include "store/store.h"

#define MAX_OPS	64u

struct script {
	const struct recipe *recipe;
	const char *line;
	struct image *disk;
	struct kdp_store *store;
	u64 nonce;
	int parent;		/* in the corpus: the last that was saved */
};

__printf(2, 3)
static void fail(struct script *x, const char *fmt, ...)
{
	va_list args;

	fprintf(stderr, "corpus: %s: \"%s\": ", x->recipe->name, x->line);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	exit(2);
}

static void expect(struct script *x, int err, const char *why)
{
	if (err && !x->disk->dead)
		fail(x, "error %d %s", err, why);
}

static void run_ops(struct script *x, const char *text)
{
	char why[KDP_REASON_SIZE] = "";
	struct kdp_op ops[MAX_OPS];
	char *copy = strdup(text), *rest = copy, *one;
	u32 nr = 0;

	while ((one = strsep(&rest, ";"))) {
		if (nr == MAX_OPS || kdp_op_parse(one, &ops[nr++], why))
			fail(x, "%s", why);
	}
	expect(x, kdp_store_execute(x->store, ops, nr, why), why);
	free(copy);
}

/* "NAME FIRST COUNT" of a line, and the volume bound. */
static struct kdp_volume *range(struct script *x, const char *args, u32 *first,
				u32 *count)
{
	struct kdp_volume *v;
	char name[60];

	if (sscanf(args, "%59s %u %u", name, first, count) != 3)
		fail(x, "expected a volume, a chunk and a count");
	if (kdp_store_volume_get(x->store, name, &v))
		fail(x, "no such volume");
	return v;
}

static void do_written(struct script *x, const char *args)
{
	u32 first, count;
	struct kdp_volume *v = range(x, args, &first, &count);

	expect(x, kdp_store_written(x->store, v, first, count), "written");
	kdp_store_volume_put(x->store, v);
}

/* First writes to holes of a thin volume. */
static void do_fill(struct script *x, const char *args)
{
	u32 first, count, chunk;
	struct kdp_volume *v = range(x, args, &first, &count);

	for (; count; first++, count--) {
		expect(x, kdp_store_reserve(x->store, v, &chunk), "reserve");
		expect(x, kdp_store_map(x->store, v, first, chunk), "map");
	}
	kdp_store_volume_put(x->store, v);
}

static void do_discard(struct script *x, const char *args)
{
	u32 first, count;
	struct kdp_volume *v = range(x, args, &first, &count);

	expect(x, kdp_store_discard(x->store, v, first, count), "discard");
	kdp_store_volume_put(x->store, v);
}

/* Every second chunk of the volume: as many extents as it has chunks. */
static void do_fragment(struct script *x, const char *args)
{
	struct kdp_volume *v;
	u32 i;

	if (kdp_store_volume_get(x->store, args, &v))
		fail(x, "no such volume");
	for (i = 0; i < v->nr_chunks; i += 2)
		expect(x, kdp_store_written(x->store, v, i, 1), "written");
	kdp_store_volume_put(x->store, v);
}

/* Many volumes in one commit, so that it has several parts. */
static void do_volumes(struct script *x, const char *args)
{
	char prefix[20], size[20], text[4096] = "";
	size_t len = 0;
	u32 i, count;

	if (sscanf(args, "%19s %u %19s", prefix, &count, size) != 3)
		fail(x, "expected a prefix, a count and a size");
	for (i = 0; i < count; i++)
		len += scnprintf(text + len, sizeof(text) - len,
				 "%screate %s%u %s", i ? ";" : "", prefix, i,
				 size);
	run_ops(x, text);
}

/* Create and remove a volume so many times: the ring goes round. */
static void do_churn(struct script *x, const char *args)
{
	u32 i, n = atoi(args);

	for (i = 0; i < n; i++) {
		run_ops(x, "create churn 192K");
		do_written(x, "churn 1 1");
		run_ops(x, "remove churn");
	}
}

static void do_commit(struct script *x, const char *args)
{
	(void)args;
	expect(x, kdp_store_commit(x->store, NULL), "commit");
}

static void do_checkpoint(struct script *x, const char *args)
{
	(void)args;
	expect(x, kdp_store_checkpoint(x->store), "checkpoint");
}

/* Chunks that were freed become free. */
static void do_upkeep(struct script *x, const char *args)
{
	(void)args;
	kdp_store_upkeep(x->store);
}

static void do_clean(struct script *x, const char *args)
{
	(void)args;
	expect(x, kdp_store_clean(x->store), "clean");
}

/* The power comes back, or the pool is let go of without closing it. */
static void do_reopen(struct script *x, const char *args)
{
	struct kdp_activation who = { .now = 2, .host = "fuzz" };
	char why[KDP_REASON_SIZE] = "";
	int err;

	(void)args;
	kdp_store_free(x->store);
	image_power_on(x->disk);
	who.nonce = ++x->nonce;
	x->store = kdp_store_new(&image_ops, x->disk, x->disk->nr_blocks);
	err = kdp_store_open(x->store);
	if (!err)
		err = kdp_store_activate(x->store, &who);
	kdp_store_reason(x->store, why, sizeof(why));
	expect(x, err, why);
}

/* The same, and the power fails after so many writes of the activation. */
static void do_reopen_crash(struct script *x, const char *args)
{
	struct kdp_activation who = { .now = 2, .nonce = ++x->nonce };

	kdp_store_free(x->store);
	image_power_on(x->disk);
	x->store = kdp_store_new(&image_ops, x->disk, x->disk->nr_blocks);
	expect(x, kdp_store_open(x->store), "open");
	x->disk->crash_at = x->disk->nr_writes + atoi(args);
	expect(x, kdp_store_activate(x->store, &who), "activate");
}

static void do_crash(struct script *x, const char *args)
{
	x->disk->crash_at = x->disk->nr_writes + atoi(args);
}

/* Writes to these replicas, two at most, fail until "mend". */
static void do_stale(struct script *x, const char *args)
{
	struct kdp_store_info info;
	const char *p;
	u32 i = 0, r;

	kdp_store_info(x->store, &info);
	for (p = args; *p && i < 2; p++) {
		r = *p - '0';
		if (r >= KDP_REPLICAS)
			continue;
		x->disk->bad_first[i] = info.super.geometry.replica[r].extent;
		x->disk->bad_count[i++] =
			kdp_extent_blocks(&info.super.geometry);
	}
}

static void do_mend(struct script *x, const char *args)
{
	(void)args;
	memset(x->disk->bad_count, 0, sizeof(x->disk->bad_count));
}

/* The image as it is now becomes part of the corpus. */
static void do_save(struct script *x, const char *args)
{
	x->parent = corpus_add(x->recipe, args, x->parent, x->disk);
}

/* Go back to what was saved and do something else: another history. */
static void do_back(struct script *x, const char *args)
{
	const struct base *b = NULL;
	size_t len = strlen(x->recipe->name);
	u32 i;

	for (i = 0; i < corpus.nr && !b; i++)
		if (corpus.base[i].recipe == x->recipe &&
		    !strcmp(corpus.base[i].name + len + 1, args))
			b = &corpus.base[i];
	if (!b)
		fail(x, "nothing of that name was saved");
	kdp_store_free(x->store);
	x->store = NULL;
	image_free(x->disk);
	x->disk = image_copy(b->image);
	x->parent = b - corpus.base;
}

/* The device becomes larger than the pool. */
static void do_grow(struct script *x, const char *args)
{
	x->disk->nr_blocks += atoi(args);
}

static const struct verb {
	const char *name;
	void (*run)(struct script *x, const char *args);
} verbs[] = {
	{ "written", do_written },
	{ "fill", do_fill },
	{ "discard", do_discard },
	{ "upkeep", do_upkeep },
	{ "fragment", do_fragment },
	{ "volumes", do_volumes },
	{ "churn", do_churn },
	{ "commit", do_commit },
	{ "checkpoint", do_checkpoint },
	{ "clean", do_clean },
	{ "reopen", do_reopen },
	{ "reopen-crash", do_reopen_crash },
	{ "crash", do_crash },
	{ "stale", do_stale },
	{ "mend", do_mend },
	{ "save", do_save },
	{ "back", do_back },
	{ "grow", do_grow },
};

static void run_line(struct script *x)
{
	size_t i, len = strcspn(x->line, " ");

	for (i = 0; i < ARRAY_SIZE(verbs); i++) {
		if (strlen(verbs[i].name) != len ||
		    memcmp(verbs[i].name, x->line, len))
			continue;
		verbs[i].run(x, x->line + len + !!x->line[len]);
		return;
	}
	run_ops(x, x->line);
}

static void format_pool(struct script *x)
{
	const struct recipe *recipe = x->recipe;
	struct kdp_geometry_request want = {
		.device_blocks = recipe->device_blocks,
		.chunk_blocks = recipe->chunk_blocks,
		.journal_blocks = recipe->journal_blocks,
	};
	struct kdp_format_request req = {
		.name = "fuzz", .serial = "serial",
		.who = { .nonce = x->nonce, .now = 1, .host = "fuzz" },
	};
	char why[KDP_REASON_SIZE], text[] = "create first 1M";
	const char *reason;
	struct kdp_op op;

	memcpy(req.uuid, recipe->uuid, sizeof(req.uuid));
	if (kdp_geometry_make(&want, &req.geometry, &reason))
		fail(x, "%s", reason);
	if (kdp_op_parse(text, &op, why))
		fail(x, "%s", why);
	req.ops = &op;
	req.nr_ops = 1;
	expect(x, kdp_store_format(&image_ops, x->disk, &req, why), why);
}

void script_run(const struct recipe *recipe)
{
	struct script x = {
		.recipe = recipe, .line = "format", .nonce = 1000, .parent = -1,
	};
	const char *const *line;

	x.disk = image_new(recipe->device_blocks);
	format_pool(&x);
	for (line = recipe->script; *line; line++) {
		x.line = *line;
		run_line(&x);
	}
	kdp_store_free(x.store);
	image_free(x.disk);
}
