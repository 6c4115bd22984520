// SPDX-License-Identifier: GPL-2.0-only
/* What a dump says of an image, undamaged and damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "emit-json.h"
#include "fakehost.h"
#include "image.h"
#include "lib/engine/dump.h"
#include "lib/engine/log.h"

static char path[] = "/tmp/kdp-dump-XXXXXX";
static struct kdp_store_info info;

static int setup(void **state)
{
	int fd;

	(void)state;
	strcpy(path, "/tmp/kdp-dump-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	image_make(path);
	image_info(path, &info);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return unlink(path);
}

/* The caller puts it.  A dump never writes. */
static struct json_object *dump(unsigned int parts, int replica)
{
	struct json_object *o = json_object_new_object();
	const struct kdpu_dump what = { parts, replica };
	uint64_t before = fake_hash(path);
	struct emit_json to;
	struct kdpu_emit e = emit_json(&to, o);
	struct kdpu_err err;
	struct kdpu_disk d;

	assert_int_equal(kdpu_disk_open(&d, path, &err), 0);
	assert_int_equal(kdpu_dump_run(&d, &what, &e, &err), 0);
	kdpu_disk_close(&d);
	assert_int_equal(to.depth, 0);
	assert_true(fake_hash(path) == before);
	return o;
}

static struct json_object *get(struct json_object *o, const char *key)
{
	struct json_object *v = NULL;

	assert_true(json_object_object_get_ex(o, key, &v));
	return v;
}

static int64_t number(struct json_object *o, const char *key)
{
	return json_object_get_int64(get(o, key));
}

static struct json_object *at(struct json_object *a, size_t i)
{
	return json_object_array_get_idx(a, i);
}

static size_t count_faults(struct json_object *a)
{
	size_t i, n = 0;

	for (i = 0; i < json_object_array_length(a); i++)
		n += !!get(at(a, i), "fault");
	return n;
}

static void everything_is_there(void **state)
{
	struct json_object *o = dump(KDPU_DUMP_ALL, -1), *v, *a;
	size_t i, replayed = 0, records = 0;

	(void)state;
	assert_true(json_object_get_boolean(get(o, "opened")));
	assert_int_equal(json_object_array_length(get(o, "superblocks")), 10);
	assert_int_equal(count_faults(get(o, "superblocks")), 0);
	v = get(o, "checkpoint");
	assert_int_equal(json_object_array_length(get(v, "blocks")),
			 info.super.checkpoint.nr_blocks);
	a = get(get(o, "journal"), "blocks");
	for (i = 0; i < json_object_array_length(a); i++) {
		v = at(a, i);
		replayed += json_object_get_boolean(get(v, "replayed"));
		records += json_object_array_length(get(v, "records"));
		assert_int_equal(json_object_array_length(get(v, "replicas")),
				 5);
	}
	assert_int_equal(replayed, info.journal_used);
	/* create + map, written, create, remove */
	assert_int_equal(records, 5);
	assert_int_equal(json_object_array_length(get(get(o, "journal"),
						      "damaged")), 0);
	a = get(o, "volumes");
	assert_int_equal(json_object_array_length(a), 3);
	v = at(a, 2);
	assert_string_equal(json_object_get_string(get(v, "name")), "late");
	assert_string_equal(json_object_get_string(get(v, "session")), "s1");
	assert_int_equal(number(v, "uid"), 7);
	/* chunks 0-2 unwritten, 3-4 written, the rest unwritten */
	assert_int_equal(json_object_array_length(get(at(a, 0), "extents")), 3);
	json_object_put(o);
}

static void parts_and_replicas_limit(void **state)
{
	struct json_object *o = dump(KDPU_DUMP_SUPER, 3), *v;

	(void)state;
	assert_int_equal(json_object_array_length(get(o, "superblocks")), 2);
	assert_string_equal(json_object_get_string(get(at(get(o, "superblocks"),
							  1), "replica")),
			    "R3");
	assert_false(json_object_object_get_ex(o, "journal", &v));
	assert_false(json_object_object_get_ex(o, "volumes", &v));
	json_object_put(o);
	o = dump(KDPU_DUMP_VOLUMES, -1);
	assert_false(json_object_object_get_ex(at(get(o, "volumes"), 0),
					       "extents", &v));
	json_object_put(o);
}

static void damage_is_shown(void **state)
{
	const struct kdp_geometry *g = &info.super.geometry;
	u64 block = kdp_journal_block(g, 2, info.super.checkpoint.journal_pos);
	struct json_object *o, *v, *a;

	(void)state;
	image_poke(path, kdp_super_block(g, 1, 0), 1);
	image_poke(path, block, 0);
	image_poke(path, kdp_slot_block(g, 4, info.super.checkpoint.slot, 1),
		   7);
	o = dump(KDPU_DUMP_ALL, -1);
	assert_int_equal(count_faults(get(o, "superblocks")), 1);
	a = get(get(o, "journal"), "damaged");
	assert_int_equal(json_object_array_length(a), 1);
	assert_int_equal(number(at(a, 0), "block"), block);
	assert_true(json_object_get_boolean(get(at(a, 0), "needed")));
	v = at(get(get(o, "checkpoint"), "blocks"), 1);
	assert_int_equal(count_faults(get(v, "copies")), 1);
	assert_string_equal(json_object_get_string(get(v, "type")), "bitmap");
	json_object_put(o);
}

static void without_superblocks_nothing_is_known(void **state)
{
	struct json_object *o;
	u32 r, slot;

	(void)state;
	for (r = 0; r < KDP_REPLICAS; r++)
		for (slot = 0; slot < KDP_SUPER_SLOTS; slot++)
			image_poke(path, kdp_super_block(&info.super.geometry,
							 r, slot), r + 1);
	o = dump(KDPU_DUMP_ALL, -1);
	assert_false(json_object_get_boolean(get(o, "opened")));
	assert_int_equal(count_faults(get(o, "superblocks")), 10);
	assert_null(get(o, "checkpoint"));
	assert_null(get(o, "journal"));
	assert_null(get(o, "volumes"));
	json_object_put(o);
}

int main(void)
{
#define T(x) cmocka_unit_test_setup_teardown(x, setup, teardown)
	static const struct CMUnitTest tests[] = {
		T(everything_is_there),
		T(parts_and_replicas_limit),
		T(damage_is_shown),
		T(without_superblocks_nothing_is_known),
	};

	kdpu_engine_quiet();
	return cmocka_run_group_tests_name("admin-dump", tests, NULL, NULL);
}
