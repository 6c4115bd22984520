// SPDX-License-Identifier: GPL-2.0-only
/* Profiles from files, good, wrong, and mutilated. */
#include <errno.h>
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

#include "lib/engine/log.h"
#include "lib/profile.h"
#include "lib/size.h"
#include "lib/engine/text.h"

static char dir[40], folder[60], file[60];
static struct kdpu_profile p;
static struct kdpu_err err;

static int setup(void **state)
{
	(void)state;
	strcpy(dir, access("/dev/shm", W_OK) ? "/tmp/kdp-profile-XXXXXX" :
	       "/dev/shm/kdp-profile-XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(folder, sizeof(folder), "%s/etc/profiles.d", dir);
	snprintf(file, sizeof(file), "%s/mine.conf", dir);
	setenv("KDEVPOOL_PROFILES", folder, 1);
	return 0;
}

static int teardown(void **state)
{
	char command[80];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command);
}

static void write_bytes(const char *path, const char *text, size_t size)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, size, f), size);
	fclose(f);
}

static int read_text(const char *text)
{
	memset(&err, 0, sizeof(err));
	write_bytes(file, text, strlen(text));
	return kdpu_profile_read(file, &p, &err);
}

static const char good[] =
	"# a comment\n"
	"summary = for blktests\n"
	"\n"
	"[volumes]\n"
	"test = 10G\n"
	"  scratch=1536M:thin   # another\n"
	"odd = 24s\n";

static void good_files_are_read(void **state)
{
	(void)state;
	assert_int_equal(read_text(good), 0);
	assert_string_equal(p.name, "mine");
	assert_string_equal(p.summary, "for blktests");
	assert_false(p.builtin);
	assert_int_equal(p.volumes.nr, 3);
	assert_string_equal(p.volumes.v[1].name, "scratch");
	assert_int_equal(p.volumes.v[1].bytes, 1536ull << 20);
	assert_true(p.volumes.v[1].thin);
	assert_int_equal(p.volumes.v[2].bytes, 24 * 512);
	kdpu_profile_free(&p);
	assert_int_equal(read_text("[volumes]\n"), 0);
	assert_int_equal(p.volumes.nr, 0);
	kdpu_profile_free(&p);
}

/* What is wrong is told with the line. */
static void errors_name_file_and_line(void **state)
{
	static const struct {
		const char *text, *line, *what;
	} cases[] = {
		{ "", "1", "no section" },
		{ "summary = x\n", "2", "no section" },
		{ "[volumes\na = 1G\n", "1", "" },
		{ "[volumes]\na = 1G\na/b = 1G\n", "3", "no name" },
		{ "[volumes]\na = 1G\n\nb = 1X\n", "4", "no size" },
		{ "[volumes]\na = 1G\nb = 1G:thick\n", "3", "kind" },
		{ "[volumes]\na = 1G\nb = 2G\na = 3G\n", "4", "twice" },
		{ "[volumes]\na = 99999999999G\n", "2", "too large" },
		{ "[volumes]\na = 0\n", "2", "no size" },
		{ "[volumes]\na = 4097\n", "2", "no size" },
		{ "[volumes]\na =\n", "2", "no size" },
		{ "[volumes]\na\n", "2", "no size" },
		{ "sumary = x\n[volumes]\n", "1", "unknown" },
		{ "[volumes]\na = 1G\n[other]\nb = 1G\n", "", "unknown" },
		{ "[volumes]\na = 1G\nb\033 = 1G\n", "3", "control" },
	};
	char where[80];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (read_text(cases[i].text) != -EINVAL)
			fail_msg("case %zu is accepted", i);
		snprintf(where, sizeof(where), "%s:%s", file, cases[i].line);
		if (!strstr(err.what, where) ||
		    !strstr(err.what, cases[i].what))
			fail_msg("case %zu: %s", i, err.what);
		assert_true(err.expected[0]);
	}
}

static void strange_files_are_refused(void **state)
{
	char *big = malloc(100000);

	(void)state;
	memset(big, '#', 100000);
	write_bytes(file, big, 100000);
	assert_int_equal(kdpu_profile_read(file, &p, &err), -EINVAL);
	write_bytes(file, big, 600);
	assert_int_equal(kdpu_profile_read(file, &p, &err), -EINVAL);
	assert_non_null(strstr(err.what, "too long"));
	write_bytes(file, "[volumes]\n\0a = 1G", 17);
	assert_int_equal(kdpu_profile_read(file, &p, &err), -EINVAL);
	assert_non_null(strstr(err.what, ":2: there is a zero byte"));
	assert_int_equal(kdpu_profile_read("/dev/zero", &p, &err), -EINVAL);
	assert_int_equal(kdpu_profile_read(dir, &p, &err), -EINVAL);
	assert_int_equal(kdpu_profile_read("/nowhere", &p, &err), -ENOENT);
	free(big);
}

static void saved_and_found_again(void **state)
{
	struct kdpu_volspecs l = { };
	struct kdpu_profiles all;
	struct kdpu_profile q;

	(void)state;
	assert_int_equal(kdpu_profile_load("mine", &q, &err), -ENOENT);
	assert_int_equal(read_text(good), 0);
	assert_int_equal(kdpu_profile_save(&p, false, &err), 0);
	assert_int_equal(kdpu_profile_save(&p, false, &err), -EEXIST);
	assert_int_equal(kdpu_profile_save(&p, true, &err), 0);
	assert_int_equal(kdpu_profile_load("mine", &q, &err), 0);
	assert_int_equal(q.volumes.nr, 3);
	assert_memory_equal(q.volumes.v, p.volumes.v,
			    3 * sizeof(*q.volumes.v));
	assert_string_equal(q.summary, p.summary);
	kdpu_profile_free(&q);
	strcpy(p.name, "fstests_small");
	assert_int_equal(kdpu_profile_save(&p, true, &err), -EPERM);
	strcpy(p.name, "../x");
	assert_int_equal(kdpu_profile_save(&p, true, &err), -EINVAL);
	kdpu_profile_free(&p);
	assert_int_equal(kdpu_profile_expand("mine", &l, &err), 0);
	assert_int_equal(l.nr, 3);
	/* twice the same names */
	assert_int_equal(kdpu_profile_expand_file(file, &l, &err), -EEXIST);
	kdpu_volspecs_free(&l);
	assert_int_equal(kdpu_profiles_read(&all, &err), 0);
	assert_int_equal(all.nr, 5);
	assert_string_equal(all.p[4].name, "mine");
	assert_string_equal(all.p[4].fault, "");
	kdpu_profiles_free(&all);
}

static void a_bad_file_hides_no_other(void **state)
{
	struct kdpu_profiles all;
	char path[90];

	(void)state;
	assert_int_equal(read_text(good), 0);
	assert_int_equal(kdpu_profile_save(&p, false, &err), 0);
	kdpu_profile_free(&p);
	snprintf(path, sizeof(path), "%s/bad.conf", folder);
	write_bytes(path, "[volumes]\na = x\n", 16);
	snprintf(path, sizeof(path), "%s/empty.conf", folder);
	write_bytes(path, "[volumes]\n", 10);
	snprintf(path, sizeof(path), "%s/no-profile", folder);
	write_bytes(path, "x", 1);
	assert_int_equal(kdpu_profiles_read(&all, &err), 0);
	assert_int_equal(all.nr, 7);
	assert_string_equal(all.p[4].name, "bad");
	assert_non_null(strstr(all.p[4].fault, "bad.conf:2: \"x\" is no size"));
	assert_non_null(strstr(all.p[5].fault, "built in"));
	assert_string_equal(all.p[6].name, "mine");
	kdpu_profiles_free(&all);
}

static void sizes_are_written_as_they_are_read(void **state)
{
	static const uint64_t sizes[] = {
		0, 1, 1023, 1024, 4096, 4097, 10ull << 30, 1536 << 20,
		(1ull << 50) + (1ull << 40), 1ull << 60, 12288,
	};
	char text[KDPU_SIZE_TEXT];
	uint64_t back;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		assert_int_equal(kdpu_parse_size(kdpu_size_exact(sizes[i],
								 text),
						 &back, &err), 0);
		assert_int_equal(back, sizes[i]);
	}
	assert_string_equal(kdpu_size_exact(10ull << 30, text), "10G");
	assert_string_equal(kdpu_size_exact(1536 << 20, text), "1536M");
}

static uint32_t rng = 1;

static uint32_t luck(uint32_t n)
{
	rng = rng * 1664525 + 1013904223;
	return (rng >> 8) % n;
}

/* Whatever is done to a file: read or refused, and no byte out of bounds. */
static void mutilated_files(void **state)
{
	static const char bits[] = "[]=#:\n\r\t \"'\\%sGvolumes0x.\001\200";
	unsigned int round, i, taken = 0;
	char text[400];
	size_t n, at;

	(void)state;
	for (round = 0; round < 3000; round++) {
		n = sizeof(good) - 1;
		memcpy(text, good, n);
		for (i = luck(6); i; i--) {
			at = luck(n);
			switch (luck(4)) {
			case 0:
				text[at] = bits[luck(sizeof(bits) - 1)];
				break;
			case 1:
				n = at + 1;
				break;
			case 2:
				if (n + 40 > sizeof(text))
					break;
				memmove(text + at + 30, text + at, n - at);
				n += 30;
				break;
			case 3:
				text[at] = luck(256);
				break;
			}
		}
		write_bytes(file, text, n);
		memset(&err, 0, sizeof(err));
		if (!kdpu_profile_read(file, &p, &err)) {
			taken++;
			kdpu_profile_free(&p);
		} else if (!err.what[0]) {
			fail_msg("round %u: no reason", round);
		}
	}
	assert_in_range(taken, 100, 2900);
}

int main(void)
{
#define T(x) cmocka_unit_test_setup_teardown(x, setup, teardown)
	static const struct CMUnitTest tests[] = {
		T(good_files_are_read),
		T(errors_name_file_and_line),
		T(strange_files_are_refused),
		T(saved_and_found_again),
		T(a_bad_file_hides_no_other),
		T(sizes_are_written_as_they_are_read),
		T(mutilated_files),
	};

	kdpu_engine_quiet();
	return cmocka_run_group_tests_name("admin-profile", tests, NULL, NULL);
}
