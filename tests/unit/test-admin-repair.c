// SPDX-License-Identifier: GPL-2.0-only
/* Offline repair against an undamaged twin. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "fakehost.h"
#include "format/super.h"
#include "image.h"
#include "lib/engine/check.h"
#include "lib/engine/log.h"
#include "lib/engine/mend.h"
#include "lib/engine/repair.h"
#include "lib/io.h"

static char path[40], twin[40];
static struct kdp_store_info info;
static struct kdpu_err err;
static uint64_t whole;		/* hash of the undamaged image */
static u64 needed[256];

/* Each flush notes how much had been written; libc's is not called. */
static const struct kdpu_disk *watched;
static uint64_t flushed_at[16];
static size_t nr_flushes;

int fdatasync(int fd)
{
	(void)fd;
	if (watched && nr_flushes < 16)
		flushed_at[nr_flushes++] = watched->writes;
	return 0;
}

static void copy_image(const char *from, const char *to)
{
	char command[120];

	snprintf(command, sizeof(command), "cp --sparse=always %s %s", from, to);
	assert_int_equal(system(command), 0);
}

static int group_setup(void **state)
{
	const char *dir = access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm";

	(void)state;
	snprintf(path, sizeof(path), "%s/kdp-repair-XXXXXX", dir);
	snprintf(twin, sizeof(twin), "%s/kdp-twin-XXXXXX", dir);
	close(mkstemp(path));
	close(mkstemp(twin));
	image_make(twin);
	image_info(twin, &info);
	whole = fake_hash(twin);
	return 0;
}

static int group_teardown(void **state)
{
	(void)state;
	unlink(path);
	unlink(twin);
	return 0;
}

static int setup(void **state)
{
	(void)state;
	kdpu_disk_resume();
	copy_image(twin, path);
	return 0;
}

/* Plan on a disk open for reading: a write would fail. */
static int plan(struct kdpu_repair *p)
{
	struct kdpu_disk d;
	int ret;

	memset(&err, 0, sizeof(err));
	assert_int_equal(kdpu_disk_open(&d, path, &err), 0);
	ret = kdpu_repair_plan(&d, p, &err);
	assert_int_equal(d.writes, 0);
	kdpu_disk_close(&d);
	return ret;
}

static int carry_out(const struct kdpu_repair *p, uint64_t fail_write)
{
	struct kdpu_disk d;
	int ret;

	assert_int_equal(kdpu_disk_open_excl(&d, path, &err), 0);
	d.fail_write = fail_write;
	watched = &d;
	nr_flushes = 0;
	ret = kdpu_repair_write(&d, p, &err);
	watched = NULL;
	kdpu_disk_close(&d);
	return ret;
}

static size_t repair(void)
{
	struct kdpu_repair p;
	size_t nr;

	assert_int_equal(plan(&p), 0);
	nr = p.nr;
	assert_int_equal(carry_out(&p, 0), 0);
	kdpu_repair_free(&p);
	return nr;
}

static enum kdpu_check_result verdict(void)
{
	enum kdpu_check_result result;
	struct kdpu_check c;
	struct kdpu_disk d;

	assert_int_equal(kdpu_disk_open(&d, path, &err), 0);
	assert_int_equal(kdpu_check_run(&d, &c, &err), 0);
	kdpu_disk_close(&d);
	result = c.result;
	kdpu_check_free(&c);
	return result;
}

/* Damage needed blocks of the replica: all, or those @pick chooses. */
static size_t damage(u32 r, unsigned int pick)
{
	size_t i, n = image_needed(&info, r, needed, 256), done = 0;

	for (i = 0; i < n; i++) {
		if (pick && (i * 2654435761u + pick * 40503u) >> 7 & 1)
			continue;
		image_poke(path, needed[i], pick % 3 ? r * 31 + i + 1 : 0);
		done++;
	}
	return done;
}

static void nothing_to_do_writes_nothing(void **state)
{
	(void)state;
	assert_int_equal(repair(), 0);
	assert_true(fake_hash(path) == whole);
}

/* Every set of one to four replicas, wholly and partly damaged. */
static void any_four_copies_come_back(void **state)
{
	unsigned int set, pick;
	size_t bad;
	u32 r;

	(void)state;
	for (set = 1; set < 31; set++) {
		for (pick = 0; pick < 3; pick++) {
			setup(NULL);
			for (r = 0, bad = 0; r < KDP_REPLICAS; r++)
				if (set >> r & 1)
					bad += damage(r, pick);
			assert_int_equal(repair(), bad);
			if (fake_hash(path) != whole)
				fail_msg("replicas %#x, pick %u: not as before",
					 set, pick);
		}
	}
}

static void five_are_refused(void **state)
{
	struct kdpu_repair p;
	uint64_t damaged;
	u32 r, slot;

	(void)state;
	/* the first block of the journal, everywhere */
	for (r = 0; r < KDP_REPLICAS; r++)
		image_poke(path, kdp_slot_block(&info.super.geometry, r,
						info.super.checkpoint.slot, 0),
			   r + 1);
	damaged = fake_hash(path);
	assert_int_equal(plan(&p), -EUCLEAN);
	assert_true(fake_hash(path) == damaged);
	for (r = 0; r < KDP_REPLICAS; r++)
		for (slot = 0; slot < KDP_SUPER_SLOTS; slot++)
			image_poke(path, kdp_super_block(&info.super.geometry,
							 r, slot), r + 9);
	damaged = fake_hash(path);
	assert_int_equal(plan(&p), -ENODEV);
	assert_true(fake_hash(path) == damaged);
}

/* The best superblock is left on one copy, the older one on none. */
static void a_lost_slot_is_written_anew(void **state)
{
	u32 r, other = !(info.super.sequence % KDP_SUPER_SLOTS);
	const char *before;
	char had[1024];

	(void)state;
	snprintf(had, sizeof(had), "%s", image_describe(path));
	for (r = 0; r < KDP_REPLICAS; r++)
		image_poke(path, kdp_super_block(&info.super.geometry, r,
						 other), 5);
	assert_int_equal(repair(), KDP_REPLICAS);
	assert_int_equal(verdict(), KDPU_CHECK_CLEAN);
	before = image_describe(path);
	assert_string_equal(before, had);
	assert_int_equal(repair(), 0);
}

/* Valid superblocks of an earlier time are replaced, but only those. */
static void stale_superblocks_are_replaced(void **state)
{
	u64 at = kdp_super_block(&info.super.geometry, 1, 0) << KDP_BLOCK_SHIFT;
	unsigned char old[KDP_SUPER_SLOTS * KDP_BLOCK_SIZE];
	int fd = open(path, O_RDWR);
	uint64_t now;

	(void)state;
	/* in the same epoch, and in the one before */
	image_checkpoint(path);
	assert_int_equal(kdpu_pread(fd, old, sizeof(old), at), 0);
	image_checkpoint(path);
	now = fake_hash(path);
	assert_int_equal(kdpu_pwrite(fd, old, sizeof(old), at), 0);
	assert_int_equal(verdict(), KDPU_CHECK_DAMAGED);
	assert_int_equal(repair(), 2);
	assert_true(fake_hash(path) == now);
	close(fd);
}

/* Older writes of this very epoch, both slots of one copy. */
static void older_writes_are_replaced(void **state)
{
	u8 block[KDP_BLOCK_SIZE] __attribute__((aligned(8)));
	struct kdp_super s = info.super;
	int fd = open(path, O_WRONLY);
	u32 i;

	(void)state;
	assert_true(s.sequence > 3);
	for (i = 0; i < KDP_SUPER_SLOTS; i++) {
		s.sequence = info.super.sequence - 2 - i;
		kdp_super_encode(&s, 3, s.sequence % 2, block);
		assert_int_equal(kdpu_pwrite(fd, block, sizeof(block),
			kdp_super_block(&s.geometry, 3, s.sequence % 2) <<
			KDP_BLOCK_SHIFT), 0);
	}
	close(fd);
	assert_int_equal(verdict(), KDPU_CHECK_DAMAGED);
	assert_int_equal(repair(), 2);
	assert_true(fake_hash(path) == whole);
}

/* The other blocks are durable before a superblock tells that they are. */
static void superblocks_wait_for_a_flush(void **state)
{
	struct kdpu_repair p;

	(void)state;
	damage(1, 0);
	assert_int_equal(plan(&p), 0);
	assert_int_equal(carry_out(&p, 0), 0);
	assert_int_equal(nr_flushes, 2);
	assert_int_equal(flushed_at[0], p.nr - KDP_SUPER_SLOTS);
	assert_int_equal(flushed_at[1], p.nr);
	kdpu_repair_free(&p);
}

/* A superblock that calls R2 out of date, in both slots everywhere. */
static void out_of_date_becomes_current(void **state)
{
	u8 block[KDP_BLOCK_SIZE] __attribute__((aligned(8)));
	struct kdp_super s = info.super;
	int fd = open(path, O_WRONLY);
	u32 r, i;

	(void)state;
	s.geometry.replica[2].health = KDP_REPLICA_OUT_OF_DATE;
	for (i = 0; i < KDP_SUPER_SLOTS; i++) {
		s.sequence++;
		for (r = 0; r < KDP_REPLICAS; r++) {
			if (r == 2)
				continue;
			kdp_super_encode(&s, r, s.sequence % 2, block);
			assert_int_equal(kdpu_pwrite(fd, block, sizeof(block),
				kdp_super_block(&s.geometry, r, s.sequence % 2)
				<< KDP_BLOCK_SHIFT), 0);
		}
	}
	close(fd);
	assert_int_equal(verdict(), KDPU_CHECK_DAMAGED);
	assert_int_equal(repair(), 10);
	assert_int_equal(verdict(), KDPU_CHECK_CLEAN);
	assert_int_equal(repair(), 0);
}

/* Stopped at any write the pool is as good as before, and can go on. */
static void stopping_anywhere_harms_nothing(void **state)
{
	struct kdpu_repair p;
	uint64_t i, all;

	(void)state;
	damage(0, 0);
	damage(3, 1);
	assert_int_equal(plan(&p), 0);
	all = p.nr;
	kdpu_repair_free(&p);
	assert_true(all > 8);
	for (i = 1; i <= all; i++) {
		setup(NULL);
		damage(0, 0);
		damage(3, 1);
		assert_int_equal(plan(&p), 0);
		assert_int_equal(carry_out(&p, i), -EIO);
		kdpu_repair_free(&p);
		assert_true(verdict() <= KDPU_CHECK_DAMAGED);
		assert_int_equal(repair(), all - i + 1);
		assert_true(fake_hash(path) == whole);
	}
}

static void interruption_stops(void **state)
{
	struct kdpu_repair p;
	uint64_t before;

	(void)state;
	damage(1, 0);
	before = fake_hash(path);
	assert_int_equal(plan(&p), 0);
	kdpu_disk_interrupt();
	assert_int_equal(carry_out(&p, 0), -EINTR);
	assert_true(fake_hash(path) == before);
	kdpu_repair_free(&p);
}

/* Every block of the plan says where it is and why. */
static void plans_name_each_block(void **state)
{
	struct kdpu_repair p;
	size_t i, n, j;

	(void)state;
	damage(4, 0);
	assert_int_equal(plan(&p), 0);
	n = image_needed(&info, 4, needed, 256);
	assert_int_equal(p.nr, n);
	for (i = 0; i < p.nr; i++) {
		for (j = 0; j < n && needed[j] != p.w[i].block; j++)
			;
		assert_true(j < n);
		assert_int_equal(p.w[i].replica, 4);
		assert_string_equal(p.w[i].why, "no magic number");
	}
	/* superblocks come last, after a flush */
	assert_string_equal(p.w[n - 1].area, "superblock");
	assert_string_equal(p.w[n - 2].area, "superblock");
	assert_true(p.w[n - 2].flush_before);
	assert_string_equal(p.w[n - 3].area, "checkpoint");
	kdpu_repair_free(&p);
}

/* R2 is damaged; then some of its blocks cannot be written. */
static void mend(u64 bad_first, u64 bad_count, struct kdpu_mended *m)
{
	struct kdpu_repair p;
	struct kdpu_disk d;

	damage(2, 0);
	assert_int_equal(plan(&p), 0);
	assert_int_equal(kdpu_disk_open_excl(&d, path, &err), 0);
	d.bad_first = bad_first;
	d.bad_count = bad_count;
	assert_int_equal(kdpu_repair_write(&d, &p, &err), -EIO);
	assert_int_equal(kdpu_mend(&d, m, &err), 0);
	kdpu_disk_close(&d);
	kdpu_repair_free(&p);
}

static void what_cannot_be_written_is_moved(void **state)
{
	const struct kdp_geometry *g = &info.super.geometry;
	u64 from = g->replica[2].extent, to;
	struct kdp_store_info now;
	struct kdpu_mended m;
	char *want;

	(void)state;
	want = strdup(image_describe(path));
	mend(from, kdp_extent_blocks(g), &m);
	assert_int_equal(m.current, 5);
	assert_int_equal(m.copy[2].moved_from, from);
	assert_int_equal(m.copy[1].moved_from, 0);
	to = m.copy[2].extent;
	assert_int_not_equal(to, from);
	assert_int_equal(verdict(), KDPU_CHECK_CLEAN);
	assert_string_equal(image_describe(path), want);
	image_info(path, &now);
	assert_int_equal(now.super.geometry.replica[2].extent, to);
	assert_int_equal(now.super.geometry.retired[0], from);
	/* as the one who had it last left it */
	assert_int_equal(now.super.epoch, info.super.epoch + 1);
	assert_memory_equal(now.super.machine_id, info.super.machine_id, 16);
	assert_string_equal(now.super.host, info.super.host);
	assert_true(now.super.flags & KDP_SUPER_CLEAN);
	free(want);
}

static void without_a_home_it_stays(void **state)
{
	const struct kdp_geometry *g = &info.super.geometry;
	struct kdpu_mended m;

	(void)state;
	mend(g->replica[2].super, KDP_SUPER_SLOTS + kdp_extent_blocks(g) + 100,
	     &m);
	assert_int_equal(m.current, 4);
	assert_false(m.copy[2].current);
	assert_int_equal(m.copy[2].moved_from, 0);
	assert_int_equal(verdict(), KDPU_CHECK_DAMAGED);
}

int main(void)
{
#define T(x) cmocka_unit_test_setup(x, setup)
	static const struct CMUnitTest tests[] = {
		T(nothing_to_do_writes_nothing),
		T(any_four_copies_come_back),
		T(five_are_refused),
		T(a_lost_slot_is_written_anew),
		T(stale_superblocks_are_replaced),
		T(older_writes_are_replaced),
		T(superblocks_wait_for_a_flush),
		T(out_of_date_becomes_current),
		T(stopping_anywhere_harms_nothing),
		T(interruption_stops),
		T(plans_name_each_block),
		T(what_cannot_be_written_is_moved),
		T(without_a_home_it_stays),
	};

	kdpu_engine_quiet();
	return cmocka_run_group_tests_name("admin-repair", tests, group_setup,
					   group_teardown);
}
