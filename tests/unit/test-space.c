// SPDX-License-Identifier: GPL-2.0-only
/* Space that comes and goes while the store works; checkpoints meanwhile. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <linux/slab.h>

#include "twovolumes.h"

static void thin_volume_survives(void **state)
{
	u32 i, used = info().chunks_used;

	(void)state;
	for (i = 0; i < 20; i++)
		map_one(i * 3);
	assert_true(kdp_store_volume_dirty(two_store, thin));
	assert_int_equal(kdp_store_commit_volume(two_store, thin, NULL), 0);
	assert_int_equal(kdp_store_discard(two_store, thin, 6, 1), 0);
	assert_int_equal(kdp_store_commit_volume(two_store, thin, NULL), 0);
	two_stop();
	two_start();
	for (i = 0; i < 20; i++)
		assert_int_equal(state_of(thin, i * 3), i == 2 ?
				 KDP_CHUNK_HOLE : KDP_CHUNK_WRITTEN);
	assert_int_equal(info().chunks_used, used + 19);
}

static void discarded_thick_chunks_read_as_zeros(void **state)
{
	(void)state;
	assert_int_equal(kdp_store_written(two_store, thick, 0, 64), 0);
	assert_int_equal(kdp_store_discard(two_store, thick, 10, 20), 0);
	assert_int_equal(kdp_store_discard(two_store, thick, 0, 64 + 1), -ERANGE);
	assert_int_equal(state_of(thick, 9), KDP_CHUNK_WRITTEN);
	assert_int_equal(state_of(thick, 10), KDP_CHUNK_UNWRITTEN);
	assert_int_equal(state_of(thick, 30), KDP_CHUNK_WRITTEN);
	assert_int_equal(kdp_store_commit(two_store, NULL), 0);
	two_stop();
	two_start();
	assert_int_equal(thick->map.nr_unwritten, 20);
}

/* The letters tell the order: F flush, D drain, T discard. */
static void freed_chunks_come_back_in_order(void **state)
{
	u32 free;

	(void)state;
	map_one(0);
	assert_int_equal(kdp_store_commit(two_store, NULL), 0);
	free = info().chunks_free;
	memset(two_disk->trace, 0, sizeof(two_disk->trace));
	assert_int_equal(kdp_store_discard(two_store, thin, 0, 1), 0);
	kdp_store_upkeep(two_store);
	/* not durable: nothing happens to it */
	assert_string_equal(two_disk->trace, "");
	assert_int_equal(info().chunks_freed, 1);
	assert_int_equal(kdp_store_commit(two_store, NULL), 0);
	assert_int_equal(info().chunks_free, free);
	assert_true(kdp_store_wants_upkeep(two_store));
	kdp_store_upkeep(two_store);
	assert_string_equal(two_disk->trace, "FDT");
	assert_int_equal(info().chunks_free, free + 1);
	assert_int_equal(info().chunks_freed, 0);
	assert_false(kdp_store_wants_upkeep(two_store));
}

static void full_pool_waits_for_what_comes_back(void **state)
{
	char text[64], why[KDP_REASON_SIZE] = "";
	struct kdp_op ops[3];
	u32 physical;

	(void)state;
	snprintf(text, sizeof(text), "create all %uK",
		 info().chunks_free * 64);
	assert_int_equal(pool_execute(two_store, text), 0);
	assert_int_equal(kdp_store_reserve(two_store, thin, &physical), -ENOSPC);
	assert_int_equal(pool_execute(two_store, "create more 64K"), -ENOSPC);
	assert_int_equal(pool_execute(two_store, "remove all"), 0);
	assert_int_equal(info().chunks_free, 0);
	assert_int_equal(kdp_store_reserve(two_store, thin, &physical), -EAGAIN);
	/* the first try is undone, and so is what it has filled in */
	ops[0] = pool_op("create x 64K thin");
	ops[1] = pool_op("remove x");
	ops[2] = pool_op(text);
	assert_int_equal(kdp_store_execute(two_store, ops, 3, why), 0);
}

/* Chunks put aside for one thin volume are there for another in need. */
static void windows_are_given_up(void **state)
{
	struct kdp_volume *other;
	u32 physical, n = 0;

	(void)state;
	assert_int_equal(pool_execute(two_store, "create other 64M thin"), 0);
	assert_int_equal(kdp_store_volume_get(two_store, "other", &other), 0);
	map_one(0);
	while (!kdp_store_reserve(two_store, other, &physical))
		kdp_store_map(two_store, other, n++, physical);
	assert_int_equal(info().chunks_free, 0);
	kdp_store_volume_put(two_store, other);
}

static void one_commit_serves_many(void **state)
{
	bool flushed = true;
	u64 flushes;

	(void)state;
	map_one(0);
	assert_int_equal(kdp_store_written(two_store, thick, 0, 1), 0);
	flushes = two_disk->nr_flushes;
	assert_int_equal(kdp_store_commit_volume(two_store, thick, &flushed), 0);
	assert_true(flushed);
	assert_int_equal(kdp_store_commit_volume(two_store, thin, &flushed), 0);
	/* that flush began before this FLUSH did */
	assert_false(flushed);
	assert_int_equal(two_disk->nr_flushes, flushes + 1);
}

static void work_meanwhile(void *arg)
{
	u32 *n = arg;

	map_one(100 + *n);
	assert_int_equal(kdp_store_written(two_store, thick, *n % 64, 1), 0);
	assert_int_equal(kdp_store_commit(two_store, NULL), 0);
	(*n)++;
}

static void checkpoint_is_of_one_moment(void **state)
{
	char before[4096];
	u32 n = 0;

	(void)state;
	map_one(0);
	two_disk->meanwhile = work_meanwhile;
	two_disk->meanwhile_arg = &n;
	assert_int_equal(kdp_store_checkpoint(two_store), 0);
	two_disk->meanwhile = NULL;
	assert_true(n > 0);
	/* what was committed meanwhile is not in it, but in the journal */
	assert_int_equal(info().journal_used, n);
	assert_int_equal(info().super.checkpoint.sequence, info().durable - n);
	snprintf(before, sizeof(before), "%s", pool_describe(two_store));
	two_stop();
	two_start();
	assert_string_equal(pool_describe(two_store), before);
	assert_int_equal(kdp_store_report(two_store)->commits_replayed, n);
	assert_int_equal(kdp_store_report(two_store)->cross.leaked, 0);
}

static bool no_memory(size_t size)
{
	(void)size;
	return true;
}

static void checkpoint_without_memory(void **state)
{
	u64 sequence = info().super.checkpoint.sequence;
	u32 i;

	(void)state;
	/* a leaf of its own, so that no more memory is needed */
	assert_int_equal(kdp_store_written(two_store, thick, 0, 1), 0);
	kdp_shim_alloc_fails = no_memory;
	assert_int_equal(kdp_store_checkpoint(two_store), -ENOMEM);
	for (i = 1; i < 60; i++) {
		assert_int_equal(kdp_store_written(two_store, thick, i, 1), 0);
		assert_int_equal(kdp_store_commit(two_store, NULL), 0);
	}
	assert_true(info().super.checkpoint.sequence > sequence);
}

static void starve_meanwhile(void *arg)
{
	(void)arg;
	kdp_shim_alloc_fails = no_memory;
	assert_int_equal(kdp_store_written(two_store, thick, 5, 1), 0);
}

static void given_up_checkpoint_is_not_named(void **state)
{
	u64 sequence = info().super.checkpoint.sequence;

	(void)state;
	assert_int_equal(kdp_store_written(two_store, thick, 0, 1), 0);
	two_disk->meanwhile = starve_meanwhile;
	assert_int_equal(kdp_store_checkpoint(two_store), -EAGAIN);
	two_disk->meanwhile = NULL;
	assert_int_equal(info().super.checkpoint.sequence, sequence);
	kdp_shim_alloc_fails = NULL;
	assert_int_equal(kdp_store_checkpoint(two_store), 0);
	two_stop();
	two_start();
	assert_int_equal(state_of(thick, 5), KDP_CHUNK_WRITTEN);
}

/* The device has become larger since: everything is found where it was. */
static void grown_device_is_found(void **state)
{
	struct memdisk *larger = memdisk_new(POOL_BLOCKS + 4096, 1);
	struct kdp_store *s;
	int err;
	u32 r;

	(void)state;
	memcpy(larger->now, two_disk->now, POOL_BLOCKS * (size_t)4096);
	memcpy(larger->durable, two_disk->durable, POOL_BLOCKS * (size_t)4096);
	s = pool_start(larger, &err);
	assert_non_null(s);
	for (r = 0; r < KDP_REPLICAS; r++)
		assert_int_equal(kdp_store_report(s)->replica[r].first_fault,
				 KDP_OK);
	assert_string_equal(pool_describe(s), pool_describe(two_store));
	kdp_store_free(s);
	memdisk_free(larger);
}

#define test(fn)	cmocka_unit_test_setup_teardown(fn, two_setup, two_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		test(thin_volume_survives),
		test(discarded_thick_chunks_read_as_zeros),
		test(freed_chunks_come_back_in_order),
		test(full_pool_waits_for_what_comes_back),
		test(windows_are_given_up),
		test(one_commit_serves_many),
		test(checkpoint_is_of_one_moment),
		test(checkpoint_without_memory),
		test(given_up_checkpoint_is_not_named),
		test(grown_device_is_found),
	};

	return cmocka_run_group_tests_name("space", tests, NULL, NULL);
}
