// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include <linux/slab.h>

#include "twovolumes.h"

struct memdisk *two_disk;
struct kdp_store *two_store;
struct kdp_volume *thick, *thin;

static const char *const thick_and_thin[] = {
	"create thick 4M", "create thin 64M thin", NULL
};

void two_start(void)
{
	int err;

	two_store = pool_start(two_disk, &err);
	if (!two_store)
		fail_msg("start: %d %s", err, pool_why);
	assert_int_equal(kdp_store_volume_get(two_store, "thick", &thick), 0);
	assert_int_equal(kdp_store_volume_get(two_store, "thin", &thin), 0);
}

void two_stop(void)
{
	kdp_store_volume_put(two_store, thick);
	kdp_store_volume_put(two_store, thin);
	kdp_store_free(two_store);
}

int two_setup(void **state)
{
	(void)state;
	two_disk = memdisk_new(POOL_BLOCKS, 1);
	assert_int_equal(pool_format(two_disk, 16, thick_and_thin), 0);
	two_start();
	return 0;
}

int two_teardown(void **state)
{
	(void)state;
	kdp_shim_alloc_fails = NULL;
	two_stop();
	memdisk_free(two_disk);
	return 0;
}

struct kdp_store_info info(void)
{
	struct kdp_store_info i;

	kdp_store_info(two_store, &i);
	return i;
}

u32 map_one(u32 logical)
{
	u32 physical;

	assert_int_equal(kdp_store_reserve(two_store, thin, &physical), 0);
	assert_int_equal(kdp_store_map(two_store, thin, logical, physical), 0);
	return physical;
}

enum kdp_chunk_state state_of(struct kdp_volume *v, u32 logical)
{
	struct kdp_mapping m;

	kdp_map_lookup(&v->map, logical, 1, &m);
	return m.state;
}
