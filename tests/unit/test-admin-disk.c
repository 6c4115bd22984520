// SPDX-License-Identifier: GPL-2.0-only
/* Disk operations, the way back, and whole pools on image files. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "fakehost.h"
#include "lib/destroy.h"
#include "lib/diagnose.h"
#include "lib/engine/check.h"
#include "lib/engine/disk.h"
#include "lib/engine/log.h"
#include "lib/engine/plan.h"
#include "lib/engine/super.h"
#include "lib/io.h"
#include "lib/setup.h"
#include "store/disk.h"

#define BYTES	(64ull << 20)

static char path[64];
static struct kdpu_err err;

/* A file of 64 MiB with something in the first and last pages. */
static int setup(void **state)
{
	char junk[8192];
	int fd;

	(void)state;
	/* memory, if there is some: many flushes */
	strcpy(path, access("/dev/shm", W_OK) ? "/tmp/kdp-disk-XXXXXX" :
	       "/dev/shm/kdp-disk-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, BYTES), 0);
	memset(junk, 0x5a, sizeof(junk));
	assert_int_equal(kdpu_pwrite(fd, junk, sizeof(junk), 0), 0);
	assert_int_equal(kdpu_pwrite(fd, junk, sizeof(junk),
				     BYTES - sizeof(junk)), 0);
	close(fd);
	kdpu_disk_resume();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	return 0;
}

static void transfers_reach_the_file(void **state)
{
	struct kdpu_disk d;
	char *aligned = kdpu_io_alloc(8192), *odd = aligned + 4096 + 8;
	struct kdp_io io[2] = {
		{ .op = KDP_IO_WRITE_FUA, .nr_blocks = 1, .block = 7,
		  .data = aligned },
		{ .op = KDP_IO_WRITE, .nr_blocks = 1, .block = 9 },
	};
	char *other = malloc(4096 + 8);

	(void)state;
	(void)odd;
	memset(aligned, 1, 4096);
	memset(other, 2, 4096 + 8);
	io[1].data = other + 8;		/* not aligned: goes by a buffer */
	assert_int_equal(kdpu_disk_open_excl(&d, path, &err), 0);
	assert_int_equal(d.bytes, BYTES);
	kdpu_disk_ops.submit(&d, io, 2);
	assert_int_equal(io[0].error, 0);
	assert_int_equal(io[1].error, 0);
	assert_int_equal(kdpu_disk_ops.flush(&d), 0);
	memset(aligned, 0, 8192);
	memset(other, 0, 4096 + 8);
	io[0].op = KDP_IO_READ;
	io[1].op = KDP_IO_READ;
	kdpu_disk_ops.submit(&d, io, 2);
	assert_int_equal(io[0].error, 0);
	assert_int_equal(aligned[4095], 1);
	assert_int_equal(other[8], 2);
	assert_int_equal(other[7], 0);
	assert_int_equal(d.writes, 2);
	kdpu_disk_close(&d);
	free(aligned);
	free(other);
}

static void bounds_and_modes_hold(void **state)
{
	struct kdpu_disk d;
	char *block = kdpu_io_alloc(8192);
	struct kdp_io io = {
		.op = KDP_IO_WRITE, .nr_blocks = 2, .data = block,
		.block = BYTES / 4096 - 1,
	};

	(void)state;
	assert_int_equal(kdpu_disk_open_excl(&d, path, &err), 0);
	kdpu_disk_ops.submit(&d, &io, 1);
	assert_int_equal(io.error, -ENOSPC);
	io.op = KDP_IO_READ;
	kdpu_disk_ops.submit(&d, &io, 1);
	assert_int_equal(io.error, -ENXIO);
	io.op = KDP_IO_WRITE;
	io.block = 1ull << 61;
	kdpu_disk_ops.submit(&d, &io, 1);
	assert_int_not_equal(io.error, 0);
	io.block = 0;
	kdpu_disk_interrupt();
	kdpu_disk_ops.submit(&d, &io, 1);
	assert_int_equal(io.error, -EINTR);
	kdpu_disk_resume();
	assert_int_equal(d.writes, 0);
	kdpu_disk_close(&d);
	/* a disk opened for reading takes no writes */
	assert_int_equal(kdpu_disk_open(&d, path, &err), 0);
	kdpu_disk_ops.submit(&d, &io, 1);
	assert_int_equal(io.error, -EBADF);
	assert_int_equal(kdpu_disk_zero(&d, 0, 10), -EBADF);
	kdpu_disk_close(&d);
	free(block);
}

static void zeroing_keeps_its_neighbours(void **state)
{
	struct kdpu_disk d;
	unsigned char b[16];

	(void)state;
	assert_int_equal(kdpu_disk_open_excl(&d, path, &err), 0);
	assert_int_equal(kdpu_disk_zero(&d, 4094, 4), 0);
	assert_int_equal(kdpu_disk_read(&d, b, 4090, 12), 0);
	assert_memory_equal(b, "\x5a\x5a\x5a\x5a\0\0\0\0\x5a\x5a\x5a\x5a", 12);
	kdpu_disk_close(&d);
}

static void undo_restores_in_reverse(void **state)
{
	struct kdpu_disk d;
	uint64_t before = fake_hash(path);
	char *block = kdpu_io_alloc(8192);
	struct kdp_io io = { .op = KDP_IO_WRITE, .nr_blocks = 2, .data = block };
	int i;

	(void)state;
	assert_int_equal(kdpu_disk_open_excl(&d, path, &err), 0);
	d.undo = kdpu_undo_new();
	for (i = 0; i < 4; i++) {
		memset(block, i + 1, 8192);
		io.block = i % 3;	/* overlapping, and once more */
		kdpu_disk_ops.submit(&d, &io, 1);
		assert_int_equal(io.error, 0);
	}
	assert_int_equal(kdpu_disk_zero(&d, BYTES - 100, 100), 0);
	assert_true(fake_hash(path) != before);
	assert_int_equal(kdpu_undo_bytes(d.undo), 4 * 8192 + 4096);
	assert_int_equal(kdpu_disk_restore(&d), 0);
	assert_true(fake_hash(path) == before);
	kdpu_disk_close(&d);
	free(block);
}

/* Set a pool up on the file as create does; @fail_write: see disk.h. */
static int make_pool(uint64_t fail_write, uint64_t *writes, bool *restored)
{
	static struct kdpu_volspec v[] = {
		{ .name = "one", .bytes = 8 << 20 },
		{ .name = "two", .bytes = 1 << 20 },
	};
	struct kdpu_volspecs volumes = { v, 2 };
	struct kdpu_format f = { .name = "unit", .serial = "",
				 .volumes = &volumes };
	struct kdpu_finding *findings = calloc(kdpu_safety_count(),
					       sizeof(*findings));
	struct kdpu_subject s;
	struct kdpu_device dev;
	int ret;

	assert_int_equal(kdpu_device_read(&kdpu_this_host, path, &dev, &err),
			 0);
	kdpu_subject_init(&s, &kdpu_this_host, &dev);
	s.image = true;
	s.force = true;
	kdpu_safety_run(&s, findings);
	assert_true(kdpu_safety_verdict(findings, kdpu_safety_count()) <
		    KDPU_NEEDS_FORCE);
	s.disk.fail_write = fail_write;
	ret = kdpu_setup_write(&s, &f, restored, &err);
	*writes = s.disk.writes;
	kdpu_subject_free(&s);
	kdpu_device_free(&dev);
	free(findings);
	return ret;
}

static void check(struct kdpu_check *c)
{
	struct kdpu_disk d;

	assert_int_equal(kdpu_disk_open(&d, path, &err), 0);
	assert_int_equal(kdpu_check_run(&d, c, &err), 0);
	kdpu_disk_close(&d);
}

static void a_new_pool_is_clean(void **state)
{
	struct kdpu_super super;
	struct kdpu_check c;
	struct kdpu_disk d;
	uint64_t writes;
	bool restored;

	(void)state;
	assert_int_equal(make_pool(0, &writes, &restored), 0);
	check(&c);
	assert_int_equal(c.result, KDPU_CHECK_CLEAN);
	assert_string_equal(c.name, "unit");
	assert_true(c.clean);
	assert_int_equal(c.nr_faults, 0);
	assert_int_equal(c.nr_volumes, 2);
	assert_string_equal(c.volumes[0].name, "one");
	assert_int_equal(c.volumes[0].bytes, 8 << 20);
	assert_int_equal(c.volumes[0].unwritten_bytes, 8 << 20);
	kdpu_check_free(&c);
	assert_int_equal(kdpu_disk_open(&d, path, &err), 0);
	assert_int_equal(kdpu_super_read(&d, &super, &err), 0);
	assert_int_equal(super.nr_valid, 10);
	assert_string_equal(super.name, "unit");
	assert_false(super.mixed);
	kdpu_disk_close(&d);
}

static bool is_zero(uint64_t offset, size_t size)
{
	unsigned char *p = calloc(1, size);
	int fd = open(path, O_RDONLY);
	bool zero = true;
	size_t i;

	assert_int_equal(kdpu_pread(fd, p, size, offset), 0);
	close(fd);
	for (i = 0; i < size; i++)
		zero &= !p[i];
	free(p);
	return zero;
}

static void both_ends_are_wiped(void **state)
{
	uint64_t writes;
	bool restored;

	(void)state;
	assert_false(is_zero(0, 4096));
	assert_false(is_zero(BYTES - 4096, 4096));
	assert_int_equal(make_pool(0, &writes, &restored), 0);
	assert_true(is_zero(0, 4096));
	assert_true(is_zero(3 * 4096, (4 << 20) - 3 * 4096));
	assert_true(is_zero(BYTES - (1 << 20), 1 << 20));
}

static void verification_sees_a_lost_write(void **state)
{
	struct kdpu_volspecs none = { };
	struct kdpu_format f = { .name = "unit", .serial = "",
				 .volumes = &none };
	struct kdpu_disk d;

	(void)state;
	assert_int_equal(kdpu_disk_open_excl(&d, path, &err), 0);
	assert_int_equal(kdpu_format(&d, &f, &err), 0);
	assert_int_equal(kdpu_format_verify(&d, &f, &err), 0);
	f.uuid[3] ^= 1;
	assert_int_not_equal(kdpu_format_verify(&d, &f, &err), 0);
	f.uuid[3] ^= 1;
	assert_int_equal(kdpu_disk_zero(&d, 2 << 24, 8192), 0);
	assert_int_not_equal(kdpu_format_verify(&d, &f, &err), 0);
	kdpu_disk_close(&d);
}

static void failing_at_any_write_leaves_no_trace(void **state)
{
	uint64_t before = fake_hash(path), all, i, writes;
	bool restored;

	(void)state;
	assert_int_equal(make_pool(0, &all, &restored), 0);
	assert_true(all > 20);
	for (i = 1; i <= all; i++) {
		teardown(NULL);
		setup(NULL);
		assert_int_not_equal(make_pool(i, &writes, &restored), 0);
		assert_true(restored);
		if (fake_hash(path) != before)
			fail_msg("bytes changed by failing at write %llu of %llu",
				 (unsigned long long)i,
				 (unsigned long long)all);
	}
}

/* The same over an older pool: it must be whole again. */
static void failing_over_a_pool_keeps_it(void **state)
{
	uint64_t before, all, i, writes;
	struct kdpu_check c;
	bool restored;

	(void)state;
	assert_int_equal(make_pool(0, &writes, &restored), 0);
	before = fake_hash(path);
	for (i = 1, all = 1; i <= all; i += 3) {
		if (!make_pool(i, &writes, &restored))
			break;
		assert_true(restored);
		assert_true(fake_hash(path) == before);
		all = i + 3;
	}
	assert_true(i > 20);
	check(&c);
	assert_int_equal(c.result, KDPU_CHECK_CLEAN);
	kdpu_check_free(&c);
}

static void interruption_restores(void **state)
{
	uint64_t before = fake_hash(path), writes;
	bool restored = false;

	(void)state;
	kdpu_disk_interrupt();
	assert_int_equal(make_pool(0, &writes, &restored), -EINTR);
	assert_true(restored);
	assert_false(kdpu_disk_interrupted());
	assert_true(fake_hash(path) == before);
}

static void poke(uint64_t block, int value)
{
	int fd = open(path, O_WRONLY);
	char junk[4096];

	memset(junk, value, sizeof(junk));
	assert_int_equal(kdpu_pwrite(fd, junk, sizeof(junk), block * 4096), 0);
	close(fd);
}

static uint64_t home(int r)
{
	if (r == 4)
		return BYTES / 4096 - 258;
	return r ? r * 4096 : 1;
}

static void damage_is_named(void **state)
{
	struct kdpu_check c;
	uint64_t writes;
	bool restored, seen = false;
	size_t i;
	int r;

	(void)state;
	assert_int_equal(make_pool(0, &writes, &restored), 0);
	poke(home(4), 0xee);
	check(&c);
	assert_int_equal(c.result, KDPU_CHECK_DAMAGED);
	assert_int_equal(c.nr_faults, 1);
	assert_int_equal(c.faults[0].replica, 4);
	assert_int_equal(c.faults[0].block, home(4));
	assert_string_equal(c.faults[0].area, "superblock");
	assert_string_equal(c.replica[4].super[0], "no magic number");
	assert_string_equal(c.replica[4].super[1], "ok");
	kdpu_check_free(&c);
	/* the extent of R0 follows the head, its journal comes first */
	for (i = 1024; i < 3000; i++)
		poke(i, 0xdd);
	check(&c);
	assert_int_equal(c.result, KDPU_CHECK_DAMAGED);
	for (i = 0; i < c.nr_faults; i++)
		seen |= c.faults[i].replica == 0 &&
			!strcmp(c.faults[i].area, "checkpoint");
	assert_true(seen);
	assert_true(c.replica[0].checkpoint_bad > 0);
	assert_int_equal(c.replica[1].checkpoint_bad, 0);
	assert_int_equal(c.nr_volumes, 2);
	kdpu_check_free(&c);
	for (r = 0; r < 5; r++) {
		poke(home(r), 0xcc);
		poke(home(r) + 1, 0xcc);
	}
	check(&c);
	assert_int_equal(c.result, KDPU_CHECK_LOST);
	assert_false(c.found);
	kdpu_check_free(&c);
}

static int diagnosis(void)
{
	struct kdpu_disk d;
	int ret;

	memset(&err, 0, sizeof(err));
	assert_int_equal(kdpu_disk_open(&d, path, &err), 0);
	ret = kdpu_diagnose(&d, path, &err);
	kdpu_disk_close(&d);
	return ret;
}

static void causes_are_told_apart(void **state)
{
	uint8_t uuid[16] = { 0 };
	struct kdpu_super super;
	struct kdpu_disk d;
	uint64_t writes, b;
	bool restored;
	int r;

	(void)state;
	assert_int_equal(diagnosis(), -ENODEV);
	assert_non_null(strstr(err.what, "no valid superblock"));
	assert_int_equal(make_pool(0, &writes, &restored), 0);
	assert_int_equal(diagnosis(), 0);
	/* the wrong pool is not destroyed */
	assert_int_equal(kdpu_destroy(path, uuid, &err), -ESTALE);
	assert_int_equal(diagnosis(), 0);
	/* superblocks gone, the rest is there */
	for (r = 0; r < 5; r++)
		for (b = 0; b < 2; b++)
			poke(home(r) + b, 0x77);
	assert_int_equal(diagnosis(), -EUCLEAN);
	assert_non_null(strstr(err.what, "all five copies"));
	/* truncated */
	assert_int_equal(make_pool(0, &writes, &restored), 0);
	assert_int_equal(truncate(path, BYTES + (1 << 20)), 0);
	assert_int_equal(diagnosis(), 0);	/* larger is fine */
	assert_int_equal(make_pool(0, &writes, &restored), 0);
	assert_int_equal(truncate(path, BYTES), 0);
	assert_int_equal(diagnosis(), -ENOSPC);
	assert_non_null(strstr(err.what, "truncated"));
	/* destroyed */
	assert_int_equal(make_pool(0, &writes, &restored), 0);
	assert_int_equal(kdpu_disk_open(&d, path, &err), 0);
	assert_int_equal(kdpu_super_read(&d, &super, &err), 0);
	kdpu_disk_close(&d);
	assert_int_equal(kdpu_destroy(path, super.uuid, &err), 0);
	assert_int_equal(diagnosis(), -ENODEV);
	assert_non_null(strstr(err.what, "was destroyed"));
	/* blank, and too small */
	assert_int_equal(truncate(path, 0), 0);
	assert_int_equal(truncate(path, BYTES), 0);
	assert_int_equal(diagnosis(), -ENODEV);
	assert_non_null(strstr(err.what, "blank"));
	assert_int_equal(truncate(path, 4096), 0);
	assert_int_equal(diagnosis(), -ENODEV);
}

static void plans_know_what_fits(void **state)
{
	struct kdpu_volspec v = { .name = "v", .bytes = 16 << 20 };
	struct kdpu_volspecs l = { &v, 1 };
	struct kdpu_plan p;
	uint64_t room;

	(void)state;
	assert_int_equal(kdpu_plan_make(BYTES, 0, &l, &p, &err), 0);
	assert_int_equal(p.chunk_bytes, 65536);
	assert_int_equal(p.volume_bytes, 16 << 20);
	assert_int_equal(p.metadata_bytes + p.volume_bytes + p.free_bytes,
			 BYTES);
	room = p.volume_bytes + p.free_bytes;
	v.bytes = room;
	assert_int_equal(kdpu_plan_make(BYTES, 0, &l, &p, &err), 0);
	assert_int_equal(p.free_bytes, 0);
	v.bytes = room + 4096;
	assert_int_equal(kdpu_plan_make(BYTES, 0, &l, &p, &err), -ENOSPC);
	v.bytes = 4096;
	assert_int_equal(kdpu_plan_make(BYTES, 3 << 16, &l, &p, &err), -EINVAL);
	assert_int_equal(kdpu_plan_make(BYTES, 100, &l, &p, &err), -EINVAL);
	assert_int_equal(kdpu_plan_make(BYTES, 1ull << 50, &l, &p, &err),
			 -EINVAL);
	assert_int_equal(kdpu_plan_make(BYTES, 1 << 17, &l, &p, &err), 0);
	assert_int_equal(p.chunk_bytes, 1 << 17);
	assert_int_equal(kdpu_plan_make(1 << 20, 0, &l, &p, &err), -EINVAL);
}

int main(void)
{
#define T(x) cmocka_unit_test_setup_teardown(x, setup, teardown)
	static const struct CMUnitTest tests[] = {
		T(transfers_reach_the_file),
		T(bounds_and_modes_hold),
		T(zeroing_keeps_its_neighbours),
		T(undo_restores_in_reverse),
		T(a_new_pool_is_clean),
		T(both_ends_are_wiped),
		T(verification_sees_a_lost_write),
		T(failing_at_any_write_leaves_no_trace),
		T(failing_over_a_pool_keeps_it),
		T(interruption_restores),
		T(damage_is_named),
		T(causes_are_told_apart),
		T(plans_know_what_fits),
	};

	kdpu_engine_quiet();
	return cmocka_run_group_tests_name("admin-disk", tests, NULL, NULL);
}
