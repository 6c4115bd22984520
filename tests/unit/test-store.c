// SPDX-License-Identifier: GPL-2.0-only
/* Commit, recovery and the five replicas, on a disk that loses its cache. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <linux/printk.h>

#include "format/journal.h"
#include "format/super.h"
#include "pool.h"

static const char *const two_volumes[] = {
	"create alpha 4M", "create beta 1M uid=7 session=s1", NULL
};

static struct memdisk *new_pool(u32 journal_blocks)
{
	struct memdisk *d = memdisk_new(POOL_BLOCKS, 1);

	assert_int_equal(pool_format(d, journal_blocks, two_volumes), 0);
	return d;
}

static struct kdp_store *start(struct memdisk *d)
{
	int err;
	struct kdp_store *s = pool_start(d, &err);

	if (!s)
		fail_msg("start: %d %s", err, pool_why);
	return s;
}

static void refused(struct memdisk *d, int want, const char *part)
{
	struct memdisk *before = memdisk_clone(d);
	int err;
	struct kdp_store *s = pool_start(d, &err);

	assert_null(s);
	assert_int_equal(err, want);
	if (!strstr(pool_why, part))
		fail_msg("\"%s\" does not say \"%s\"", pool_why, part);
	assert_memory_equal(before->now, d->now, d->nr_blocks * KDP_BLOCK_SIZE);
	memdisk_free(before);
}

static void first_volumes_are_there(void **state)
{
	struct memdisk *d = new_pool(0);
	struct kdp_store *s = start(d);

	(void)state;
	assert_string_equal(pool_describe(s),
			    "1 alpha 8192 64; 2 beta 2048 16; ");
	kdp_store_free(s);
	memdisk_free(d);
}

static void changes_survive(void **state)
{
	struct memdisk *d = new_pool(0);
	struct kdp_store *s = start(d);
	struct kdp_volume *v;

	(void)state;
	assert_int_equal(pool_execute(s, "create gamma 64K"), 0);
	assert_int_equal(pool_execute(s, "remove alpha"), 0);
	assert_int_equal(kdp_store_volume_get(s, "beta", &v), 0);
	assert_int_equal(kdp_store_written(s, v, 3, 2), 0);
	assert_true(kdp_store_volume_dirty(s, v));
	assert_int_equal(kdp_store_commit(s, NULL), 0);
	assert_false(kdp_store_volume_dirty(s, v));
	kdp_store_free(s);
	memdisk_power_cycle(d);
	s = start(d);
	assert_string_equal(pool_describe(s), "2 beta 2048 14; 3 gamma 128 1; ");
	assert_int_equal(kdp_store_report(s)->commits_replayed, 3);
	/* ids are never used again */
	assert_int_equal(pool_execute(s, "remove gamma"), 0);
	assert_int_equal(kdp_store_checkpoint(s), 0);
	assert_int_equal(pool_execute(s, "create gamma 64K"), 0);
	assert_string_equal(pool_describe(s), "2 beta 2048 14; 4 gamma 128 1; ");
	kdp_store_free(s);
	memdisk_free(d);
}

static void uncommitted_writes_vanish(void **state)
{
	struct memdisk *d = new_pool(0);
	struct kdp_store *s = start(d);
	struct kdp_volume *v;

	(void)state;
	assert_int_equal(kdp_store_volume_get(s, "beta", &v), 0);
	assert_int_equal(kdp_store_written(s, v, 0, 16), 0);
	kdp_store_free(s);
	s = start(d);
	assert_string_equal(pool_describe(s),
			    "1 alpha 8192 64; 2 beta 2048 16; ");
	kdp_store_free(s);
	memdisk_free(d);
}

static void commit_flushes_before_it_writes(void **state)
{
	struct memdisk *d = new_pool(0);
	struct kdp_store *s = start(d);
	u8 data[KDP_BLOCK_SIZE];
	struct kdp_io io = {
		.op = KDP_IO_WRITE, .nr_blocks = 1, .block = 9000, .data = data,
	};
	struct kdp_volume *v;
	bool flushed;

	(void)state;
	memset(data, 'x', sizeof(data));
	memdisk_ops.submit(d, &io, 1);
	assert_int_equal(kdp_store_volume_get(s, "beta", &v), 0);
	assert_int_equal(kdp_store_written(s, v, 0, 1), 0);
	d->crash_after = d->nr_writes + 1;
	kdp_store_commit(s, &flushed);
	assert_memory_equal(d->durable + 9000 * KDP_BLOCK_SIZE, data,
			    sizeof(data));
	kdp_store_free(s);
	memdisk_free(d);
}

static void failed_flush_is_fatal(void **state)
{
	struct memdisk *d = new_pool(0);
	struct kdp_store *s = start(d);

	(void)state;
	d->flush_fails = true;
	assert_int_equal(pool_execute(s, "create gamma 64K"), -EIO);
	d->flush_fails = false;
	assert_int_equal(kdp_store_mode(s), KDP_STORE_FAILED);
	assert_int_equal(pool_execute(s, "create delta 64K"), -EROFS);
	kdp_store_free(s);
	memdisk_free(d);
}

/* What a failed commit took with it is never said to be durable. */
static void lost_records_stay_lost(void **state)
{
	struct memdisk *d = new_pool(0);
	struct kdp_store *s = start(d);
	struct kdp_volume *v;

	(void)state;
	assert_int_equal(kdp_store_volume_get(s, "beta", &v), 0);
	assert_int_equal(kdp_store_written(s, v, 0, 1), 0);
	d->flush_fails = true;
	assert_int_equal(kdp_store_commit(s, NULL), -EIO);
	d->flush_fails = false;
	assert_int_equal(kdp_store_commit(s, NULL), -EIO);
	assert_true(kdp_store_volume_dirty(s, v));
	kdp_store_free(s);
	memdisk_free(d);
}

static void all_or_nothing(void **state)
{
	struct memdisk *d = new_pool(0);
	struct kdp_store *s = start(d);
	struct kdp_op ops[] = {
		pool_op("create one 64K"), pool_op("remove beta"),
		pool_op("create huge 1G"),
	};
	struct kdp_store_info before, after;

	(void)state;
	kdp_store_info(s, &before);
	assert_int_equal(kdp_store_execute(s, ops, 3, pool_why), -ENOSPC);
	assert_non_null(strstr(pool_why, "huge: no space"));
	kdp_store_info(s, &after);
	assert_int_equal(before.chunks_free, after.chunks_free);
	assert_int_equal(before.durable, after.durable);
	assert_string_equal(pool_describe(s),
			    "1 alpha 8192 64; 2 beta 2048 16; ");
	kdp_store_free(s);
	memdisk_free(d);
}

static void errors_name_the_cause(void **state)
{
	static const struct {
		const char *op;
		int err;
		const char *part;
	} cases[] = {
		{ "create alpha 64K", -EEXIST, "alpha: a volume of this name" },
		{ "remove nobody", -ENOENT, "no volume \"nobody\"" },
		{ "remove #99", -ENOENT, "no volume #99" },
		{ "create x 100T thin", -EINVAL, "x: too large" },
	};
	struct memdisk *d = new_pool(0);
	struct kdp_store *s = start(d);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(pool_execute(s, cases[i].op), cases[i].err);
		assert_non_null(strstr(pool_why, cases[i].part));
	}
	kdp_store_free(s);
	memdisk_free(d);
}

static void used_volume_stays(void **state)
{
	struct memdisk *d = new_pool(0);
	struct kdp_store *s = start(d);
	struct kdp_volume *v;

	(void)state;
	assert_int_equal(kdp_store_volume_get(s, "#1", &v), 0);
	assert_int_equal(pool_execute(s, "remove alpha"), -EBUSY);
	kdp_store_volume_put(s, v);
	assert_int_equal(pool_execute(s, "remove alpha"), 0);
	kdp_store_free(s);
	memdisk_free(d);
}

/* Random bytes over everything that replica @r owns. */
static void wreck(struct memdisk *d, u32 r)
{
	struct kdp_geometry_request want = { .device_blocks = d->nr_blocks };
	struct kdp_geometry g;
	const char *why;
	u64 i, b;

	kdp_geometry_make(&want, &g, &why);
	for (i = 0; i < KDP_SUPER_SLOTS * 512; i++)
		((u64 *)(d->now + g.replica[r].super * KDP_BLOCK_SIZE))[i] =
			memdisk_random(d);
	for (b = 0; b < kdp_extent_blocks(&g) * 512; b++)
		((u64 *)(d->now + g.replica[r].extent * KDP_BLOCK_SIZE))[b] =
			memdisk_random(d);
	memcpy(d->durable, d->now, d->nr_blocks * KDP_BLOCK_SIZE);
}

static void any_four_copies_may_go(void **state)
{
	struct memdisk *d = new_pool(0), *c;
	struct kdp_store *s = start(d);
	u32 keep, r;

	(void)state;
	assert_int_equal(pool_execute(s, "create gamma 128K"), 0);
	kdp_store_free(s);
	for (keep = 0; keep < KDP_REPLICAS; keep++) {
		c = memdisk_clone(d);
		for (r = 0; r < KDP_REPLICAS; r++)
			if (r != keep)
				wreck(c, r);
		s = start(c);
		assert_string_equal(pool_describe(s),
			"1 alpha 8192 64; 2 beta 2048 16; 3 gamma 256 2; ");
		kdp_store_free(s);
		/* healed: the one that was kept may go now */
		wreck(c, keep);
		s = start(c);
		for (r = 0; r < KDP_REPLICAS; r++)
			assert_int_equal(kdp_store_report(s)->replica[r]
					 .first_fault == KDP_OK, r != keep);
		kdp_store_free(s);
		memdisk_free(c);
	}
	memdisk_free(d);
}

static void five_damaged_are_refused(void **state)
{
	struct memdisk *d = new_pool(0);
	u32 r;

	(void)state;
	for (r = 0; r < KDP_REPLICAS; r++)
		wreck(d, r);
	refused(d, -ENODEV, "all five metadata copies are damaged");
	memdisk_free(d);
}

static void blank_and_truncated_are_refused(void **state)
{
	struct memdisk *d = memdisk_new(POOL_BLOCKS, 1);
	struct memdisk *big = memdisk_new(2 * POOL_BLOCKS, 1);

	(void)state;
	refused(d, -ENODEV, "no valid superblock");
	assert_int_equal(pool_format(big, 0, NULL), 0);
	memcpy(d->now, big->now, POOL_BLOCKS * KDP_BLOCK_SIZE);
	refused(d, -ENOSPC, "truncated");
	memdisk_free(d);
	memdisk_free(big);
}

/* A commit in the middle damaged on all copies, a later one there. */
static void gap_is_no_end(void **state)
{
	struct memdisk *d = new_pool(0);
	struct kdp_store *s = start(d);
	struct kdp_store_info info;
	u32 r;

	(void)state;
	kdp_store_info(s, &info);
	assert_int_equal(pool_execute(s, "create c1 64K"), 0);
	assert_int_equal(pool_execute(s, "create c2 64K"), 0);
	assert_int_equal(pool_execute(s, "create c3 64K"), 0);
	kdp_store_free(s);
	for (r = 0; r < KDP_REPLICAS; r++)
		memset(d->now + kdp_journal_block(&info.super.geometry, r, 1) *
		       KDP_BLOCK_SIZE, 0xa5, KDP_BLOCK_SIZE);
	refused(d, -EUCLEAN, "commit 3 is there, 2 is not");
	memdisk_free(d);
}

/* R4 misses some commits, comes back: it never wins, and is mended. */
static void stale_replica_never_wins(void **state)
{
	struct memdisk *d = new_pool(0);
	struct kdp_store *s = start(d);
	struct kdp_store_info info;

	(void)state;
	kdp_store_info(s, &info);
	d->bad_first = info.super.geometry.replica[4].extent;
	d->bad_count = kdp_extent_blocks(&info.super.geometry);
	assert_int_equal(pool_execute(s, "create gamma 64K"), 0);
	kdp_store_info(s, &info);
	assert_int_equal(info.replicas_current, 4);
	assert_int_equal(pool_execute(s, "remove alpha"), 0);
	assert_int_equal(kdp_store_checkpoint(s), 0);
	kdp_store_free(s);
	d->bad_count = 0;
	s = start(d);
	assert_string_equal(pool_describe(s), "2 beta 2048 16; 3 gamma 128 1; ");
	assert_true(kdp_store_report(s)->replica[4].super_stale ||
		    kdp_store_report(s)->replica[4].checkpoint_bad);
	kdp_store_info(s, &info);
	assert_int_equal(info.replicas_current, 5);
	kdp_store_free(s);
	/* alone it must carry the pool now */
	wreck(d, 0);
	wreck(d, 1);
	wreck(d, 2);
	wreck(d, 3);
	s = start(d);
	assert_string_equal(pool_describe(s), "2 beta 2048 16; 3 gamma 128 1; ");
	kdp_store_free(s);
	memdisk_free(d);
}

/*
 * A commit reaches R4 alone and fails; R4 is lost while the pool is activated
 * anew, and comes back: what an older epoch left beyond must not count.
 */
static void abandoned_commit_never_counts(void **state)
{
	struct memdisk *d = new_pool(0), *before;
	struct kdp_store *s = start(d);
	struct kdp_store_info info;
	u64 first, count;
	size_t from;

	(void)state;
	kdp_store_info(s, &info);
	first = info.super.geometry.replica[4].extent;
	count = kdp_extent_blocks(&info.super.geometry);
	d->bad_first = info.super.geometry.replica[0].extent;
	d->bad_count = first - d->bad_first;
	assert_int_equal(pool_execute(s, "create gamma 64K"), -EIO);
	kdp_store_free(s);
	d->bad_count = 0;
	before = memdisk_clone(d);

	wreck(d, 4);
	s = start(d);
	assert_string_equal(pool_describe(s),
			    "1 alpha 8192 64; 2 beta 2048 16; ");
	kdp_store_free(s);
	from = first * KDP_BLOCK_SIZE;
	memcpy(d->now + from, before->now + from, count * KDP_BLOCK_SIZE);
	s = start(d);
	assert_string_equal(pool_describe(s),
			    "1 alpha 8192 64; 2 beta 2048 16; ");
	kdp_store_free(s);
	memdisk_free(before);
	memdisk_free(d);
}

static void three_copies_are_the_least(void **state)
{
	struct memdisk *d = new_pool(0);
	struct kdp_store *s = start(d);
	struct kdp_store_info info;

	(void)state;
	/* the extents of R2-R4 and all between fail */
	kdp_store_info(s, &info);
	d->bad_first = info.super.geometry.replica[2].extent;
	d->bad_count = POOL_BLOCKS;
	assert_int_equal(pool_execute(s, "create gamma 64K"), -EIO);
	assert_int_equal(kdp_store_mode(s), KDP_STORE_FAILED);
	assert_non_null(strstr(pool_why, "only 2 of 5"));
	d->bad_count = 0;
	assert_int_equal(pool_execute(s, "create delta 64K"), -EROFS);
	kdp_store_free(s);
	memdisk_free(d);
}

static void small_journal_wraps(void **state)
{
	struct memdisk *d = new_pool(8);
	struct kdp_store *s = start(d);
	struct kdp_store_info info;
	char text[64];
	u32 i;

	(void)state;
	for (i = 0; i < 100; i++) {
		snprintf(text, sizeof(text), "create v%u 64K", i);
		assert_int_equal(pool_execute(s, text), 0);
		snprintf(text, sizeof(text), "remove v%u", i);
		assert_int_equal(pool_execute(s, text), 0);
	}
	kdp_store_info(s, &info);
	assert_int_equal(info.durable, 200);
	assert_int_equal(info.nr_volumes, 2);
	kdp_store_free(s);
	s = start(d);
	assert_string_equal(pool_describe(s),
			    "1 alpha 8192 64; 2 beta 2048 16; ");
	kdp_store_free(s);
	memdisk_free(d);
}

static void formatting_kills_an_older_pool(void **state)
{
	struct memdisk *d = new_pool(0);
	struct kdp_store *s;

	(void)state;
	assert_int_equal(pool_format(d, 16, NULL), 0);
	s = start(d);
	assert_string_equal(pool_describe(s), "");
	kdp_store_free(s);
	assert_int_equal(kdp_store_kill(&memdisk_ops, d, d->nr_blocks), 0);
	refused(d, -ENODEV, "no valid superblock");
	memdisk_free(d);
}

static void clean_mark_goes_with_the_next_commit(void **state)
{
	struct memdisk *d = new_pool(0);
	struct kdp_store *s = start(d);
	struct kdp_store_info info;
	int err;

	(void)state;
	assert_int_equal(pool_execute(s, "remove alpha"), 0);
	assert_int_equal(kdp_store_clean(s), 0);
	kdp_store_free(s);
	s = pool_open(d, &err);
	kdp_store_info(s, &info);
	assert_true(info.super.flags & KDP_SUPER_CLEAN);
	assert_int_equal(kdp_store_report(s)->commits_replayed, 0);
	kdp_store_free(s);
	s = start(d);
	assert_int_equal(kdp_store_clean(s), 0);
	assert_int_equal(pool_execute(s, "remove beta"), 0);
	kdp_store_free(s);
	s = pool_open(d, &err);
	kdp_store_info(s, &info);
	assert_false(info.super.flags & KDP_SUPER_CLEAN);
	kdp_store_free(s);
	memdisk_free(d);
}

/* Change 8 bytes of a metadata block; its checksum is right again. */
static void forge(struct memdisk *d, u64 block, u32 offset, u64 value)
{
	u8 *p = d->now + block * KDP_BLOCK_SIZE;
	struct kdp_block_id id;

	memcpy(p + offset, &value, sizeof(value));
	kdp_block_id_get(p, &id);
	kdp_block_seal(p, &id);
}

/*
 * A copy of a commit that is not quite the same: taken for one of the same, it
 * would be found as another one after the next activation.
 */
/* Activate as this machine, and look what the disk says then. */
static void activate_as(struct memdisk *d, const char *id, const char *serial,
			const char *serial_after)
{
	struct kdp_activation who = { .nonce = 7, .now = 3, .host = "lab1" };
	struct kdp_store_info info;
	struct kdp_store *s;
	int err;

	memcpy(who.machine_id, id, KDP_UUID_SIZE);
	strcpy(who.serial, serial);
	s = pool_open(d, &err);
	assert_non_null(s);
	assert_int_equal(kdp_store_activate(s, &who), 0);
	kdp_store_free(s);
	s = pool_open(d, &err);
	assert_non_null(s);
	kdp_store_info(s, &info);
	kdp_store_free(s);
	assert_memory_equal(info.super.machine_id, id, KDP_UUID_SIZE);
	assert_string_equal(info.super.serial, serial_after);
	assert_string_equal(info.super.host, "lab1");
}

static void who_has_it_is_on_the_disk(void **state)
{
	struct memdisk *d = new_pool(0);

	(void)state;
	activate_as(d, "0123456789abcdef", "", "");
	activate_as(d, "fedcba9876543210", "A-long-serial", "A-long-serial");
	activate_as(d, "0123456789abcdef", "", "A-long-serial");
	activate_as(d, "0123456789abcdef", "B", "B");
	memdisk_free(d);
}

static void copy_with_another_nonce_is_healed(void **state)
{
	struct memdisk *d = new_pool(0);
	struct kdp_store *s = start(d);
	struct kdp_store_info info;
	u64 block;

	(void)state;
	kdp_store_info(s, &info);
	assert_int_equal(pool_execute(s, "remove alpha"), 0);
	kdp_store_free(s);
	block = kdp_journal_block(&info.super.geometry, 0,
				  info.super.checkpoint.journal_pos);
	forge(d, block, offsetof(struct kdp_disk_header, nonce), 77);
	s = start(d);
	assert_int_equal(kdp_store_report(s)->replica[0].journal_bad, 1);
	kdp_store_free(s);
	s = start(d);
	assert_int_equal(kdp_store_report(s)->replica[0].journal_bad, 0);
	assert_string_equal(pool_describe(s), "2 beta 2048 16; ");
	kdp_store_free(s);
	memdisk_free(d);
}

/* A commit of epoch + @step, as replica @r's only, at this place of its ring. */
static void plant(struct memdisk *d, const struct kdp_super *super, u32 r,
		  u32 ring, int step)
{
	u64 at = kdp_journal_block(&super->geometry, r, ring);
	struct kdp_journal_info info = {
		.epoch = super->epoch + step, .nonce = 4711,
		.sequence = 1000 + ring, .pos = ring, .prev_chain = 1,
		.chain = 2, .nr_parts = 1,
	};

	kdp_journal_seal(&info, super->uuid, r, at,
			 d->now + at * KDP_BLOCK_SIZE);
}

/*
 * Who wrote it had told all superblocks of its epoch before, so they have been
 * lost: nothing of that epoch may be taken for never having been, wherever in
 * the ring its only trace is.
 */
static void newer_epoch_is_refused(void **state)
{
	struct memdisk *d = new_pool(0), *c;
	struct kdp_store *s = start(d);
	struct kdp_store_info info;
	u32 ring, r;

	(void)state;
	assert_int_equal(pool_execute(s, "create c1 64K"), 0);
	kdp_store_info(s, &info);
	kdp_store_free(s);
	for (ring = 0; ring < info.super.geometry.journal_blocks; ring++) {
		r = ring % KDP_REPLICAS;
		c = memdisk_clone(d);
		plant(c, &info.super, r, ring, 1);
		refused(c, -EUCLEAN, "no superblock newer");
		memdisk_free(c);
	}
	/* one of an older epoch was never acknowledged */
	plant(d, &info.super, 2, 9, -1);
	s = start(d);
	assert_string_equal(pool_describe(s),
			    "1 alpha 8192 64; 2 beta 2048 16; 3 c1 128 1; ");
	kdp_store_free(s);
	memdisk_free(d);
}

/* An epoch after which there is none. */
static void worn_out_is_refused(void **state)
{
	struct memdisk *d = new_pool(0);
	struct kdp_store *s = start(d);
	struct kdp_store_info info;
	u32 r, slot;

	(void)state;
	kdp_store_info(s, &info);
	kdp_store_free(s);
	for (r = 0; r < KDP_REPLICAS; r++)
		for (slot = 0; slot < KDP_SUPER_SLOTS; slot++)
			forge(d, kdp_super_block(&info.super.geometry, r, slot),
			      offsetof(struct kdp_disk_header, epoch),
			      KDP_MAX_COUNT);
	refused(d, -EUCLEAN, "more than a pool can reach");
	memdisk_free(d);
}

static void quiet(int level, const char *line)
{
	(void)level;
	(void)line;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_volumes_are_there),
		cmocka_unit_test(changes_survive),
		cmocka_unit_test(uncommitted_writes_vanish),
		cmocka_unit_test(commit_flushes_before_it_writes),
		cmocka_unit_test(failed_flush_is_fatal),
		cmocka_unit_test(lost_records_stay_lost),
		cmocka_unit_test(all_or_nothing),
		cmocka_unit_test(errors_name_the_cause),
		cmocka_unit_test(used_volume_stays),
		cmocka_unit_test(any_four_copies_may_go),
		cmocka_unit_test(five_damaged_are_refused),
		cmocka_unit_test(blank_and_truncated_are_refused),
		cmocka_unit_test(gap_is_no_end),
		cmocka_unit_test(stale_replica_never_wins),
		cmocka_unit_test(abandoned_commit_never_counts),
		cmocka_unit_test(three_copies_are_the_least),
		cmocka_unit_test(small_journal_wraps),
		cmocka_unit_test(formatting_kills_an_older_pool),
		cmocka_unit_test(clean_mark_goes_with_the_next_commit),
		cmocka_unit_test(who_has_it_is_on_the_disk),
		cmocka_unit_test(copy_with_another_nonce_is_healed),
		cmocka_unit_test(newer_epoch_is_refused),
		cmocka_unit_test(worn_out_is_refused),
	};

	kdp_shim_log = quiet;
	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
