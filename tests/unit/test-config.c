// SPDX-License-Identifier: GPL-2.0-only
/* kdevpool.conf, the kernel's command line, serial numbers, times. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cmocka.h>

#include "fakehost.h"
#include "lib/auto.h"
#include "lib/declog.h"
#include "lib/fingerprint.h"
#include "lib/ident.h"

#define ETC	"/etc/kdevpool/kdevpool.conf"
#define ETC_D	"/etc/kdevpool/kdevpool.conf.d/"
#define USR	"/usr/lib/kdevpool/kdevpool.conf"
#define USR_D	"/usr/lib/kdevpool/kdevpool.conf.d/"

static const struct kdpu_host *h;
static struct kdpu_config c;

static int setup(void **state)
{
	(void)state;
	h = fake_host_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fake_host_free();
	return 0;
}

static void is_from(enum kdpu_key key, const char *value, const char *file,
		    unsigned int line)
{
	const struct kdpu_setting *s = &c.setting[key];

	assert_string_equal(s->value, value);
	assert_string_equal(s->file, file[0] ? fake_path(file) : "");
	assert_int_equal(s->line, line);
}

static void without_files(void **state)
{
	(void)state;
	kdpu_config_read(h, &c);
	assert_false(c.broken);
	assert_true(c.auto_activate);
	assert_int_equal(c.threshold, 90);
	assert_int_equal(c.mode, 0660);
	assert_string_equal(c.group, "kdevpool");
	is_from(KDPU_KEY_THRESHOLD, "90", "", 0);
}

static void later_files_win(void **state)
{
	(void)state;
	fake_file(USR, "threshold = 10\n");
	fake_file(ETC, "# mine\nthreshold = 20\ngroup=lab\n\nmode = 600\n");
	fake_file(USR_D "50-a.conf", "threshold = 30\nretries = 7\n");
	fake_file(ETC_D "10-b.conf", "\n\nthreshold=40   # now\n");
	fake_file(ETC_D "ignored.txt", "nonsense\n");
	kdpu_config_read(h, &c);
	assert_false(c.broken);
	assert_int_equal(c.threshold, 40);
	is_from(KDPU_KEY_THRESHOLD, "40", ETC_D "10-b.conf", 3);
	is_from(KDPU_KEY_RETRIES, "7", USR_D "50-a.conf", 2);
	is_from(KDPU_KEY_GROUP, "lab", ETC, 3);
	assert_int_equal(c.mode, 0600);
	fake_remove(ETC);
	fake_remove(ETC_D "10-b.conf");
	fake_remove(USR_D "50-a.conf");
	kdpu_config_read(h, &c);
	assert_int_equal(c.threshold, 10);
	is_from(KDPU_KEY_THRESHOLD, "10", USR, 1);
}

static void mistakes_are_found(void **state)
{
	static const struct {
		const char *text;
		unsigned int line;
		const char *what, *expected;
	} cases[] = {
		{ "threshold = 101\n", 1, "threshold = 101", "1 to 100" },
		{ "\nthreshold = 0\n", 2, "threshold = 0", "1 to 100" },
		{ "threshold = ninety\n", 1, "ninety", "1 to 100" },
		{ "threshold = 9 0\n", 1, "9 0", "1 to 100" },
		{ "threshold = -1\n", 1, "-1", "1 to 100" },
		{ "threshold =\n", 1, "threshold", "1 to 100" },
		{ "threshold = 4294967386\n", 1, "4294967386", "1 to 100" },
		{ "auto_activate = maybe\n", 1, "maybe", "yes or no" },
		{ "auto_activate = Yes\n", 1, "Yes", "yes or no" },
		{ "# x\n\nauto_activat = no\n", 3, "\"auto_activat\" is unknown",
		  "auto_activate" },
		{ "mode = 0999\n", 1, "0999", "octal" },
		{ "mode = 4755\n", 1, "4755", "octal" },
		{ "group = -x\n", 1, "-x", "group" },
		{ "group = a b\n", 1, "a b", "group" },
		{ "activation_delay = 601\n", 1, "601", "0 to 600" },
		{ "retry_delay = 0\n", 1, "retry_delay = 0", "1 to 60" },
		{ "threshold = 90\nmode = 0660\nthreshold = 80\n", 3,
		  "set twice", "one line" },
		{ "threshold = 90\nnonsense\n", 2, "", "KEY = VALUE" },
		{ "threshold = 90\n[pools]\nthreshold = 80\n", 2, "[pools]",
		  "without sections" },
		{ "threshold = 90\n\x01\n", 2, "control character", "text" },
	};
	char where[128];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fake_file(ETC, "%s", cases[i].text);
		kdpu_config_read(h, &c);
		snprintf(where, sizeof(where), "%s:%u: ", fake_path(ETC),
			 cases[i].line);
		if (!c.broken || strncmp(c.mistake.what, where, strlen(where)) ||
		    !strstr(c.mistake.what, cases[i].what) ||
		    !strstr(c.mistake.expected, cases[i].expected))
			fail_msg("%s: %d %s; %s", cases[i].text, c.broken,
				 c.mistake.what, c.mistake.expected);
		/* the safe side */
		assert_false(c.auto_activate);
		assert_string_equal(c.group, "root");
		assert_int_equal(c.mode, 0600);
	}
}

static void what_cannot_be_read_is_a_mistake(void **state)
{
	(void)state;
	fake_file(ETC_D "sub.conf/x", "x");
	kdpu_config_read(h, &c);
	assert_true(c.broken);
	assert_non_null(strstr(c.mistake.what, "sub.conf"));
	fake_remove(ETC_D "sub.conf/x");
	fake_remove(ETC_D "sub.conf");
	fake_link("/nowhere/at/all", ETC_D "gone.conf");
	kdpu_config_read(h, &c);
	assert_true(c.broken);
}

static void the_command_line_switches_off(void **state)
{
	static const struct {
		const char *line;
		bool off;
	} cases[] = {
		{ "quiet root=/dev/sda1", false },
		{ "quiet kdevpool.auto=0", true },
		{ "kdevpool.auto=0 quiet", true },
		{ "kdevpool.auto=no", true },
		{ "kdevpool.auto=off", true },
		{ "kdevpool.auto=nonsense", true },
		{ "kdevpool.auto=1", false },
		{ "kdevpool.auto=yes", false },
		{ "kdevpool.auto=0 kdevpool.auto=1", false },
		{ "kdevpool.auto=1 kdevpool.auto=0", true },
		{ "kdevpool.automatic=0", false },
		{ "xkdevpool.auto=0", false },
		{ "kdevpool.auto", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fake_file("/proc/cmdline", "%s\n", cases[i].line);
		kdpu_config_read(h, &c);
		if (c.cmdline_off != cases[i].off || c.broken)
			fail_msg("%s: %d", cases[i].line, c.cmdline_off);
	}
}

static void the_machine_has_an_id(void **state)
{
	uint8_t id[16], none[16] = { };

	(void)state;
	kdpu_host_machine_id(h, id);
	assert_memory_equal(id, none, 16);
	fake_file("/proc/cmdline", "a systemd.machine_id=%032x b\n", 0x17);
	kdpu_host_machine_id(h, id);
	assert_int_equal(id[15], 0x17);
	fake_file("/etc/machine-id", "%s", "uninitialized\n");
	kdpu_host_machine_id(h, id);
	assert_int_equal(id[15], 0x17);
	fake_file("/etc/machine-id", "%032x\n", 0x42);
	kdpu_host_machine_id(h, id);
	assert_int_equal(id[15], 0x42);
}

static void serial_numbers_are_compared(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} cases[] = {
		{ "S3Z8NB0K", "S3Z8NB0K", true },
		{ "S3Z8NB0K", "s3z8nb0k ", true },
		{ "naa.5000C500A1B2C3D4", "0x5000c500a1b2c3d4", true },
		{ "t10.ATA     QEMU HARDDISK      QM00001", "QM00001", true },
		{ "QM00001", "t10.ATA_____QEMU_HARDDISK______QM00001", true },
		{ "t10.ATA     QEMU HARDDISK      QM00001", "QM00002", false },
		{ "t10.ATA     QEMU HARDDISK      QM00001", "001", false },
		{ "S3Z8NB0K", "S3Z8NB0", false },
		{ "", "", false },
		{ "--", "..", false },
		{ "A B", "A_B", true },
		{ "t10.ATA_A_MODEL_OF_FORTY_CHARACTERS_IN_ALL_AND_A_LONG_SERIAL_NR",
		  "t10.ATA  A MODEL OF FORTY CHARACTERS IN ALL   AND A LONG SERIAL NR 1234", true },
		{ "t10.ATA_A_MODEL_OF_FORTY_CHARACTERS_IN_ALL_AND_A_LONG_SERIAL_N",
		  "t10.ATA  A MODEL OF FORTY CHARACTERS IN ALL   AND A LONG SERIAL NR 1234", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (kdpu_serial_match(cases[i].a, cases[i].b) != cases[i].same)
			fail_msg("%s and %s", cases[i].a, cases[i].b);
}

#define SDB	makedev(8, 16)

static void disks_are_known_again(void **state)
{
	(void)state;
	assert_int_equal(kdpu_fingerprint(h, SDB, ""), KDPU_SERIAL_NONE);
	assert_int_equal(kdpu_fingerprint(h, SDB, "-"), KDPU_SERIAL_NONE);
	assert_int_equal(kdpu_fingerprint(h, SDB, "S1"), KDPU_SERIAL_LOST);
	fake_file("/run/udev/data/b8:16", "I:1\nE:ID_SERIAL_SHORT=S1\nE:ID_WWN=0x5000aa\n");
	assert_int_equal(kdpu_fingerprint(h, SDB, "S1"), KDPU_SERIAL_SAME);
	assert_int_equal(kdpu_fingerprint(h, SDB, "naa.5000aa"),
			 KDPU_SERIAL_SAME);
	assert_int_equal(kdpu_fingerprint(h, SDB, "S2"), KDPU_SERIAL_OTHER);
	fake_file("/sys/devices/sdb/device/serial", "  S2 \n");
	assert_int_equal(kdpu_fingerprint(h, SDB, "S2"), KDPU_SERIAL_SAME);
	/* a partition is on its disk */
	fake_block("sdb/sdb1", 8, 17, 1 << 20, 0);
	assert_int_equal(kdpu_fingerprint(h, makedev(8, 17), "S2"),
			 KDPU_SERIAL_SAME);
}

static void times_are_understood(void **state)
{
	static const struct {
		const char *text;
		uint64_t seconds;
	} good[] = {
		{ "30m", 1000000 - 1800 }, { "2h", 1000000 - 7200 },
		{ "3d", 1000000 - 259200 }, { "9999d", 0 },
		{ "1970-01-02", 86400 }, { "1970-01-02 01:00", 90000 },
		{ "1970-01-02 00:00:01", 86401 },
		{ "1970-01-02 00:00:01 UTC", 86401 },
	};
	static const char *const bad[] = {
		"", "2", "2x", "h", "yesterday", "1970-13-01", "2h30m", "-2h",
	};
	struct kdpu_err err;
	uint64_t usec;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(kdpu_log_time(good[i].text, 1000000, &usec,
					       &err), 0);
		assert_int_equal(usec, good[i].seconds * 1000000);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(kdpu_log_time(bad[i], 1000000, &usec, &err),
				 -EINVAL);
}

static void lines_of_the_kernel_are_understood(void **state)
{
	struct kdpu_logged e = { .score = -1, .threshold = -1 };

	(void)state;
	assert_true(kdpu_log_parse("pool ci on /dev/sdb: activated: so (100 points, 90 needed) {POOL=ci UUID=u-1 DEVICE=/dev/sdb DECISION=activated RULE=score BY=auto SCORE=100 THRESHOLD=90}", &e));
	assert_string_equal(e.pool, "ci");
	assert_string_equal(e.uuid, "u-1");
	assert_string_equal(e.device, "/dev/sdb");
	assert_string_equal(e.decision, "activated");
	assert_string_equal(e.rule, "score");
	assert_string_equal(e.by, "auto");
	assert_int_equal(e.score, 100);
	assert_int_equal(e.threshold, 90);
	assert_string_equal(e.message, "pool ci on /dev/sdb: activated: so (100 points, 90 needed)");
	memset(&e, 0, sizeof(e));
	assert_false(kdpu_log_parse("something else", &e));
	assert_false(kdpu_log_parse("cut off {POOL=ci DECISION=activ", &e));
	assert_false(kdpu_log_parse(" {POOL=ci}", &e));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(without_files),
		CASE(later_files_win),
		CASE(mistakes_are_found),
		CASE(what_cannot_be_read_is_a_mistake),
		CASE(the_command_line_switches_off),
		CASE(the_machine_has_an_id),
		CASE(serial_numbers_are_compared),
		CASE(disks_are_known_again),
		CASE(times_are_understood),
		CASE(lines_of_the_kernel_are_understood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
