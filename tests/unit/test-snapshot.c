// SPDX-License-Identifier: GPL-2.0-only
/* Leaves that are shared, copied, given up and collapse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <linux/slab.h>

#include "model/map-word.h"
#include "model/snapshot.h"

#define CHUNKS	5000u
#define SPANS	10u

static struct kdp_model model;
static struct kdp_volume *volume;

static int setup(void **state)
{
	struct kdp_geometry_request want = { .device_blocks = 1 << 18 };
	struct kdp_volume_info info = {
		.id = 1, .sectors = CHUNKS * 128, .name = "v",
		.flags = KDP_VOLUME_THIN,
	};
	struct kdp_geometry g;
	const char *why;
	int err = 0;

	(void)state;
	assert_int_equal(kdp_geometry_make(&want, &g, &why), KDP_OK);
	assert_int_equal(kdp_model_init(&model, &g), 0);
	assert_int_equal(kdp_model_load_volume(&model, &info, &err), KDP_OK);
	volume = kdp_model_by_id(&model, 1);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	kdp_shim_alloc_fails = NULL;
	kdp_model_destroy(&model);
	return 0;
}

static void add(u32 logical, u32 physical, u32 count, bool unwritten)
{
	struct kdp_extent e = {
		.logical = logical, .physical = physical, .count = count,
		.unwritten = unwritten,
	};

	assert_int_equal(kdp_map_add(&volume->map, &e), 0);
}

static u32 nr_leaves(const struct kdp_map *map)
{
	u32 i, n = 0;

	for (i = 0; i < kdp_dir_size(map->nr_chunks); i++)
		n += kdp_word_is_leaf(map->dir[i]);
	return n;
}

static void take(struct kdp_snapshot *snap)
{
	assert_int_equal(kdp_snapshot_alloc(snap, kdp_snapshot_size(&model)),
			 0);
	assert_true(kdp_snapshot_take(&model, snap));
}

static void give_back(struct kdp_snapshot *snap)
{
	while (!kdp_snapshot_release(&model, snap))
		;
	kdp_snapshot_free(snap);
}

static const struct kdp_map *map_of(const struct kdp_snapshot *snap)
{
	return &list_first_entry(snap->view.volumes, struct kdp_volume,
				 all)->map;
}

/* Every second chunk unwritten, so that there are no runs. */
static void fill_with_leaves(void)
{
	u32 i;

	add(0, 1, CHUNKS, true);
	for (i = 0; i < CHUNKS; i += 2)
		assert_int_equal(kdp_map_set_written(&volume->map, i, 1), 0);
	assert_int_equal(nr_leaves(&volume->map), SPANS);
}

static void check_stands_still(const struct kdp_map *map)
{
	struct kdp_mapping m;
	u32 i;

	for (i = 0; i < CHUNKS; i++) {
		kdp_map_lookup(map, i, 1, &m);
		assert_int_equal(m.physical, 1 + i);
		assert_int_equal(m.state, i % 2 ? KDP_CHUNK_UNWRITTEN :
						  KDP_CHUNK_WRITTEN);
	}
}

static void snapshot_stands_still(void **state)
{
	struct kdp_snapshot snap;
	u32 i;

	(void)state;
	fill_with_leaves();
	take(&snap);
	for (i = 0; i < CHUNKS; i += 7)
		assert_int_equal(kdp_map_unmap(&volume->map, i, 1), 0);
	assert_int_equal(model.leaves.nr_copied, SPANS);
	check_stands_still(map_of(&snap));
	/* the volume goes, the snapshot stays */
	kdp_model_detach(&model, volume);
	kdp_volume_free(volume);
	check_stands_still(map_of(&snap));
	give_back(&snap);
}

static void leaves_collapse(void **state)
{
	u32 i;

	(void)state;
	fill_with_leaves();
	for (i = 1; i < CHUNKS; i += 2)
		assert_int_equal(kdp_map_set_written(&volume->map, i, 1), 0);
	assert_int_equal(nr_leaves(&volume->map), 0);
	for (i = 0; i < CHUNKS; i++)
		assert_int_equal(kdp_map_unmap(&volume->map, i, 1), 0);
	assert_int_equal(nr_leaves(&volume->map), 0);
	assert_int_equal(volume->map.nr_mapped, 0);
}

static bool no_memory(size_t size)
{
	(void)size;
	return true;
}

/* First the reserve, then the snapshot is given up; no change ever fails. */
static void reserve_then_given_up(void **state)
{
	struct kdp_snapshot snap;
	u32 i;

	(void)state;
	fill_with_leaves();
	for (i = 0; i < 3; i++)
		kdp_leaves_add(&model.leaves, kdp_leaf_spare());
	take(&snap);
	kdp_shim_alloc_fails = no_memory;
	for (i = 0; i < SPANS; i++) {
		assert_int_equal(kdp_snapshot_given_up(&model), i > 3);
		assert_int_equal(kdp_map_unmap(&volume->map,
					       i * KDP_LEAF_CHUNKS, 1), 0);
	}
	kdp_shim_alloc_fails = NULL;
	assert_int_equal(model.leaves.nr_reserve, 0);
	assert_int_equal(model.leaves.nr_copied, 3);
	give_back(&snap);
	assert_false(kdp_snapshot_given_up(&model));
}

static void small_memory_is_no_snapshot(void **state)
{
	struct kdp_snapshot snap;

	(void)state;
	assert_int_equal(kdp_snapshot_alloc(&snap,
					    kdp_snapshot_size(&model) - 1), 0);
	assert_false(kdp_snapshot_take(&model, &snap));
	give_back(&snap);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(snapshot_stands_still, setup,
						teardown),
		cmocka_unit_test_setup_teardown(leaves_collapse, setup,
						teardown),
		cmocka_unit_test_setup_teardown(reserve_then_given_up, setup,
						teardown),
		cmocka_unit_test_setup_teardown(small_memory_is_no_snapshot,
						setup, teardown),
	};

	return cmocka_run_group_tests_name("snapshot", tests, NULL, NULL);
}
