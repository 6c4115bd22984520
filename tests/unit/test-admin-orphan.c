// SPDX-License-Identifier: GPL-2.0-only
/* Which volumes cleanup removes, and what it takes for the owner's process. */
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
#include "lib/orphan.h"

#define BOOT		"0123456789abcdef0123456789abcdef"
#define OTHER_BOOT	"fedcba9876543210fedcba9876543210"
/* as proc(5) has it, with a name that somebody has thought about */
#define STAT	"(x) Z 1 (y) %c 1 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 %d 0 %d 9 9\n"

static struct kdpu_volume v;
static struct kdpu_orphan_facts f;

/* Alice's volume, idle; its owner, process 77, has gone. */
static int setup(void **state)
{
	(void)state;
	memset(&v, 0, sizeof(v));
	memset(&f, 0, sizeof(f));
	v.pid = 77;
	v.pid_start = 555;
	v.uid = 1000;
	v.users = 1;
	v.has_device = true;
	kdpu_uuid_parse(BOOT, v.boot_id, NULL);
	kdpu_uuid_parse(BOOT, f.boot_id, NULL);
	f.volume = &v;
	f.writable = true;
	return 0;
}

static void alive(uint64_t start)
{
	f.process = (struct kdpu_process) {
		.exists = true, .known = true, .start = start,
	};
}

static void removed(const char *why)
{
	struct kdpu_fate fate = kdpu_orphan_fate(&f);

	assert_non_null(strstr(fate.why, why));
	assert_true(fate.remove);
}

static void kept(const char *why)
{
	struct kdpu_fate fate = kdpu_orphan_fate(&f);

	assert_non_null(strstr(fate.why, why));
	assert_false(fate.remove);
}

static void dead_owners(void **state)
{
	(void)state;
	removed("gone");
	alive(555);
	f.process.ended = true;
	removed("ended");
	/* the number came again: a moment later, or before that machine's boot */
	alive(556);
	removed("another process");
	alive(5);
	removed("another process");
	/* the same number and the same start, a reboot later */
	alive(555);
	kdpu_uuid_parse(OTHER_BOOT, f.boot_id, NULL);
	removed("another boot");
}

static void live_owners(void **state)
{
	(void)state;
	alive(555);
	kept("lives");
	/* what was recorded without a start or a boot: who has the number is it */
	v.pid_start = 0;
	alive(9999);
	kept("lives");
	memset(v.boot_id, 0, sizeof(v.boot_id));
	kept("lives");
}

static void unknown_owners(void **state)
{
	(void)state;
	/* there, but hidden */
	f.process.exists = true;
	kept("lives");
	f.process.ended = true;
	kept("lives");
	/* no boot to compare: the number says nothing */
	f.process.exists = false;
	memset(f.boot_id, 0, sizeof(f.boot_id));
	kept("which boot");
	/* of neither is a boot known: the number must do */
	memset(v.boot_id, 0, sizeof(v.boot_id));
	removed("gone");
}

static void nobodys_volumes(void **state)
{
	(void)state;
	v.pid = 0;
	kept("no process");
	kdpu_uuid_parse(OTHER_BOOT, f.boot_id, NULL);
	kept("no process");
}

static void used_volumes(void **state)
{
	(void)state;
	v.device.open_count = 1;
	kept("in use");
	/* not known */
	v.device.open_count = -1;
	kept("in use");
	v.device.open_count = 0;
	/* a second device, made by dmsetup */
	v.users = 2;
	kept("in use");
	v.has_device = false;
	v.users = 1;
	kept("in use");
	v.users = 0;
	removed("gone");
	kdpu_uuid_parse(OTHER_BOOT, f.boot_id, NULL);
	v.users = 1;
	kept("in use");
}

static void whose_volumes(void **state)
{
	(void)state;
	f.caller = 1000;
	removed("gone");
	f.caller = 1001;
	kept("another user");
	v.uid = 0;
	f.caller = 1000;
	kept("another user");
	f.caller = 0;
	removed("gone");
	f.writable = false;
	kept("cannot be changed");
}

static void processes_are_understood(void **state)
{
	struct kdpu_process p = { };
	char text[256];

	(void)state;
	snprintf(text, sizeof(text), "77 " STAT, 'S', 1, 1234);
	assert_int_equal(kdpu_process_parse(text, &p), 0);
	assert_true(p.exists && p.known && !p.ended);
	assert_int_equal(p.start, 1234);
	snprintf(text, sizeof(text), "77 " STAT, 'Z', 1, 1234);
	assert_int_equal(kdpu_process_parse(text, &p), 0);
	assert_true(p.ended);
	/* the leader has ended, its threads go on */
	snprintf(text, sizeof(text), "77 " STAT, 'Z', 3, 1234);
	assert_int_equal(kdpu_process_parse(text, &p), 0);
	assert_false(p.ended);
	assert_int_equal(kdpu_process_parse("77 (x) S 1 2", &p), -EINVAL);
	assert_int_equal(kdpu_process_parse("", &p), -EINVAL);
}

/* This process exists, whatever /proc shows; a number above all does not. */
static void processes_are_looked_up(void **state)
{
	const struct kdpu_host *h = fake_host_new();
	struct kdpu_process p;

	(void)state;
	kdpu_process_read(h, getpid(), &p);
	assert_true(p.exists && !p.known);
	kdpu_process_read(h, 4194304, &p);
	assert_false(p.exists);
	/* the negative of a process group, if it were passed on */
	kdpu_process_read(h, -(uint32_t)getpid(), &p);
	assert_true(p.exists && !p.known);
	fake_file("/proc/4194304/stat", "4194304 " STAT, 'S', 1, 42);
	kdpu_process_read(h, 4194304, &p);
	assert_true(p.exists && p.known);
	assert_int_equal(p.start, 42);
	fake_host_free();
}

static void containers_are_told(void **state)
{
	const struct kdpu_host *h = fake_host_new();
	struct kdpu_err err;

	(void)state;
	/* a kernel without namespaces */
	assert_int_equal(kdpu_processes_visible(h, &err), 0);
	fake_link("pid:[4026531836]", "/proc/self/ns/pid");
	fake_link("time:[4026531834]", "/proc/self/ns/time");
	assert_int_equal(kdpu_processes_visible(h, &err), 0);
	fake_remove("/proc/self/ns/time");
	fake_link("time:[4026532000]", "/proc/self/ns/time");
	assert_int_equal(kdpu_processes_visible(h, &err), -EPERM);
	fake_remove("/proc/self/ns/time");
	fake_remove("/proc/self/ns/pid");
	fake_link("pid:[4026532000]", "/proc/self/ns/pid");
	assert_int_equal(kdpu_processes_visible(h, &err), -EPERM);
	assert_non_null(strstr(err.what, "container"));
	fake_host_free();
}

static void owners_are_found(void **state)
{
	static const char *const wrong[] = {
		"", "0", "-1", "12x", "4194305", "99999999999999999999",
	};
	const struct kdpu_host *h = fake_host_new();
	struct kdpu_owner o = { };
	struct kdpu_err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(kdpu_owner_find(h, wrong[i], &o, &err),
				 -EINVAL);
	assert_int_equal(kdpu_owner_find(h, "4194304", &o, &err), -ESRCH);
	fake_file("/proc/4194304/stat", "4194304 " STAT, 'Z', 1, 42);
	assert_int_equal(kdpu_owner_find(h, "4194304", &o, &err), -ESRCH);
	fake_file("/proc/4194304/stat", "4194304 " STAT, 'R', 1, 42);
	fake_file("/proc/sys/kernel/random/boot_id",
		  "01234567-89ab-cdef-0123-456789abcdef\n");
	assert_int_equal(kdpu_owner_find(h, "4194304", &o, &err), 0);
	assert_int_equal(o.pid, 4194304);
	assert_int_equal(o.pid_start, 42);
	assert_memory_equal(o.boot_id, v.boot_id, sizeof(o.boot_id));
	fake_host_free();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(dead_owners, setup),
		cmocka_unit_test_setup(live_owners, setup),
		cmocka_unit_test_setup(unknown_owners, setup),
		cmocka_unit_test_setup(nobodys_volumes, setup),
		cmocka_unit_test_setup(used_volumes, setup),
		cmocka_unit_test_setup(whose_volumes, setup),
		cmocka_unit_test(processes_are_understood),
		cmocka_unit_test(processes_are_looked_up),
		cmocka_unit_test(containers_are_told),
		cmocka_unit_test_setup(owners_are_found, setup),
	};

	return cmocka_run_group_tests_name("admin-orphan", tests, NULL, NULL);
}
