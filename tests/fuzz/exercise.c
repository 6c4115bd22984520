// SPDX-License-Identifier: GPL-2.0-only
/*
 * What must hold whatever is on the disk:
 *
 *   opening writes nothing, whether it succeeds or not, and says why not;
 *   what it loads is within bounds, and no chunk of an active pool is mapped
 *   twice; a pool that may only be read is not written to;
 *   an active pool works, and opened again it holds what it held before.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>
#include <linux/slab.h>

#include "format/checkpoint.h"
#include "fuzz.h"

static struct kdp_store *start(struct fcase *c)
{
	struct kdp_store *s = kdp_store_new(&image_ops, c->disk,
					    c->disk->nr_blocks);

	if (!s)
		abort();
	return s;
}

static void must_not_write(struct fcase *c, const char *when)
{
	if (c->disk->nr_writes)
		finding(c, "%s wrote to the disk", when);
	c->disk->nr_writes = 0;
}

/* A refusal says why, and only a lack of memory may look like one. */
static void must_explain(struct fcase *c, struct kdp_store *s, int err,
			 const char *when)
{
	char why[KDP_REASON_SIZE] = "";

	kdp_store_reason(s, why, sizeof(why));
	if (case_verbose)
		printf("  %s: error %d %s\n", when, err, why);
	if (err == -ENOMEM)
		finding(c, "%s: -ENOMEM, but no allocation failed", when);
	else if (err != -ENODEV && !why[0])
		finding(c, "%s: error %d without a reason", when, err);
}

/* Each validator on its own, over bytes that end where the block ends. */
static void validate_block(struct fcase *c, const u8 *block, u64 at)
{
	const struct kdp_disk_header *h = (const void *)block;
	struct kdp_journal_info journal;
	struct kdp_volume_info volume;
	struct kdp_ckpt_head head;
	struct kdp_super super;
	struct kdp_extent e;
	u64 words[KDP_BITMAP_WORDS], id;
	u32 i, first, n = 0;

	kdp_super_decode(block, h->replica % KDP_REPLICAS, at, &super);
	kdp_journal_decode(block, c->base->super.uuid,
			   h->replica % KDP_REPLICAS, at,
			   &journal);
	kdp_ckpt_head_get(block, &head);
	kdp_ckpt_bitmap_get(block, &first, words);
	if (!kdp_ckpt_volumes_count(block, &n))
		for (i = 0; i < n; i++)
			kdp_ckpt_volumes_get(block, i, &volume);
	if (!kdp_ckpt_map_count(block, &id, &n))
		for (i = 0; i < n; i++)
			kdp_ckpt_map_get(block, i, &e);
}

/* A record that ends too early, in memory that ends there too. */
static void validate_record(struct fcase *c, const u8 *p, u32 size)
{
	struct kdp_record rec;
	u32 room = rng_below(&c->rng, size);
	u8 *copy = malloc(room);

	if (!copy)
		abort();
	memcpy(copy, p, room);
	if (!kdp_record_decode(copy, room, &rec, &size))
		finding(c, "a record of %u bytes decoded from %u", size, room);
	free(copy);
}

static void validate_blocks(struct fcase *c)
{
	struct record_ref ref;
	const u8 *block;
	u32 i = 0, at;
	u64 where;

	while ((block = image_next(c->disk, &i, &where))) {
		validate_block(c, block, where);
		at = 0;
		if (place_structure(block) == S_JOURNAL &&
		    record_next(block, &at, &ref))
			validate_record(c, block + ref.at, ref.size);
	}
}

/* The tool must say the same as the store, and write nothing either. */
static void compare_check(struct fcase *c, bool opens)
{
	struct check_summary sum;

	check_image(c->disk, &sum);
	must_not_write(c, "check");
	if (sum.error)
		finding(c, "check: error %d", sum.error);
	else if (sum.opened != opens)
		finding(c, "check says that the pool %s",
			sum.opened ? "opens" : "does not open");
	else if (!opens && sum.result != CHECK_LOST)
		finding(c, "check: not lost, although it does not open");
}

/* Nothing of it may be lost; @before NULL: whatever is there is right. */
static bool open_again(struct fcase *c, const struct picture *before,
		       const char *when)
{
	struct kdp_store *s = start(c);
	char why[KDP_REASON_SIZE] = "";
	struct picture after;
	int err = kdp_store_open(s);

	kdp_store_reason(s, why, sizeof(why));
	if (err) {
		finding(c, "%s: does not open again: error %d %s", when, err,
			why);
	} else {
		look(c, s, &after);
		if (before && (before->hash != after.hash ||
			       before->nr_volumes != after.nr_volumes))
			finding(c, "%s: other volumes than before (%u, were %u)",
				when, after.nr_volumes, before->nr_volumes);
		if (after.twice)
			finding(c, "%s: %u chunks twice", when, after.twice);
	}
	kdp_store_free(s);
	return !err;
}

/* Healed is healed: nothing may be left for check to find. */
static void check_again(struct fcase *c)
{
	struct check_summary sum;

	if (!rng_percent(&c->rng, 15))
		return;
	check_image(c->disk, &sum);
	if (sum.error || !sum.opened || sum.nr_faults)
		finding(c, "check after work: error %d, opened %d, %u faults %s",
			sum.error, sum.opened, sum.nr_faults, sum.first_fault);
}

/* The volumes as they are on @disk; false if it does not open. */
static bool picture_of(struct fcase *c, struct image *disk, struct picture *p)
{
	struct image *own = c->disk;
	struct kdp_store *s;
	bool opens;

	c->disk = disk;
	s = start(c);
	opens = !kdp_store_open(s);
	if (opens)
		look(c, s, p);
	kdp_store_free(s);
	c->disk = own;
	return opens;
}

/* What was repaired has the same volumes, and needs no more repair. */
static void check_repaired(struct fcase *c, struct image *result)
{
	struct picture before, after;
	struct check_summary sum;

	picture_of(c, c->disk, &before);
	if (!picture_of(c, result, &after))
		finding(c, "repair: does not open afterwards");
	else if (before.hash != after.hash)
		finding(c, "repair: other volumes than before");
	check_image(result, &sum);
	if (sum.nr_faults)
		finding(c, "check after repair: %u faults %s", sum.nr_faults,
			sum.first_fault);
}

/* Dump and repair of the same image: repair mends what opens, or refuses. */
static void compare_tools(struct fcase *c, bool opens)
{
	struct image *result = image_new(c->disk->nr_blocks);
	char why[200];
	int err = dump_image(c->disk);

	if (err)
		finding(c, "dump: %d", err);
	image_reset(result, c->disk);
	/* until it is written */
	result->unreadable = c->disk->unreadable;
	err = repair_image(c->disk, result, why, sizeof(why));
	must_not_write(c, "dump and repair");
	if (!opens && !err)
		finding(c, "repair of what does not open");
	else if (opens && err && err != -EROFS)
		finding(c, "repair: error %d %s", err, why);
	else if (!opens && result->nr_writes)
		finding(c, "repair has written, although it refuses");
	else if (!err)
		check_repaired(c, result);
	image_free(result);
}

static void must_stay_read_only(struct fcase *c, struct kdp_store *s)
{
	char text[] = "create new 64K", why[KDP_REASON_SIZE] = "";
	struct kdp_op op;
	int err;

	must_explain(c, s, -EROFS, "activation");
	if (kdp_op_parse(text, &op, why))
		abort();
	err = kdp_store_execute(s, &op, 1, why);
	if (err != -EROFS)
		finding(c, "create in a read-only pool: error %d", err);
	kdp_store_commit(s, NULL);
	kdp_store_clean(s);
	must_not_write(c, "a read-only pool");
}

/* In some cases the power fails while the pool is activated or used. */
static void plan_crash(struct fcase *c)
{
	if (rng_percent(&c->rng, 20))
		c->disk->crash_at = 1 + rng_below(&c->rng, 40);
}

/* @first is what the pool held when it was opened. */
static enum outcome activate(struct fcase *c, struct kdp_store *s,
			     const struct picture *first)
{
	struct kdp_activation who = { .nonce = rng_next(&c->rng), .now = 3 };
	int err = kdp_store_activate(s, &who);

	if (c->disk->dead)
		return OUT_CRASHED;
	if (!err) {
		if (first->twice)
			finding(c, "active, although %u chunks are mapped twice",
				first->twice);
		work(c, s);
		return OUT_ACTIVE;
	}
	if (err == -EROFS && kdp_store_mode(s) == KDP_STORE_READ_ONLY) {
		must_stay_read_only(c, s);
		return OUT_READ_ONLY;
	}
	must_explain(c, s, err, "activation");
	finding(c, "activation: error %d on a good disk", err);
	return OUT_FAILED;
}

static enum outcome use(struct fcase *c, struct kdp_store *s)
{
	struct picture first, last;
	enum outcome out;
	bool dead;

	look(c, s, &first);
	damage_verdict(c, true, &first);
	plan_crash(c);
	out = activate(c, s, &first);
	if (out == OUT_ACTIVE)
		look(c, s, &last);
	dead = c->disk->dead;
	kdp_store_free(s);
	image_power_on(c->disk);
	if (out == OUT_CRASHED)
		open_again(c, &first, "after a crash in the activation");
	else if (out == OUT_ACTIVE && dead)
		open_again(c, NULL, "after a crash");
	else if (out == OUT_ACTIVE && open_again(c, &last, "after work"))
		check_again(c);
	return out;
}

static u32 allocations_left;

static bool alloc_fails(size_t size)
{
	(void)size;
	return allocations_left && !--allocations_left;
}

/* In some cases memory runs out while the pool is opened. */
static void open_without_memory(struct fcase *c)
{
	struct kdp_store *s;
	int err;

	if (!rng_percent(&c->rng, 5))
		return;
	s = start(c);
	allocations_left = 1 + rng_below(&c->rng, 40);
	kdp_shim_alloc_fails = alloc_fails;
	err = kdp_store_open(s);
	kdp_shim_alloc_fails = NULL;
	if (!allocations_left && err != -ENOMEM)
		finding(c, "an allocation failed, open says %d", err);
	must_not_write(c, "open without memory");
	kdp_store_free(s);
}

enum outcome exercise(struct fcase *c)
{
	struct kdp_store *s;
	int err;

	validate_blocks(c);
	open_without_memory(c);
	s = start(c);
	err = kdp_store_open(s);
	must_not_write(c, "open");
	if (err)
		must_explain(c, s, err, "open");
	if (rng_percent(&c->rng, 15)) {
		compare_check(c, !err);
		compare_tools(c, !err);
	}
	if (!err)
		return use(c, s);
	damage_verdict(c, false, NULL);
	kdp_store_free(s);
	return OUT_REFUSED;
}
