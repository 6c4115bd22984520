// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tended.h"

static const char *const volumes[] = {
	"create a 4M", "create thin 64M thin", NULL
};

struct memdisk *disk;
struct kdp_store *store;
struct kdp_worker worker;
struct kdp_scrub_result found;

void start(void)
{
	int err;

	store = pool_start(disk, &err);
	if (!store)
		fail_msg("start: %d %s", err, pool_why);
}

int setup(void **state)
{
	(void)state;
	disk = memdisk_new(POOL_BLOCKS, 1);
	assert_int_equal(pool_format(disk, 64, volumes), 0);
	start();
	worker = (struct kdp_worker){ .now = 1000 };
	/* a checkpoint of its own, and a journal in use */
	assert_int_equal(pool_execute(store, "create b 1M"), 0);
	assert_int_equal(kdp_store_checkpoint(store), 0);
	assert_int_equal(pool_execute(store, "create c 1M"), 0);
	assert_int_equal(pool_execute(store, "create d 1M thin"), 0);
	return 0;
}

int teardown(void **state)
{
	(void)state;
	kdp_store_free(store);
	memdisk_free(disk);
	return 0;
}

u8 *bytes(u64 block)
{
	return disk->now + block * KDP_BLOCK_SIZE;
}

void scrub(void)
{
	assert_int_equal(kdp_store_scrub(store, &worker, &found), 0);
}

u32 nr_bad(void)
{
	u32 r, n = 0;

	for (r = 0; r < KDP_REPLICAS; r++)
		n += found.bad[r];
	return n;
}

struct kdp_health health(void)
{
	struct kdp_health h;

	kdp_store_health(store, &h);
	return h;
}

u64 nth_block(u32 r, u32 i)
{
	const struct kdp_geometry *g = &store->super.geometry;
	const struct kdp_checkpoint_ref *ref = &store->super.checkpoint;
	u32 in_use = store->pos - ref->journal_pos;

	if (i < KDP_SUPER_SLOTS)
		return kdp_super_block(g, r, i);
	i -= KDP_SUPER_SLOTS;
	if (i < in_use)
		return kdp_journal_block(g, r, ref->journal_pos + i);
	i -= in_use;
	return i < ref->nr_blocks ? kdp_slot_block(g, r, ref->slot, i) : 0;
}

static void wreck(u32 r)
{
	const struct kdp_geometry *g = &store->super.geometry;

	memset(bytes(g->replica[r].super), 0x5a,
	       KDP_SUPER_SLOTS * KDP_BLOCK_SIZE);
	memset(bytes(g->replica[r].extent), 0x5a,
	       kdp_extent_blocks(g) * KDP_BLOCK_SIZE);
}

/* Is the pool there, as it is now, with nothing but replica @r? */
static void only(u32 r)
{
	struct memdisk *all = disk;
	struct kdp_store *was = store;
	const char *now;
	char *want;
	u32 other;
	int err;

	want = strdup(pool_describe(store));
	disk = memdisk_clone(all);
	for (other = 0; other < KDP_REPLICAS; other++)
		if (other != r)
			wreck(other);
	store = pool_open(disk, &err);
	if (!store)
		fail_msg("only R%u: %d %s", r, err, pool_why);
	now = pool_describe(store);
	assert_string_equal(now, want);
	kdp_store_free(store);
	memdisk_free(disk);
	free(want);
	disk = all;
	store = was;
}

void each_alone(void)
{
	u32 r;

	for (r = 0; r < KDP_REPLICAS; r++)
		only(r);
}

void writes_fail(u32 r, bool reads)
{
	const struct kdp_geometry *g = &store->super.geometry;

	disk->bad_first = g->replica[r].extent;
	disk->bad_count = kdp_extent_blocks(g);
	disk->bad_reads = reads;
}

void lose(u32 r)
{
	writes_fail(r, false);
	assert_int_equal(pool_execute(store, "create missed 64K"), 0);
	assert_int_equal(health().valid, 4);
	assert_false(health().replica[r].up_to_date);
	assert_true(kdp_store_wants_repair(store));
}
