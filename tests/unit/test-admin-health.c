// SPDX-License-Identifier: GPL-2.0-only
/* What the kernel says about the copies, as kernel/doc/interface.rst has it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include <cmocka.h>

#include "fakehost.h"
#include "lib/active.h"
#include "lib/health.h"

#define DIR	"/sys/dev/block/254:7/kdevpool/"

static const struct kdpu_host *host;

static int begin(void **state)
{
	(void)state;
	host = fake_host_new();
	fake_file(DIR "jobs", "now repair\nscrub asked=7 served=6 result=done ended=1700000000\nrepair asked=1 served=0 result=none ended=0\nfound places=70 R0=1 R1=2 R2=3 R3=4 R4=5\ncross done mapped_but_free=8 mapped_twice=9 leaked=10\nrewrites 11\n");
	fake_file(DIR "replicas", "R0 current damaged=0 attempts=0 mended=0 extent=1000 moved_from=0\nR1 damaged damaged=2 attempts=1 mended=3 extent=2000 moved_from=0\nR2 out-of-date damaged=0 attempts=0 mended=0 extent=3000 moved_from=77\nR3 degraded damaged=4 attempts=3 mended=9 extent=4000 moved_from=0\nR4 current damaged=0 attempts=0 mended=12 extent=5000 moved_from=0\n");
	fake_file(DIR "metadata_health", "2/5 copies valid\n");
	fake_file(DIR "metadata_repairs", "13\n");
	fake_file(DIR "last_repair_time", "1700000001\n");
	fake_file(DIR "scrub_progress", "30/70\n");
	fake_file(DIR "scrub_interval_seconds", "3600\n");
	fake_file(DIR "auto_repair_enabled", "1\n");
	return 0;
}

static int end(void **state)
{
	(void)state;
	fake_host_free();
	return 0;
}

static void all_of_it(void **state)
{
	struct kdpu_health h;
	struct kdpu_err err;

	(void)state;
	assert_int_equal(kdpu_health_read(host, makedev(254, 7), &h, &err), 0);
	assert_true(h.known);
	assert_string_equal(h.now, "repair");
	assert_int_equal(h.scrub.asked, 7);
	assert_int_equal(h.scrub.served, 6);
	assert_string_equal(h.scrub.result, "done");
	assert_int_equal(h.scrub.ended, 1700000000);
	assert_int_equal(h.repair.asked, 1);
	assert_string_equal(h.repair.result, "none");
	assert_int_equal(h.places, 70);
	assert_int_equal(h.bad[4], 5);
	assert_true(h.crossed);
	assert_int_equal(h.leaked, 10);
	assert_int_equal(h.rewrites, 11);
	assert_string_equal(h.copy[3].state, "degraded");
	assert_int_equal(h.copy[3].attempts, 3);
	assert_int_equal(h.copy[4].mended, 12);
	assert_int_equal(h.copy[4].extent, 5000);
	assert_int_equal(h.copy[2].moved_from, 77);
	assert_int_equal(h.copy[3].moved_from, 0);
	assert_int_equal(h.valid, 2);
	assert_int_equal(h.repairs, 13);
	assert_int_equal(h.last_repair, 1700000001);
	assert_int_equal(h.done, 30);
	assert_int_equal(h.all, 70);
	assert_int_equal(h.scrub_interval, 3600);
	assert_true(h.auto_repair);
	fake_file(DIR "scrub_progress", "idle\n");
	assert_int_equal(kdpu_health_read(host, makedev(254, 7), &h, &err), 0);
	assert_int_equal(h.all, 0);
}

static void what_cannot_be_understood(void **state)
{
	static const char *const files[] = {
		"jobs", "replicas", "metadata_health", "metadata_repairs",
		"last_repair_time", "scrub_progress", "scrub_interval_seconds",
		"auto_repair_enabled",
	};
	struct kdpu_health h;
	struct kdpu_err err;
	char path[128];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		begin(state);
		snprintf(path, sizeof(path), DIR "%s", files[i]);
		fake_file(path, "nonsense\n");
		assert_int_equal(kdpu_health_read(host, makedev(254, 7), &h,
						  &err), -EPROTO);
		assert_non_null(strstr(err.what, files[i]));
		assert_false(h.known);
		fake_remove(path);
		assert_int_equal(kdpu_health_read(host, makedev(254, 7), &h,
						  &err), -ENODEV);
		fake_host_free();
	}
}

static void counts_of_info(void **state)
{
	struct kdpu_pool p = { };

	(void)state;
	kdpu_info_parse("name=x\nfirst_writes=1\nparked=2\ndiscards=3\ncommits=4\ncheckpoints=5\nerrors=6\nreplicas=4\nreplica_health=ccocc\n",
			&p);
	assert_true(p.counts.known);
	assert_int_equal(p.counts.first_writes, 1);
	assert_int_equal(p.counts.errors, 6);
	assert_string_equal(p.health, "ccocc");
	memset(&p, 0, sizeof(p));
	kdpu_info_parse("mode=closed\nreason=x\n", &p);
	assert_false(p.counts.known);
	assert_string_equal(p.health, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(all_of_it, begin, end),
		cmocka_unit_test(what_cannot_be_understood),
		cmocka_unit_test(counts_of_info),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
