// SPDX-License-Identifier: GPL-2.0-only
/* First writes that have been acknowledged and are not recorded yet. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <linux/slab.h>

#include "store/private.h"
#include "twovolumes.h"

static int setup(void **state)
{
	two_setup(state);
	/* nothing lands while the reserve of leaves is short */
	assert_int_equal(kdp_store_land(two_store, thick, 0, 1, false), 0);
	kdp_store_upkeep(two_store);
	return 0;
}

static struct kdp_mapping look(struct kdp_volume *v, u32 first, u32 count)
{
	struct kdp_mapping m;

	kdp_store_look_up(two_store, v, first, count, &m);
	return m;
}

/* A first write of the thick volume ends; returns how many have landed. */
static u32 land(u32 logical)
{
	struct kdp_mapping m = look(thick, logical, 1);

	assert_int_equal(m.state, KDP_CHUNK_UNWRITTEN);
	return kdp_store_land(two_store, thick, logical, m.physical, false);
}

static u32 land_in_hole(u32 logical)
{
	u32 physical;

	assert_true(kdp_store_reserve_now(two_store, thin, &physical));
	assert_int_not_equal(kdp_store_land(two_store, thin, logical, physical,
					    true), 0);
	return physical;
}

static void what_has_landed_is_found(void **state)
{
	u32 physical = look(thick, 5, 1).physical;

	(void)state;
	assert_false(kdp_store_volume_dirty(two_store, thick));
	assert_int_equal(land(5), 1);
	assert_int_equal(state_of(thick, 5), KDP_CHUNK_UNWRITTEN);
	assert_int_equal(look(thick, 5, 3).state, KDP_CHUNK_WRITTEN);
	assert_int_equal(look(thick, 5, 3).physical, physical);
	assert_int_equal(look(thick, 5, 3).count, 1);
	/* another volume's, and who looks from before on does not pass it by */
	assert_int_equal(look(thin, 5, 1).state, KDP_CHUNK_HOLE);
	assert_int_equal(look(thick, 4, 3).state, KDP_CHUNK_UNWRITTEN);
	assert_int_equal(look(thick, 4, 3).count, 1);
	assert_true(kdp_store_volume_dirty(two_store, thick));
	assert_false(kdp_store_volume_dirty(two_store, thin));

	assert_int_equal(kdp_store_record_landed(two_store), 0);
	assert_int_equal(kdp_store_landed(two_store), 0);
	assert_int_equal(state_of(thick, 5), KDP_CHUNK_WRITTEN);
	assert_int_equal(look(thick, 4, 1).count, 1);
	assert_int_equal(look(thick, 6, 3).count, 3);
	assert_true(kdp_store_volume_dirty(two_store, thick));
}

static void flush_makes_it_durable(void **state)
{
	u32 physical = land_in_hole(9);

	(void)state;
	land(5);
	assert_int_equal(kdp_store_commit_volume(two_store, thick, NULL), 0);
	assert_false(kdp_store_volume_dirty(two_store, thick));
	two_stop();
	two_start();
	assert_int_equal(state_of(thick, 5), KDP_CHUNK_WRITTEN);
	assert_int_equal(look(thin, 9, 1).physical, physical);
}

static void neighbours_make_one_record(void **state)
{
	u32 first = land_in_hole(20), i;

	(void)state;
	for (i = 1; i < 4; i++)
		assert_int_equal(land_in_hole(20 + i), first + i);
	/* further on, but not in the place that follows */
	land_in_hole(40);
	assert_int_equal(kdp_store_record_landed(two_store), 0);
	assert_int_equal(look(thin, 20, 10).count, 4);
	assert_int_equal(look(thin, 20, 10).physical, first);
	assert_int_equal(look(thin, 40, 1).physical, first + 4);
	assert_int_equal(thin->map.nr_mapped, 5);
}

/* The thick volume has 64 chunks, so most of them are holes. */
static void full_table_refuses(void **state)
{
	u32 i, physical;

	(void)state;
	for (i = 0; i < KDP_MAX_LANDINGS; i++)
		land_in_hole(i);
	assert_int_equal(kdp_store_landed(two_store), KDP_MAX_LANDINGS);
	assert_int_equal(land(0), 0);
	assert_int_equal(kdp_store_reserve(two_store, thin, &physical), 0);
	assert_int_equal(kdp_store_land(two_store, thin, i, physical, true), 0);
	assert_int_equal(kdp_store_map(two_store, thin, i, physical), 0);
	assert_int_equal(kdp_store_commit(two_store, NULL), 0);
	assert_int_equal(land(0), 1);
	for (i = 0; i <= KDP_MAX_LANDINGS; i++)
		assert_int_equal(state_of(thin, i), KDP_CHUNK_WRITTEN);
}

static void discard_takes_it_away(void **state)
{
	u32 free = info().chunks_free;

	(void)state;
	land(5);
	land_in_hole(9);
	assert_int_equal(kdp_store_discard(two_store, thick, 0, 64), 0);
	assert_int_equal(kdp_store_discard(two_store, thin, 9, 1), 0);
	assert_int_equal(look(thick, 5, 1).state, KDP_CHUNK_UNWRITTEN);
	assert_int_equal(look(thin, 9, 1).state, KDP_CHUNK_HOLE);
	assert_int_equal(kdp_store_commit(two_store, NULL), 0);
	two_stop();
	two_start();
	assert_int_equal(info().chunks_free, free);
}

static bool no_memory(size_t size)
{
	(void)size;
	return true;
}

/* It stays where it is, is told to who asks, and recorded later. */
static void without_memory_it_waits(void **state)
{
	(void)state;
	land(5);
	land_in_hole(9);
	kdp_shim_alloc_fails = no_memory;
	while (two_store->model.leaves.nr_reserve)
		kdp_leaf_put(kdp_leaf_new(&two_store->model.leaves));
	assert_int_equal(kdp_store_record_landed(two_store), -ENOMEM);
	assert_int_equal(kdp_store_landed(two_store), 2);
	assert_int_equal(look(thick, 5, 1).state, KDP_CHUNK_WRITTEN);
	assert_int_equal(kdp_store_commit_volume(two_store, thick, NULL), -ENOMEM);
	assert_true(kdp_store_volume_dirty(two_store, thick));
	kdp_store_volume_put(two_store, thin);
	assert_int_equal(pool_execute(two_store, "remove thin"), -EBUSY);
	assert_non_null(strstr(pool_why, "for want of memory"));

	kdp_shim_alloc_fails = NULL;
	assert_int_equal(kdp_store_volume_get(two_store, "thin", &thin), 0);
	assert_int_equal(kdp_store_commit_volume(two_store, thick, NULL), 0);
	assert_int_equal(state_of(thick, 5), KDP_CHUNK_WRITTEN);
	assert_int_equal(state_of(thin, 9), KDP_CHUNK_WRITTEN);
}

/* Who wrote it goes on reading it; FLUSH does not say that it is durable. */
static void failed_pool_takes_no_more(void **state)
{
	u32 physical;

	(void)state;
	land(5);
	assert_true(kdp_store_reserve_now(two_store, thin, &physical));
	kdp_store_set_read_only(two_store);
	assert_int_equal(kdp_store_land(two_store, thin, 9, physical, true), 0);
	assert_int_equal(kdp_store_commit_volume(two_store, thick, NULL), -EROFS);
	assert_int_equal(look(thick, 5, 1).state, KDP_CHUNK_WRITTEN);
	assert_true(kdp_store_volume_dirty(two_store, thick));
	/* also when another device opens it */
	kdp_store_volume_put(two_store, thick);
	assert_int_equal(kdp_store_volume_get(two_store, "thick", &thick), 0);
	assert_int_equal(look(thick, 5, 1).state, KDP_CHUNK_WRITTEN);
}

#define test(fn)	cmocka_unit_test_setup_teardown(fn, setup, two_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		test(what_has_landed_is_found),
		test(flush_makes_it_durable),
		test(neighbours_make_one_record),
		test(full_table_refuses),
		test(discard_takes_it_away),
		test(without_memory_it_waits),
		test(failed_pool_takes_no_more),
	};

	return cmocka_run_group_tests_name("landing", tests, NULL, NULL);
}
