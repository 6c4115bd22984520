// SPDX-License-Identifier: GPL-2.0-only
/* A replica whose extent cannot be written gets another one. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tended.h"

static u64 extent_of(u32 r)
{
	return store->super.geometry.replica[r].extent;
}

static u32 nr_retired(void)
{
	u32 n = 0;

	while (n < KDP_MAX_RETIRED && store->super.geometry.retired[n])
		n++;
	return n;
}

static u32 nr_free(void)
{
	struct kdp_store_info i;

	kdp_store_info(store, &i);
	return i.chunks_free;
}

/* Unasked, when it is due; the last of @n attempts returns @last. */
static void attempts(u32 n, int last)
{
	while (n--) {
		assert_true(kdp_store_wants_repair(store));
		worker.now += kdp_store_repair_delay(store, worker.now);
		assert_int_equal(kdp_store_repair(store, &worker, false),
				 n ? -EIO : last);
	}
}

static void home_fails(u32 r)
{
	disk->also_first = store->super.geometry.replica[r].super;
	disk->also_count = KDP_SUPER_SLOTS;
}

static void moved_well(u32 r, u64 from)
{
	assert_int_not_equal(extent_of(r), from);
	assert_int_equal(health().replica[r].extent, extent_of(r));
	assert_int_equal(health().replica[r].moved_from, from);
	assert_int_equal(health().valid, 5);
	scrub();
	assert_int_equal(nr_bad(), 0);
	assert_int_equal(found.cross.leaked, 0);
	assert_int_equal(found.cross.mapped_but_free, 0);
	assert_int_equal(found.cross.doubly_mapped, 0);
	each_alone();
}

static void reopen(void)
{
	const struct kdp_cross_check *c;

	kdp_store_free(store);
	start();
	c = &kdp_store_report(store)->cross;
	assert_int_equal(c->leaked + c->mapped_but_free + c->doubly_mapped, 0);
}

static void only_the_extent_fails(void **state)
{
	u64 from = extent_of(2);

	(void)state;
	lose(2);
	attempts(2, -EIO);
	assert_int_equal(extent_of(2), from);
	attempts(1, 0);
	moved_well(2, from);
	assert_int_equal(store->super.geometry.retired[0], from);
	assert_int_equal(health().replica[2].attempts, 0);
	assert_false(kdp_store_wants_repair(store));
	/* all goes on, and nothing goes to the old place: it would fail */
	assert_int_equal(pool_execute(store, "create later 64K"), 0);
	assert_int_equal(kdp_store_checkpoint(store), 0);
	assert_int_equal(health().valid, 5);
	reopen();
	assert_int_equal(health().valid, 5);
	assert_int_equal(store->super.geometry.retired[0], from);
	each_alone();
}

/* What cannot be read back has not been written either. */
static void cannot_be_read(void **state)
{
	u64 from = extent_of(4);

	(void)state;
	lose(4);
	disk->bad_reads = true;
	attempts(3, 0);
	moved_well(4, from);
}

static void home_fails_too(void **state)
{
	u64 from = extent_of(2);
	u32 nr;

	(void)state;
	lose(2);
	nr = nr_free();
	home_fails(2);
	attempts(3, -EIO);
	assert_true(health().replica[2].degraded);
	assert_int_equal(extent_of(2), from);
	assert_int_equal(nr_retired(), 0);
	assert_int_equal(nr_free(), nr);
}

/* The home alone: there is nothing to be gained. */
static void only_the_home_fails(void **state)
{
	u64 from = extent_of(1);

	(void)state;
	home_fails(1);
	assert_int_equal(kdp_store_checkpoint(store), 0);
	assert_int_equal(health().valid, 4);
	attempts(3, -EIO);
	assert_true(health().replica[1].degraded);
	assert_int_equal(extent_of(1), from);
}

/* It works again at the last attempt. */
static void mended_in_time(void **state)
{
	u64 from = extent_of(3);

	(void)state;
	lose(3);
	attempts(2, -EIO);
	disk->bad_count = 0;
	attempts(1, 0);
	assert_int_equal(extent_of(3), from);
	assert_int_equal(nr_retired(), 0);
	assert_int_equal(health().valid, 5);
}

/* Volumes over all that is free; the chunks of the last are its first run. */
static struct kdp_extent fill_pool(void)
{
	struct kdp_extent e;
	u32 logical = 0, n;
	char text[80];

	/* one that is as large as an extent, in a row */
	assert_int_equal(pool_execute(store, "create hole 1M"), 0);
	assert_true(kdp_map_next_extent(&kdp_model_by_name(&store->model,
							   "hole")->map,
					&logical, &e));
	assert_int_equal(e.count, 16);
	n = nr_free();
	snprintf(text, sizeof(text), "create all %uK", n * 64);
	assert_int_equal(pool_execute(store, text), 0);
	assert_int_equal(nr_free(), 0);
	return e;
}

static void make_room(void)
{
	assert_int_equal(pool_execute(store, "remove hole"), 0);
	kdp_store_upkeep(store);
	assert_int_equal(nr_free(), 16);
}

static void degraded_without_room(u32 r)
{
	u64 from = extent_of(r);

	lose(r);
	fill_pool();
	attempts(3, -EIO);
	assert_true(health().replica[r].degraded);
	assert_int_equal(extent_of(r), from);
	assert_int_equal(nr_retired(), 0);
	assert_int_equal(nr_free(), 0);
}

static void no_room(void **state)
{
	(void)state;
	degraded_without_room(2);
	/* no attempts any more, though there is room */
	make_room();
	worker.now += 2 * KDP_REPAIR_PERIOD;
	assert_int_equal(kdp_store_repair(store, &worker, false), 0);
	assert_true(health().replica[2].degraded);
	reopen();
}

static void degraded_and_asked_for(void **state)
{
	u64 from = extent_of(2);

	(void)state;
	degraded_without_room(2);
	make_room();
	assert_int_equal(kdp_store_repair(store, &worker, true), 0);
	moved_well(2, from);
	reopen();
}

/* Who asks without need gets an attempt, and no move. */
static void asked_for_at_once(void **state)
{
	u64 from = extent_of(2);

	(void)state;
	lose(2);
	assert_int_equal(kdp_store_repair(store, &worker, true), -EIO);
	assert_int_equal(extent_of(2), from);
	assert_false(health().replica[2].degraded);
}

static void new_place_fails_too(void **state)
{
	u64 from = extent_of(2);
	struct kdp_extent e;

	(void)state;
	lose(2);
	e = fill_pool();
	make_room();
	disk->also_first = (u64)e.physical * 16;
	disk->also_count = 16 * 16;
	attempts(3, -EIO);
	assert_true(health().replica[2].degraded);
	assert_int_equal(extent_of(2), from);
	assert_int_equal(nr_retired(), 0);
	assert_int_equal(nr_free(), 16);
	reopen();
}

/* What is left there by a guest: a copy of a journal, which fits the place. */
static void ring_is_blank(void **state)
{
	struct kdp_extent e;
	u64 at;
	u32 i;

	(void)state;
	lose(2);
	e = fill_pool();
	make_room();
	at = (u64)e.physical * 16;
	memset(bytes(at), 0xee, 16 * 16 * KDP_BLOCK_SIZE);
	attempts(3, 0);
	assert_int_equal(extent_of(2), at);
	for (i = 0; i < store->super.geometry.journal_blocks; i++)
		assert_int_not_equal(bytes(at + i)[KDP_BLOCK_SIZE - 1], 0xee);
}

static void touches(struct kdp_volume *v, u64 block, u64 count)
{
	u64 first = block / 16, end = (block + count + 15) / 16;
	struct kdp_extent e;
	u32 logical = 0;

	while (kdp_map_next_extent(&v->map, &logical, &e))
		if (e.physical < end && e.physical + e.count > first)
			fail_msg("%s has chunks %u + %u", v->info.name,
				 e.physical, e.count);
}

static void old_place_is_never_used(void **state)
{
	const struct kdp_geometry *g = &store->super.geometry;
	u64 from = extent_of(1), len = kdp_extent_blocks(g);
	struct kdp_volume *v;
	u32 before;

	(void)state;
	lose(1);
	before = nr_free();
	attempts(3, 0);
	/* one extent less, and that is all */
	assert_int_equal(nr_free(), before - (len + 15) / 16);
	disk->bad_count = 0;
	reopen();
	g = &store->super.geometry;
	fill_pool();
	list_for_each_entry(v, &store->model.volumes, all) {
		touches(v, from, len);
		touches(v, g->replica[1].extent, len);
	}
}

static void eight_moves(void **state)
{
	u32 i, nr;
	u64 from;

	(void)state;
	for (i = 0; i < KDP_MAX_RETIRED; i++) {
		from = extent_of(i % 3);
		writes_fail(i % 3, false);
		assert_int_equal(kdp_store_checkpoint(store), 0);
		assert_int_equal(pool_execute(store, i % 2 ? "remove q" :
					      "create q 64K"), 0);
		attempts(3, 0);
		assert_int_equal(nr_retired(), i + 1);
		moved_well(i % 3, from);
		reopen();
	}
	nr = nr_free();
	writes_fail(3, false);
	assert_int_equal(pool_execute(store, "create r 64K"), 0);
	attempts(3, -EIO);
	assert_true(health().replica[3].degraded);
	assert_int_equal(nr_free(), nr - 1);
}

/* All of a replica that is at home and at its old place, as it was. */
static void old_home_comes_back(void **state)
{
	u8 home[KDP_SUPER_SLOTS * KDP_BLOCK_SIZE], *old;
	u64 at = store->super.geometry.replica[2].super, from = extent_of(2);
	size_t size = kdp_extent_blocks(&store->super.geometry) *
		      KDP_BLOCK_SIZE;

	(void)state;
	old = malloc(size);
	assert_non_null(old);
	memcpy(home, bytes(at), sizeof(home));
	memcpy(old, bytes(from), size);
	lose(2);
	attempts(3, 0);
	disk->bad_count = 0;
	memcpy(bytes(at), home, sizeof(home));
	memcpy(bytes(from), old, size);
	scrub();
	assert_int_equal(found.bad[2], 2);
	reopen();
	assert_int_not_equal(extent_of(2), from);
	assert_int_equal(health().valid, 5);
	each_alone();
	free(old);
}

/* The pool as it was, and with each of four replicas alone. */
static void is_whole(const char *want)
{
	u32 r, n = 0;

	reopen();
	assert_string_equal(pool_describe(store), want);
	for (r = 0; r < KDP_REPLICAS; r++)
		n += health().replica[r].up_to_date;
	assert_true(n >= 4);
	scrub();
	assert_int_equal(nr_bad(), 0);
	assert_int_equal(found.cross.leaked + found.cross.mapped_but_free, 0);
}

/* Power fails at write @after of the third attempt.  False: it was through. */
static bool cut(u64 after, const char *want)
{
	u64 first = disk->bad_first, count = disk->bad_count;
	bool dead;

	disk->crash_after = disk->nr_writes + after;
	kdp_store_repair(store, &worker, false);
	dead = disk->dead;
	if (dead)
		memdisk_power_cycle(disk);
	disk->crash_after = 0;
	is_whole(want);
	/* what was named is never taken back */
	assert_int_equal(nr_retired(), extent_of(2) != first);
	if (extent_of(2) != first)
		each_alone();
	disk->bad_first = first;
	disk->bad_count = count;
	return dead;
}

static void power_fails_anywhere(void **state)
{
	struct memdisk *before;
	u32 old = 0, moved = 0;
	bool dead = true;
	char *want;
	u64 after;

	(void)state;
	lose(2);
	want = strdup(pool_describe(store));
	assert_non_null(want);
	before = disk;
	for (after = 1; dead; after += after < 60 ? 9 : 2) {
		kdp_store_free(store);
		disk = memdisk_clone(before);
		disk->bad_first = before->bad_first;
		disk->bad_count = before->bad_count;
		disk->rng += after;
		start();
		attempts(2, -EIO);
		worker.now += kdp_store_repair_delay(store, worker.now);
		dead = cut(after, want);
		moved += nr_retired();
		old += !nr_retired();
		memdisk_free(disk);
	}
	/* cut before and after it was named */
	assert_true(old > 10);
	assert_true(moved > 10);
	disk = before;
	kdp_store_free(store);
	start();
	free(want);
}

static void quiet(int level, const char *line)
{
	(void)level;
	(void)line;
}

int main(void)
{
#define T(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(only_the_extent_fails),
		T(cannot_be_read),
		T(home_fails_too),
		T(only_the_home_fails),
		T(mended_in_time),
		T(no_room),
		T(degraded_and_asked_for),
		T(asked_for_at_once),
		T(new_place_fails_too),
		T(ring_is_blank),
		T(old_place_is_never_used),
		T(eight_moves),
		T(old_home_comes_back),
		T(power_fails_anywhere),
	};

	kdp_shim_log = quiet;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
