// SPDX-License-Identifier: GPL-2.0-only
/* destroy --wipe on images, and how its progress is told. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "fakehost.h"
#include "image.h"
#include "lib/destroy.h"
#include "lib/engine/disk.h"
#include "lib/engine/log.h"
#include "lib/engine/super.h"
#include "progress.h"

static char path[40];
static struct kdp_store_info info;
static struct kdpu_err err;

/* What the wipe told, and when to stop it. */
static struct seen {
	unsigned int calls;
	uint64_t last, stop_at;
} seen;

static int setup(void **state)
{
	(void)state;
	kdpu_disk_resume();
	strcpy(path, access("/dev/shm", W_OK) ? "/tmp/kdp-wipe-XXXXXX" :
	       "/dev/shm/kdp-wipe-XXXXXX");
	close(mkstemp(path));
	image_make(path);
	image_info(path, &info);
	image_poke(path, IMAGE_BLOCKS - 1, 3);
	image_poke(path, 10000, 3);
	memset(&seen, 0, sizeof(seen));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return unlink(path);
}

static void on_progress(uint64_t done, uint64_t total, void *data)
{
	(void)data;
	assert_int_equal(total, IMAGE_BYTES);
	assert_true(done >= seen.last);
	seen.calls++;
	seen.last = done;
	if (seen.stop_at && done >= seen.stop_at)
		kdpu_disk_interrupt();
}

/* The number of zero bytes at the start of the image. */
static uint64_t zeros(void)
{
	FILE *f = fopen(path, "r");
	uint64_t n = 0;
	int c;

	while ((c = getc(f)) == 0)
		n++;
	fclose(f);
	return n;
}

static int wipe(void)
{
	return kdpu_wipe(path, info.super.uuid, on_progress, NULL, &err);
}

static void all_becomes_zero(void **state)
{
	(void)state;
	assert_true(zeros() < IMAGE_BYTES);
	assert_int_equal(wipe(), 0);
	assert_int_equal(zeros(), IMAGE_BYTES);
	assert_int_equal(seen.last, IMAGE_BYTES);
	assert_true(seen.calls > 3);
}

static void another_pool_is_left_alone(void **state)
{
	uint64_t before = fake_hash(path);

	(void)state;
	info.super.uuid[0] ^= 1;
	assert_int_equal(wipe(), -ESTALE);
	assert_true(fake_hash(path) == before);
	assert_int_equal(seen.calls, 0);
}

static void interruption_tells_how_far(void **state)
{
	struct kdpu_super super;
	struct kdpu_disk d;

	(void)state;
	seen.stop_at = 16 << 20;
	assert_int_equal(wipe(), -EINTR);
	assert_int_equal(seen.last, 16 << 20);
	assert_non_null(strstr(err.what, "16 MiB of 64 MiB are zero"));
	assert_non_null(strstr(err.todo, "--offset 16777216"));
	/* no pool, but the rest is as it was */
	assert_true(zeros() >= 16 << 20);
	assert_true(zeros() < IMAGE_BYTES);
	assert_int_equal(kdpu_disk_open(&d, path, &err), 0);
	assert_int_equal(kdpu_super_read(&d, &super, &err), -ENODEV);
	kdpu_disk_close(&d);
}

static void progress_fits_a_line(void **state)
{
	static const double seconds[] = { 0, 0.7, 12, 4000, 1e7 };
	char text[120];
	uint64_t total;
	size_t i;
	int part;

	(void)state;
	for (total = 4096; total < 1ull << 60; total *= 31)
		for (part = 0; part <= 100; part += 7)
			for (i = 0; i < 5; i++) {
				progress_text("wiping", total / 100 * part,
					      total, seconds[i],
					      PROGRESS_BAR, text,
					      sizeof(text));
				assert_in_range(strlen(text), 20, 79);
			}
	progress_text("wiping", 1ull << 30, 4ull << 30, 8, 16, text,
		      sizeof(text));
	assert_string_equal(text, "wiping  25 %  [####............]  1 GiB of 4 GiB, 128 MiB/s, 0:24 left");
	progress_text("wiping", 4ull << 30, 4ull << 30, 8, 0, text,
		      sizeof(text));
	assert_string_equal(text, "wiping 100 %  4 GiB of 4 GiB, 512 MiB/s, 0:00 left");
}

int main(void)
{
#define T(x) cmocka_unit_test_setup_teardown(x, setup, teardown)
	static const struct CMUnitTest tests[] = {
		T(all_becomes_zero),
		T(another_pool_is_left_alone),
		T(interruption_tells_how_far),
		T(progress_fits_a_line),
	};

	kdpu_engine_quiet();
	return cmocka_run_group_tests_name("admin-wipe", tests, NULL, NULL);
}
