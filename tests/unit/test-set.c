// SPDX-License-Identifier: GPL-2.0-only
/* What is known of a volume changes: names and owners. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "pool.h"

static const char *const volumes[] = {
	"create alpha 64K uid=1 tag=old", "create beta 64K", NULL
};

static struct memdisk *disk;
static struct kdp_store *store;

static void restart(void)
{
	int err;

	kdp_store_free(store);
	memdisk_power_cycle(disk);
	store = pool_start(disk, &err);
	assert_non_null(store);
}

static int setup(void **state)
{
	int err;

	(void)state;
	disk = memdisk_new(POOL_BLOCKS, 1);
	assert_int_equal(pool_format(disk, 0, volumes), 0);
	store = pool_start(disk, &err);
	assert_non_null(store);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	kdp_store_free(store);
	memdisk_free(disk);
	return 0;
}

static const struct kdp_volume_info *info(const char *name)
{
	struct kdp_volume *v;

	if (kdp_store_volume_get(store, name, &v))
		return NULL;
	kdp_store_volume_put(store, v);
	return &v->info;
}

/* Operations separated by commas, as in a message. */
static int execute(const char *text)
{
	char copy[300], *rest = copy;
	struct kdp_op ops[4];
	u32 n = 0;

	strcpy(copy, text);
	while (rest)
		ops[n++] = pool_op(strsep(&rest, ","));
	return kdp_store_execute(store, ops, n, pool_why);
}

static void check_changed(void)
{
	const struct kdp_volume_info *i = info("gamma");

	assert_null(info("alpha"));
	assert_non_null(i);
	assert_int_equal(i->id, 1);
	assert_int_equal(i->uid, 77);
	assert_int_equal(i->pid, 5);
	assert_int_equal(i->pid_start, 6);
	assert_int_equal(i->boot_id[15], 0x42);
	assert_string_equal(i->session, "s-1");
	assert_string_equal(i->tags, "");
	assert_string_equal(info("beta")->tags, "");
}

static void changes_survive(void **state)
{
	(void)state;
	assert_int_equal(execute("rename alpha gamma"), 0);
	assert_int_equal(execute("set #1 uid=77 pid=5 pid_start=6 boot_id=00000000000000000000000000000042 session=s-1 tag="),
			 0);
	check_changed();
	restart();
	assert_int_equal(kdp_store_report(store)->commits_replayed, 2);
	check_changed();
	assert_int_equal(kdp_store_checkpoint(store), 0);
	restart();
	assert_int_equal(kdp_store_report(store)->commits_replayed, 0);
	check_changed();
}

static void names_stay_unique(void **state)
{
	(void)state;
	assert_int_equal(execute("rename alpha beta"), -EEXIST);
	assert_int_equal(execute("rename nobody x"), -ENOENT);
	assert_int_equal(execute("set #9 uid=1"), -ENOENT);
	assert_int_equal(execute("rename alpha alpha"), 0);
	/* three steps in one message, replayed one after the other */
	assert_int_equal(execute("rename alpha x,rename beta alpha,rename x beta"),
			 0);
	assert_int_equal(info("alpha")->id, 2);
	assert_int_equal(info("beta")->id, 1);
	restart();
	assert_int_equal(info("alpha")->id, 2);
	assert_int_equal(info("beta")->id, 1);
	/* a removed name is free */
	assert_int_equal(execute("remove alpha"), 0);
	assert_int_equal(execute("rename beta alpha"), 0);
	restart();
	assert_string_equal(pool_describe(store), "1 alpha 128 1; ");
}

static void all_or_nothing(void **state)
{
	(void)state;
	assert_int_equal(execute("rename alpha x,set beta uid=9,create y 1T"),
			 -ENOSPC);
	assert_non_null(info("alpha"));
	assert_null(info("x"));
	assert_int_equal(info("beta")->uid, 0);
	assert_int_equal(execute("create new 64K,rename new newer,set newer tag=t"),
			 0);
	restart();
	assert_string_equal(info("newer")->tags, "t");
}

static void fill_to_the_last(void)
{
	char text[40];
	u32 i = 0;

	do {
		snprintf(text, sizeof(text), "create v%u 64K thin", i++);
	} while (!execute(text));
	assert_true(i > 10);
	assert_int_equal(execute(text), -ENFILE);
}

static void removing_makes_room(void **state)
{
	(void)state;
	fill_to_the_last();
	assert_int_equal(execute("remove v1,create w 64K thin"), 0);
	assert_int_equal(execute("create x 64K,remove v2"), -ENFILE);
	assert_int_equal(execute("remove v2,create x 64K thin,create y 64K thin"),
			 -ENFILE);
	assert_non_null(info("v2"));
	assert_int_equal(execute("create x 64K thin"), -ENFILE);
	restart();
	assert_null(info("v1"));
	assert_non_null(info("w"));
	assert_int_equal(execute("create x 64K thin"), -ENFILE);
	assert_int_equal(execute("remove v2"), 0);
	assert_int_equal(execute("create x 64K thin"), 0);
	assert_int_equal(execute("create y 64K thin"), -ENFILE);
}

static void used_volumes_may_change(void **state)
{
	char name[KDP_VOLUME_NAME_SIZE];
	struct kdp_volume *v;

	(void)state;
	assert_int_equal(kdp_store_volume_get(store, "alpha", &v), 0);
	assert_int_equal(execute("rename alpha gamma"), 0);
	kdp_store_volume_name(store, v, name);
	assert_string_equal(name, "gamma");
	kdp_store_volume_put(store, v);
}

/* Replay takes no record that no operation can have made. */
static void replay_refuses_nonsense(void **state)
{
	struct kdp_volume_info one = { .id = 1, .sectors = 128, .name = "a",
				       .created = 7 };
	struct kdp_geometry_request want = { .device_blocks = POOL_BLOCKS };
	struct kdp_record rec = { .type = KDP_RECORD_SET };
	struct kdp_geometry g;
	struct kdp_model m;
	const char *why;
	int err = 0;

	(void)state;
	assert_int_equal(kdp_geometry_make(&want, &g, &why), KDP_OK);
	assert_int_equal(kdp_model_init(&m, &g), 0);
	assert_int_equal(kdp_model_load_volume(&m, &one, &err), KDP_OK);
	rec.info = one;
	rec.info.id = 2;
	assert_int_equal(kdp_model_replay(&m, &rec, &err), KDP_BAD_VOLUME);
	rec.info.name[0] = 'b';
	assert_int_equal(kdp_model_load_volume(&m, &rec.info, &err), KDP_OK);
	rec.info.name[0] = 'a';
	assert_int_equal(kdp_model_replay(&m, &rec, &err), KDP_BAD_VOLUME);
	rec.info = one;
	rec.info.sectors = 256;
	assert_int_equal(kdp_model_replay(&m, &rec, &err), KDP_BAD_VOLUME);
	rec.info = one;
	rec.info.flags = KDP_VOLUME_THIN;
	assert_int_equal(kdp_model_replay(&m, &rec, &err), KDP_BAD_VOLUME);
	rec.info = one;
	rec.info.created = 8;
	assert_int_equal(kdp_model_replay(&m, &rec, &err), KDP_BAD_VOLUME);
	rec.info = one;
	rec.info.name[0] = 'c';
	assert_int_equal(kdp_model_replay(&m, &rec, &err), KDP_OK);
	assert_non_null(kdp_model_by_name(&m, "c"));
	assert_null(kdp_model_by_name(&m, "a"));
	kdp_model_destroy(&m);
}

int main(void)
{
#define T(x) cmocka_unit_test_setup_teardown(x, setup, teardown)
	static const struct CMUnitTest tests[] = {
		T(changes_survive),
		T(names_stay_unique),
		T(all_or_nothing),
		T(removing_makes_room),
		T(used_volumes_may_change),
		T(replay_refuses_nonsense),
	};

	return cmocka_run_group_tests_name("set", tests, NULL, NULL);
}
