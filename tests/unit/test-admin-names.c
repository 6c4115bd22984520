// SPDX-License-Identifier: GPL-2.0-only
/* Names, sizes, profiles and the kernel's lines, as the tool sees them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/active.h"
#include "lib/dmname.h"
#include "lib/engine/text.h"
#include "lib/err.h"
#include "lib/profile.h"
#include "lib/size.h"

static struct kdpu_err err;

static void names_are_escaped(void **state)
{
	static const struct {
		const char *pool, *volume, *dm;
	} cases[] = {
		{ "pool", NULL, "kdp-pool" },
		{ "pool", "test", "kdp-pool-test" },
		{ "my-pool", NULL, "kdp-my--pool" },
		{ "a-b", "c-d", "kdp-a--b-c--d" },
		{ "a-", "b", "kdp-a---b" },
		{ "a", "b-", "kdp-a-b--" },
		{ "a--b", "c", "kdp-a----b-c" },
		{ "x.y_z+1", "v.1", "kdp-x.y_z+1-v.1" },
	};
	char name[KDPU_DM_NAME_SIZE], pool[KDPU_POOL_NAME];
	char volume[KDPU_VOLUME_NAME];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(kdpu_dm_name(name, cases[i].pool,
					      cases[i].volume), 0);
		assert_string_equal(name, cases[i].dm);
		assert_int_equal(kdpu_dm_name_split(name, pool, volume), 0);
		assert_string_equal(pool, cases[i].pool);
		assert_string_equal(volume, cases[i].volume ?
				    cases[i].volume : "");
	}
}

static void foreign_names_are_refused(void **state)
{
	static const char *const bad[] = {
		"", "kdp", "kdp-", "vg-lv", "kdp--", "kdp-a-", "kdp-a-b-c",
		"kdp-abcdefghijklmnopqrstuvwxyz0123456789",
	};
	char pool[KDPU_POOL_NAME], volume[KDPU_VOLUME_NAME];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(kdpu_dm_name_split(bad[i], pool, volume),
				 -EINVAL);
}

static void long_names_are_refused(void **state)
{
	char name[KDPU_DM_NAME_SIZE];
	char pool[KDPU_POOL_NAME], volume[KDPU_VOLUME_NAME];

	(void)state;
	memset(pool, 'p', sizeof(pool));
	memset(volume, 'v', sizeof(volume));
	pool[sizeof(pool) - 1] = 0;
	volume[sizeof(volume) - 1] = 0;
	assert_int_equal(kdpu_dm_name(name, pool, volume), 0);
	assert_int_equal(strlen(name), 4 + 31 + 1 + 55);
	/* 44 characters, 40 of which are hyphens: 4 + 31 + 1 + 84 */
	memset(volume + 1, '-', 40);
	volume[44] = 0;
	assert_int_equal(kdpu_dm_name(name, pool, volume), 0);
	memset(volume + 1, '-', 50);
	assert_int_equal(kdpu_dm_name(name, pool, volume), -ENAMETOOLONG);
}

static void uuids_round_trip(void **state)
{
	const uint8_t uuid[KDPU_UUID_SIZE] = {
		0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef,
		0x10, 0x32, 0x54, 0x76, 0x98, 0xba, 0xdc, 0xfe,
	};
	uint8_t back[KDPU_UUID_SIZE];
	char text[KDPU_DM_UUID_SIZE];
	uint64_t id = 99;

	(void)state;
	kdpu_dm_uuid(text, uuid, 0);
	assert_string_equal(text, "KDEVPOOL-0123456789abcdef1032547698badcfe-pool");
	assert_true(kdpu_dm_uuid_split(text, back, &id));
	assert_int_equal(id, 0);
	assert_memory_equal(back, uuid, sizeof(uuid));
	kdpu_dm_uuid(text, uuid, 42);
	assert_string_equal(text, "KDEVPOOL-0123456789abcdef1032547698badcfe-42");
	assert_true(kdpu_dm_uuid_split(text, back, &id));
	assert_int_equal(id, 42);
	assert_false(kdpu_dm_uuid_split("LVM-0123456789abcdef", back, &id));
	assert_false(kdpu_dm_uuid_split("KDEVPOOL-0123-pool", back, &id));
	assert_false(kdpu_dm_uuid_split("KDEVPOOL-0123456789abcdef1032547698badcfe-x", back, &id));
	assert_false(kdpu_dm_uuid_split("KDEVPOOL-0123456789abcdef1032547698badcfe-0", back, &id));
	assert_string_equal(kdpu_uuid_text(uuid, text),
			    "01234567-89ab-cdef-1032-547698badcfe");
	assert_true(kdpu_uuid_parse(text, back, NULL));
	assert_memory_equal(back, uuid, sizeof(uuid));
	assert_false(kdpu_uuid_parse("0123", back, NULL));
}

static void sizes_are_shown(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} cases[] = {
		{ 0, "0 B" },
		{ 1023, "1023 B" },
		{ 1024, "1 KiB" },
		{ 1536, "1.5 KiB" },
		{ 65536, "64 KiB" },
		{ (1ull << 30) - 1, "1023.9 MiB" },
		{ 10ull << 30, "10 GiB" },
		{ 3ull << 39, "1.5 TiB" },
		{ UINT64_MAX, "15.9 EiB" },
	};
	char text[KDPU_SIZE_TEXT];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(kdpu_size_text(cases[i].bytes, text),
				    cases[i].text);
}

static void sizes_are_parsed(void **state)
{
	uint64_t n = 7;

	(void)state;
	assert_int_equal(kdpu_parse_size("10G", &n, &err), 0);
	assert_int_equal(n, 10ull << 30);
	assert_int_equal(kdpu_parse_size("8s", &n, &err), 0);
	assert_int_equal(n, 4096);
	assert_int_equal(kdpu_parse_size("10Q", &n, &err), -EINVAL);
	assert_int_equal(n, 4096);
	assert_non_null(strstr(err.what, "10Q"));
	assert_true(err.expected[0] != 0);
	assert_int_equal(kdpu_parse_size("99999999999P", &n, &err), -ERANGE);
}

static void volumes_are_parsed(void **state)
{
	static const struct {
		const char *text;
		int error;
	} bad[] = {
		{ "novalue", -EINVAL }, { "a:", -EINVAL }, { ":10G", -EINVAL },
		{ "-a:1G", -EINVAL }, { "a/b:1G", -EINVAL }, { "a:1X", -EINVAL },
		{ "one:5G", -EEXIST },
		{ "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn:1G", -EINVAL },
	};
	struct kdpu_volspecs l = { };
	size_t i;

	(void)state;
	assert_int_equal(kdpu_volspecs_parse(&l, "one:10G", &err), 0);
	assert_int_equal(kdpu_volspecs_parse(&l, "two-2:512M", &err), 0);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(kdpu_volspecs_parse(&l, bad[i].text, &err),
				 bad[i].error);
	assert_int_equal(l.nr, 2);
	assert_string_equal(l.v[1].name, "two-2");
	assert_int_equal(kdpu_volspecs_bytes(&l), (10ull << 30) + (512u << 20));
	kdpu_volspecs_free(&l);
}

static void profiles_are_as_promised(void **state)
{
	static const char *const names[] = {
		"test", "pool1", "pool2", "pool3", "pool4", "pool5", "logwrites",
	};
	static const struct {
		const char *profile;
		uint64_t each;
	} cases[] = {
		{ "fstests_default", 10ull << 30 },
		{ "fstests_small", 5ull << 30 },
		{ "fstests_large", 50ull << 30 },
	};
	struct kdpu_volspecs l = { };
	size_t i, j;

	(void)state;
	for (i = 0; i < 3; i++) {
		assert_int_equal(kdpu_profile_expand(cases[i].profile, &l,
						     &err), 0);
		assert_int_equal(l.nr, 7);
		for (j = 0; j < 7; j++) {
			assert_string_equal(l.v[j].name, names[j]);
			assert_int_equal(l.v[j].bytes, cases[i].each);
		}
		kdpu_volspecs_free(&l);
	}
	assert_int_equal(kdpu_profile_expand("empty", &l, &err), 0);
	assert_int_equal(l.nr, 0);
	assert_int_equal(kdpu_profile_expand("nonsense", &l, &err), -ENOENT);
	assert_non_null(strstr(err.expected, "fstests_small"));
}

static void status_is_understood(void **state)
{
	static const char line[] =
		"read-only my-pool 0123456789abcdef1032547698badcfe 3 77 76 128 900/32768 7 4/5 12/512 one copy is bad";
	struct kdpu_pool p = { };

	(void)state;
	assert_int_equal(kdpu_status_parse(line, &p), 0);
	assert_string_equal(p.mode, "read-only");
	assert_string_equal(p.name, "my-pool");
	assert_int_equal(p.epoch, 3);
	assert_int_equal(p.sequence, 77);
	assert_int_equal(p.durable, 76);
	assert_int_equal(p.chunk_bytes, 65536);
	assert_int_equal(p.chunks_used, 900);
	assert_int_equal(p.chunks, 32768);
	assert_int_equal(p.nr_volumes, 7);
	assert_int_equal(p.replicas, 4);
	assert_int_equal(p.journal_used, 12);
	assert_int_equal(p.journal_blocks, 512);
	assert_string_equal(p.reason, "one copy is bad");
	assert_int_equal(kdpu_status_parse("closed - - 0 0 0 0 0/0 0 0/5 0/0 no superblock", &p), 0);
	assert_string_equal(p.mode, "closed");
	assert_int_equal(kdpu_status_parse("active pool nonsense 3", &p),
			 -EINVAL);
	assert_int_equal(kdpu_status_parse("", &p), -EINVAL);
}

static void lists_are_understood(void **state)
{
	struct kdpu_pool p = { };

	(void)state;
	assert_int_equal(kdpu_list_parse(
		"1 test 2048 16 3 1 - 1000 0 0 1700000000 - - 16 -\n"
		"9 a-b 4096 32 2 0 thin 0 77 555 1700000001 sess x,y 9 00112233445566778899aabbccddeeff\n"
		"10 old 8 1 0 0 - 0 5 6 7 - - 1\n", &p), 0);
	assert_int_equal(p.nr, 3);
	assert_int_equal(p.volumes[0].boot_id[15], 0);
	assert_int_equal(p.volumes[1].boot_id[15], 0xff);
	assert_int_equal(p.volumes[2].boot_id[15], 0);
	assert_int_equal(p.volumes[0].id, 1);
	assert_int_equal(p.volumes[0].bytes, 1 << 20);
	assert_int_equal(p.volumes[0].chunks, 16);
	assert_int_equal(p.volumes[0].unwritten, 3);
	assert_int_equal(p.volumes[0].mapped, 16);
	assert_int_equal(p.volumes[1].mapped, 9);
	assert_int_equal(p.volumes[0].uid, 1000);
	assert_string_equal(p.volumes[1].name, "a-b");
	assert_string_equal(p.volumes[1].flags, "thin");
	assert_int_equal(p.volumes[1].pid, 77);
	assert_int_equal(p.volumes[1].pid_start, 555);
	assert_string_equal(p.volumes[1].session, "sess");
	assert_string_equal(p.volumes[1].tags, "x,y");
	assert_int_equal(kdpu_list_parse("", &p), 0);
	assert_int_equal(p.nr, 3);
	assert_int_equal(kdpu_list_parse("nonsense\n", &p), -EINVAL);
	assert_int_equal(kdpu_list_parse("1 t 8 1 0 0 - 0 5 6 7 - - 1 nonsense\n",
					 &p), -EINVAL);
	kdpu_pool_free(&p);
}

static void errors_keep_their_parts(void **state)
{
	struct kdpu_err e;

	(void)state;
	assert_int_equal(kdpu_fail(&e, -EBUSY, "%s is busy", "x"), -EBUSY);
	assert_int_equal(kdpu_expected(&e, "idle"), -EBUSY);
	assert_int_equal(kdpu_todo(&e, "wait"), -EBUSY);
	assert_string_equal(e.what, "x is busy");
	assert_string_equal(e.expected, "idle");
	/* a new error may quote the old one, and forgets the rest */
	kdpu_fail(&e, -EIO, "because %s", e.what);
	assert_string_equal(e.what, "because x is busy");
	assert_string_equal(e.expected, "");
	assert_string_equal(e.todo, "");
	kdpu_fail_errno(&e, -ENOENT, "cannot open %s", "f");
	assert_string_equal(e.what, "cannot open f: No such file or directory");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_escaped),
		cmocka_unit_test(foreign_names_are_refused),
		cmocka_unit_test(long_names_are_refused),
		cmocka_unit_test(uuids_round_trip),
		cmocka_unit_test(sizes_are_shown),
		cmocka_unit_test(sizes_are_parsed),
		cmocka_unit_test(volumes_are_parsed),
		cmocka_unit_test(profiles_are_as_promised),
		cmocka_unit_test(status_is_understood),
		cmocka_unit_test(lists_are_understood),
		cmocka_unit_test(errors_keep_their_parts),
	};

	return cmocka_run_group_tests_name("admin-names", tests, NULL, NULL);
}
