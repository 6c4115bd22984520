// SPDX-License-Identifier: GPL-2.0-only
/* Scrub and repair while the pool is in use; clock and pauses are simulated. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tended.h"

static u32 turns;		/* of the pace function */

static void nothing_wrong_is_found(void **state)
{
	u64 writes = disk->nr_writes;

	(void)state;
	scrub();
	assert_int_equal(nr_bad(), 0);
	assert_true(found.crossed);
	assert_int_equal(found.cross.leaked, 0);
	assert_int_equal(found.cross.mapped_but_free, 0);
	assert_int_equal(found.places, 2 + 2 + store->super.checkpoint.nr_blocks);
	assert_false(kdp_store_wants_repair(store));
	assert_int_equal(disk->nr_writes, writes);
	assert_int_equal(health().valid, 5);
}

/* Every block in use of every replica: found, mended, byte by byte as it was. */
static void every_damage_is_mended(void **state)
{
	u8 was[KDP_BLOCK_SIZE];
	u64 block, writes;
	u32 r, i;

	(void)state;
	for (r = 0; r < KDP_REPLICAS; r++) {
		for (i = 0; (block = nth_block(r, i)); i++) {
			memcpy(was, bytes(block), sizeof(was));
			bytes(block)[i * 37 % KDP_BLOCK_SIZE] ^= 0x10;
			scrub();
			assert_int_equal(nr_bad(), 1);
			assert_int_equal(found.bad[r], 1);
			assert_int_equal(health().valid, 4);
			assert_true(kdp_store_wants_repair(store));
			writes = disk->nr_writes;
			assert_int_equal(kdp_store_repair(store, &worker,
							  false), 0);
			/* that block and nothing else */
			assert_int_equal(disk->nr_writes, writes + 1);
			assert_memory_equal(was, bytes(block), sizeof(was));
			assert_int_equal(health().valid, 5);
			assert_false(kdp_store_wants_repair(store));
			worker.now += KDP_REPAIR_PERIOD;
		}
	}
	assert_int_equal(health().repairs, KDP_REPLICAS * i);
}

/* A replica as it was some commits and a checkpoint ago: all intact. */
static void stale_copy_is_damage(void **state)
{
	const struct kdp_geometry *g = &store->super.geometry;
	size_t size = kdp_extent_blocks(g) * KDP_BLOCK_SIZE;
	u8 *extent = malloc(size), super[2 * KDP_BLOCK_SIZE];

	(void)state;
	memcpy(extent, bytes(g->replica[3].extent), size);
	memcpy(super, bytes(g->replica[3].super), sizeof(super));
	assert_int_equal(pool_execute(store, "create late 1M"), 0);
	assert_int_equal(kdp_store_checkpoint(store), 0);
	assert_int_equal(pool_execute(store, "create last 1M"), 0);
	memcpy(bytes(g->replica[3].extent), extent, size);
	memcpy(bytes(g->replica[3].super), super, sizeof(super));
	scrub();
	assert_true(found.bad[3] >= 2 + 1 + 1);
	assert_int_equal(nr_bad(), found.bad[3]);
	assert_int_equal(kdp_store_repair(store, &worker, false), 0);
	each_alone();
	free(extent);
}

/* Of each block another replica has the only good copy. */
static void last_good_copy_stays(void **state)
{
	u8 was[KDP_BLOCK_SIZE];
	u32 r, i, keep;

	(void)state;
	for (i = 0; nth_block(0, i); i++) {
		keep = i % KDP_REPLICAS;
		memcpy(was, bytes(nth_block(keep, i)), sizeof(was));
		for (r = 0; r < KDP_REPLICAS; r++)
			if (r != keep)
				memset(bytes(nth_block(r, i)), r, 4096);
		scrub();
		assert_int_equal(nr_bad(), 4);
		assert_int_equal(kdp_store_repair(store, &worker, true), 0);
		assert_memory_equal(was, bytes(nth_block(keep, i)),
				    sizeof(was));
	}
	scrub();
	assert_int_equal(nr_bad(), 0);
	each_alone();
}

static void all_five_copies_of_a_block(void **state)
{
	u32 r, i;

	(void)state;
	for (i = 0; i < 5; i++) {
		for (r = 0; r < KDP_REPLICAS; r++)
			memset(bytes(nth_block(r, i)), 0xee, KDP_BLOCK_SIZE);
		scrub();
		assert_int_equal(nr_bad(), 5);
		assert_int_equal(kdp_store_repair(store, &worker, true), 0);
		assert_int_equal(health().valid, 5);
		each_alone();
		assert_int_equal(pool_execute(store, "create n 64K"), 0);
		assert_int_equal(pool_execute(store, "create m 64K"), 0);
		assert_int_equal(pool_execute(store, "remove n"), 0);
		assert_int_equal(pool_execute(store, "remove m"), 0);
	}
}

/* All of it, superblocks too, from now on. */
static void lost_replica_comes_back(void **state)
{
	(void)state;
	lose(2);
	assert_int_equal(kdp_store_checkpoint(store), 0);
	assert_int_equal(pool_execute(store, "create e 64K"), 0);
	disk->bad_count = 0;
	assert_int_equal(kdp_store_repair(store, &worker, false), 0);
	assert_int_equal(health().valid, 5);
	assert_int_equal(health().repairs, 1);
	each_alone();
	assert_int_equal(pool_execute(store, "create f 64K"), 0);
	each_alone();
	scrub();
	assert_int_equal(nr_bad(), 0);
}

/* What others do between two steps: operations and checkpoints. */
static u32 busy_pace(void *data, bool hurry)
{
	bool checkpoints = data;
	char text[32];

	if (turns++ >= 40)
		return KDP_WINDOW;
	snprintf(text, sizeof(text), "create x%u 64K thin", turns);
	assert_int_equal(pool_execute(store, text), 0);
	if (checkpoints && !hurry && turns % 3 == 0)
		assert_int_equal(kdp_store_checkpoint(store), 0);
	return 1;
}

static void running_commits_are_no_faults(void **state)
{
	bool checkpoints;

	(void)state;
	worker.pace = busy_pace;
	for (checkpoints = false;; checkpoints = true) {
		turns = checkpoints ? 30 : 0;
		worker.data = checkpoints ? &turns : NULL;
		scrub();
		assert_int_equal(nr_bad(), 0);
		if (checkpoints)
			break;
	}
}

static void checkpoint_meanwhile(void **state)
{
	(void)state;
	lose(4);
	disk->bad_count = 0;
	worker.pace = busy_pace;
	worker.data = &turns;
	turns = 28;
	assert_int_equal(kdp_store_repair(store, &worker, false), 0);
	assert_int_equal(health().valid, 5);
	each_alone();
}

static u32 stopping_pace(void *data, bool hurry)
{
	(void)data;
	(void)hurry;
	return ++turns < 3;
}

static void stopped_in_the_middle(void **state)
{
	(void)state;
	lose(1);
	disk->bad_count = 0;
	worker.pace = stopping_pace;
	turns = 0;
	assert_int_equal(kdp_store_repair(store, &worker, false), -EINTR);
	assert_int_equal(health().replica[1].attempts, 0);
	turns = 0;
	assert_int_equal(kdp_store_scrub(store, &worker, &found), -EINTR);
	worker.pace = NULL;
	assert_int_equal(kdp_store_repair(store, &worker, false), 0);
	assert_int_equal(health().valid, 5);
}

/* An hour of a replica whose writes fail, looked at every ten seconds. */
static void three_attempts_then_degraded(void **state)
{
	u64 end = worker.now + 2 * KDP_REPAIR_PERIOD, first = worker.now, t[4];
	u32 attempts = 0;

	(void)state;
	lose(2);
	disk->also_first = store->super.geometry.replica[2].super;
	disk->also_count = KDP_SUPER_SLOTS;
	for (; worker.now < end; worker.now += 10) {
		if (!kdp_store_wants_repair(store) ||
		    kdp_store_repair_delay(store, worker.now))
			continue;
		assert_true(attempts < 3);
		t[attempts++] = worker.now;
		assert_int_equal(kdp_store_repair(store, &worker, false), -EIO);
		assert_int_equal(pool_execute(store, attempts == 1 ?
					      "create g 64K" : "remove g"),
				 attempts < 3 ? 0 : -ENOENT);
	}
	assert_int_equal(attempts, 3);
	assert_int_equal(t[0], first);
	assert_int_equal(t[1] - t[0], 60);
	assert_int_equal(t[2] - t[1], 120);
	assert_true(health().replica[2].degraded);
	assert_int_equal(kdp_store_repair_delay(store, end), ~0ull);
	/* mended, but nobody knows */
	disk->bad_count = 0;
	disk->also_count = 0;
	scrub();
	assert_true(health().replica[2].degraded);
	assert_int_equal(kdp_store_repair(store, &worker, true), 0);
	assert_int_equal(health().valid, 5);
	assert_false(health().replica[2].degraded);
	each_alone();
}

static void degraded_until_it_answers(void **state)
{
	u32 i;

	(void)state;
	lose(2);
	disk->bad_first = store->super.geometry.replica[2].super;
	disk->bad_count = KDP_SUPER_SLOTS;
	disk->bad_reads = true;
	for (i = 0; i < 3; i++, worker.now += 600)
		assert_int_equal(kdp_store_repair(store, &worker, false), -EIO);
	assert_true(health().replica[2].degraded);
	scrub();
	assert_true(health().replica[2].degraded);
	disk->bad_count = 0;
	scrub();
	assert_false(health().replica[2].degraded);
	assert_true(kdp_store_wants_repair(store));
	assert_int_equal(kdp_store_repair(store, &worker, false), 0);
	assert_int_equal(health().valid, 5);
}

/* Three are current, one of them is damaged and cannot be mended. */
static void the_third_is_kept(void **state)
{
	(void)state;
	lose(0);
	writes_fail(1, false);
	assert_int_equal(pool_execute(store, "create h 64K"), 0);
	writes_fail(2, false);
	bytes(nth_block(2, 4))[100] ^= 1;
	scrub();
	assert_int_equal(found.bad[2], 1);
	assert_int_equal(kdp_store_repair(store, &worker, false), -EIO);
	/* R0 and R1 are back, R2 is damaged still */
	assert_int_equal(health().valid, 4);
	disk->bad_count = 0;
	worker.now += 60;
	assert_int_equal(kdp_store_repair(store, &worker, false), 0);
	assert_int_equal(health().valid, 5);
	each_alone();
}

/* A chunk that is mapped is free in the bitmap, everywhere, well sealed. */
static void forge_bitmap(void)
{
	const struct kdp_checkpoint_ref *ref = &store->super.checkpoint;
	u64 *words = calloc(KDP_BITMAP_WORDS, sizeof(*words));
	u32 r, first, chunk;
	struct kdp_mapping m;

	kdp_map_lookup(&kdp_model_by_name(&store->model, "a")->map, 0, 1, &m);
	chunk = m.physical;
	for (r = 0; r < KDP_REPLICAS; r++) {
		u8 *block = bytes(kdp_slot_block(&store->super.geometry, r,
						 ref->slot, 1));

		assert_int_equal(kdp_ckpt_bitmap_get(block, &first, words), 0);
		words[chunk / 64] &= ~(1ull << chunk % 64);
		kdp_ckpt_bitmap_put(block, first, words);
		kdp_ckpt_seal(block, KDP_BLOCK_CKPT_BITMAP, &store->super, ref,
			      r, 1);
	}
	free(words);
}

static void bitmap_and_maps_disagree(void **state)
{
	(void)state;
	forge_bitmap();
	/* not what was written: memory knows */
	scrub();
	assert_int_equal(nr_bad(), 5);
	kdp_store_free(store);
	start();
	assert_int_equal(store->report.cross.mapped_but_free, 1);
	scrub();
	assert_int_equal(nr_bad(), 0);
	assert_int_equal(found.cross.mapped_but_free, 1);
	assert_true(kdp_store_wants_repair(store));
	assert_int_equal(kdp_store_repair(store, &worker, false), 0);
	assert_false(kdp_store_wants_repair(store));
	scrub();
	assert_int_equal(found.cross.mapped_but_free, 0);
	kdp_store_free(store);
	start();
	assert_int_equal(store->report.cross.mapped_but_free, 0);
}

int main(void)
{
#define T(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(nothing_wrong_is_found),
		T(every_damage_is_mended),
		T(stale_copy_is_damage),
		T(last_good_copy_stays),
		T(all_five_copies_of_a_block),
		T(lost_replica_comes_back),
		T(running_commits_are_no_faults),
		T(checkpoint_meanwhile),
		T(stopped_in_the_middle),
		T(three_attempts_then_degraded),
		T(degraded_until_it_answers),
		T(the_third_is_kept),
		T(bitmap_and_maps_disagree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
