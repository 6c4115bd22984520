// SPDX-License-Identifier: GPL-2.0-only
/* Work on an active pool: on a good disk nothing of it may fail. */
#include <errno.h>
#include <stdlib.h>

#include <linux/kernel.h>

#include "fuzz.h"

#define MOST	6u	/* operations in one case */

/* Errors that an operation on a healthy pool may give. */
static bool op_error_ok(int err)
{
	return !err || err == -ENOSPC || err == -EEXIST || err == -ENFILE ||
	       err == -E2BIG;
}

static int run_text(struct fcase *c, struct kdp_store *s, const char *text)
{
	char copy[100], why[KDP_REASON_SIZE] = "";
	struct kdp_op op;
	int err;

	scnprintf(copy, sizeof(copy), "%s", text);
	if (kdp_op_parse(copy, &op, why))
		abort();
	err = kdp_store_execute(s, &op, 1, why);
	if (err && !why[0])
		finding(c, "\"%s\": error %d without a reason", text, err);
	return err;
}

static void work_create(struct fcase *c, struct kdp_store *s,
			const struct picture *p)
{
	char text[60];
	int err;

	(void)p;
	scnprintf(text, sizeof(text), "create new%u %uK%s",
		  (u32)rng_below(&c->rng, 3),
		  (u32)rng_below(&c->rng, 300) * 4 + 4,
		  rng_percent(&c->rng, 30) ? " thin" : "");
	err = run_text(c, s, text);
	if (!op_error_ok(err) && !c->disk->dead)
		finding(c, "create: error %d", err);
}

static void work_remove(struct fcase *c, struct kdp_store *s,
			const struct picture *p)
{
	char text[60];
	int err;

	if (!p->removable)
		return;
	scnprintf(text, sizeof(text), "remove #%llu",
		  (unsigned long long)p->removable);
	err = run_text(c, s, text);
	if (err && !c->disk->dead)
		finding(c, "remove: error %d", err);
}

/* The volume of this id, which was there a moment ago, bound. */
static struct kdp_volume *bind(struct fcase *c, struct kdp_store *s, u64 id)
{
	struct kdp_volume *v = NULL;
	char name[30];

	scnprintf(name, sizeof(name), "#%llu", (unsigned long long)id);
	if (id && kdp_store_volume_get(s, name, &v))
		finding(c, "volume %s was there and cannot be bound", name);
	return v;
}

static void work_write(struct fcase *c, struct kdp_store *s,
		       const struct picture *p)
{
	struct kdp_volume *v = bind(c, s, p->writable);
	int err;

	if (!v)
		return;
	err = kdp_store_written(s, v, p->unwritten, 1);
	if (err && !c->disk->dead)
		finding(c, "first write: error %d", err);
	kdp_store_volume_put(s, v);
}

static void work_fill(struct fcase *c, struct kdp_store *s,
		      const struct picture *p)
{
	struct kdp_volume *v = bind(c, s, p->thin);
	u32 chunk;
	int err;

	if (!v)
		return;
	err = kdp_store_reserve(s, v, &chunk);
	if (!err) {
		err = kdp_store_map(s, v, p->hole, chunk);
		if (err)
			kdp_store_unreserve(s, chunk);
	}
	if (err && err != -ENOSPC && err != -EAGAIN && !c->disk->dead)
		finding(c, "first write to a hole: error %d", err);
	kdp_store_volume_put(s, v);
}

static void work_discard(struct fcase *c, struct kdp_store *s,
			 const struct picture *p)
{
	struct kdp_volume *v = bind(c, s, p->mapped);
	u32 n, from = p->extent.logical;
	int err;

	if (!v)
		return;
	n = 1 + rng_below(&c->rng, min(v->nr_chunks - from, 40u));
	err = kdp_store_discard(s, v, from, n);
	if (err && !c->disk->dead)
		finding(c, "discard: error %d", err);
	kdp_store_volume_put(s, v);
}

/* Other operations give discarded chunks out again; this one does not. */
static void work_upkeep(struct fcase *c, struct kdp_store *s,
			const struct picture *p)
{
	struct picture now;

	(void)p;
	c->disk->note_discards = true;
	kdp_store_upkeep(s);
	look(c, s, &now);
	c->disk->note_discards = false;
	c->disk->nr_discards = 0;
}

/* One of three cannot be done: nothing may have happened. */
static void work_batch(struct fcase *c, struct kdp_store *s,
		       const struct picture *p)
{
	static const char *const third[] = {
		"create batch 4K", "create vast 9P", "remove none",
		"create bulky 1G",
	};
	char why[KDP_REASON_SIZE] = "", text[60];
	struct picture now;
	struct kdp_op ops[3];
	int err;

	scnprintf(text, sizeof(text), "create batch 200K");
	err = kdp_op_parse(text, &ops[0], why);
	scnprintf(text, sizeof(text), "remove batch");
	if (p->removable)
		scnprintf(text, sizeof(text), "remove #%llu",
			  (unsigned long long)p->removable);
	err |= kdp_op_parse(text, &ops[1], why);
	scnprintf(text, sizeof(text), "%s",
		  third[rng_below(&c->rng, ARRAY_SIZE(third))]);
	err |= kdp_op_parse(text, &ops[2], why);
	if (err)
		abort();
	err = kdp_store_execute(s, ops, 3, why);
	look(c, s, &now);
	if (err && !c->disk->dead && now.hash != p->hash)
		finding(c, "three operations failed, yet something changed");
	if (err && !why[0])
		finding(c, "three operations: error %d without a reason", err);
}

static void work_end(struct fcase *c, struct kdp_store *s,
		     const struct picture *p)
{
	static int (*const ends[])(struct kdp_store *s) = {
		kdp_store_checkpoint, kdp_store_clean,
	};
	int err = ends[rng_below(&c->rng, ARRAY_SIZE(ends))](s);

	(void)p;
	if (err && !c->disk->dead)
		finding(c, "checkpoint or clean: error %d", err);
}

/* An operation more is one line more; it may use what the picture shows. */
static void (*const works[])(struct fcase *c, struct kdp_store *s,
			     const struct picture *p) = {
	work_create, work_create, work_remove, work_write, work_write,
	work_fill, work_fill, work_discard, work_upkeep, work_batch,
	work_end,
};

void work(struct fcase *c, struct kdp_store *s)
{
	u32 n = 1 + rng_below(&c->rng, MOST);
	struct picture p;
	int err;

	while (n--) {
		look(c, s, &p);
		works[rng_below(&c->rng, ARRAY_SIZE(works))](c, s, &p);
	}
	err = kdp_store_commit(s, NULL);
	if (err && !c->disk->dead)
		finding(c, "commit: error %d", err);
	if (kdp_store_mode(s) != KDP_STORE_ACTIVE && !c->disk->dead)
		finding(c, "on a good disk the pool is now %s",
			kdp_store_mode_name(kdp_store_mode(s)));
}
