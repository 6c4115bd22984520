// SPDX-License-Identifier: GPL-2.0-only
/* The model against naive references. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/op.h"

static u64 rng = 88172645463325252ull;

static u32 rnd(u32 below)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return (rng >> 20) % below;
}

/* One entry per chunk: what the map should say. */
struct naive {
	bool mapped, unwritten;
	u32 physical;
};

static void same(const struct kdp_map *map, const struct naive *ref)
{
	struct kdp_mapping m;
	u32 i, n, mapped = 0, unwritten = 0;

	for (i = 0; i < map->nr_chunks; i++) {
		kdp_map_lookup(map, i, map->nr_chunks - i, &m);
		mapped += ref[i].mapped;
		unwritten += ref[i].unwritten;
		assert_in_range(m.count, 1, map->nr_chunks - i);
		assert_int_equal(m.state, !ref[i].mapped ? KDP_CHUNK_HOLE :
				 ref[i].unwritten ? KDP_CHUNK_UNWRITTEN :
				 KDP_CHUNK_WRITTEN);
		if (ref[i].mapped)
			assert_int_equal(m.physical, ref[i].physical);
		for (n = 1; n < m.count; n++) {
			assert_int_equal(ref[i + n].mapped, ref[i].mapped);
			assert_int_equal(ref[i + n].unwritten,
					 ref[i].unwritten);
			if (ref[i].mapped)
				assert_int_equal(ref[i + n].physical,
						 ref[i].physical + n);
		}
		/* and the run is as long as it can be */
		if (i + m.count < map->nr_chunks)
			assert_false(ref[i + n].mapped == ref[i].mapped &&
				     ref[i + n].unwritten == ref[i].unwritten &&
				     (!ref[i].mapped || ref[i + n].physical ==
						ref[i].physical + n));
	}
	assert_int_equal(map->nr_mapped, mapped);
	assert_int_equal(map->nr_unwritten, unwritten);
}

static int naive_add(struct naive *ref, u32 size, const struct kdp_extent *e)
{
	u32 i;

	if (e->logical + e->count > size)
		return -ERANGE;
	for (i = 0; i < e->count; i++)
		if (ref[e->logical + i].mapped)
			return -EEXIST;
	for (i = 0; i < e->count; i++)
		ref[e->logical + i] = (struct naive){ true, e->unwritten,
						      e->physical + i };
	return 0;
}

static void change(struct kdp_map *map, struct naive *ref,
		   const struct kdp_extent *e, u32 kind, int want)
{
	static int (*const fn[])(struct kdp_map *, u32, u32) = {
		kdp_map_set_written, kdp_map_set_unwritten, kdp_map_unmap,
	};
	u32 i;

	assert_int_equal(fn[kind](map, e->logical, e->count), want);
	for (i = e->logical; !want && i < e->logical + e->count; i++) {
		ref[i].unwritten = kind == 1;
		ref[i].mapped = kind != 2;
	}
}

static void random_map(u32 size, u32 steps)
{
	struct naive *ref = calloc(size, sizeof(*ref));
	struct kdp_map map;
	struct kdp_extent e;
	u32 i, n;

	assert_int_equal(kdp_map_init(&map, size, NULL), 0);
	while (steps--) {
		e = (struct kdp_extent){
			.logical = rnd(size), .physical = rnd(1 << 20),
			.count = 1 + rnd(rnd(4) ? 20 : 1400),
			.unwritten = rnd(2),
		};
		if (e.logical + e.count > size)
			e.count = size - e.logical;
		if (rnd(2) && naive_add(ref, size, &e) == 0) {
			assert_int_equal(kdp_map_add(&map, &e), 0);
			continue;
		}
		for (i = 0, n = 0; i < e.count; i++)
			n += ref[e.logical + i].mapped;
		change(&map, ref, &e, rnd(3), n == e.count ? 0 : -ENOENT);
		if (!rnd(8))
			same(&map, ref);
	}
	same(&map, ref);
	kdp_map_destroy(&map);
	free(ref);
}

static void map_against_reference(void **state)
{
	u32 i;

	(void)state;
	for (i = 0; i < 60; i++)
		random_map(1 + rnd(3000), 40);
}

static void map_refuses_what_is_outside(void **state)
{
	struct kdp_extent e = { .logical = 90, .count = 11 };
	struct kdp_map map;

	(void)state;
	assert_int_equal(kdp_map_init(&map, 100, NULL), 0);
	assert_int_equal(kdp_map_add(&map, &e), -ERANGE);
	e.count = 0;
	assert_int_equal(kdp_map_add(&map, &e), -ERANGE);
	e.logical = ~0u;
	e.count = 2;
	assert_int_equal(kdp_map_add(&map, &e), -ERANGE);
	assert_int_equal(kdp_map_set_written(&map, 99, 2), -ERANGE);
	assert_int_equal(kdp_map_set_written(&map, 0, 1), -ENOENT);
	kdp_map_destroy(&map);
}

static void long_run_needs_no_leaf(void **state)
{
	struct kdp_extent e = { .physical = 5, .count = 163840,
				.unwritten = true }, f;
	struct kdp_map map;
	u32 i, logical = 0;

	(void)state;
	assert_int_equal(kdp_map_init(&map, 163840, NULL), 0);
	assert_int_equal(kdp_map_add(&map, &e), 0);
	for (i = 0; i < 320; i++)
		assert_false(map.dir[i] & 1);
	assert_true(kdp_map_next_extent(&map, &logical, &f));
	assert_int_equal(f.count, 163840);
	assert_int_equal(f.physical, 5);
	assert_false(kdp_map_next_extent(&map, &logical, &f));
	kdp_map_destroy(&map);
}

static void bitmap_against_reference(void **state)
{
	enum { N = 1000 };
	bool ref[N] = { };
	struct kdp_space s;
	struct kdp_run run;
	u32 step, i, first, count, changed;

	(void)state;
	assert_int_equal(kdp_space_init(&s, N), 0);
	for (step = 0; step < 4000; step++) {
		first = rnd(N);
		count = rnd(N - first + 1);
		changed = 0;
		switch (rnd(3)) {
		case 0:
			for (i = 0; i < count; i++) {
				changed += !ref[first + i];
				ref[first + i] = true;
			}
			assert_int_equal(kdp_space_busy(&s, first, count),
					 changed);
			break;
		case 1:
			for (i = 0; i < count; i++) {
				changed += ref[first + i];
				ref[first + i] = false;
			}
			assert_int_equal(kdp_space_unbusy(&s, first, count),
					 changed);
			break;
		default:
			count = 1 + rnd(50);
			if (kdp_space_reserve_some(&s, count, &run))
				break;
			assert_in_range(run.count, 1, count);
			for (i = 0; i < run.count; i++) {
				assert_false(ref[run.first + i]);
				ref[run.first + i] = true;
			}
		}
	}
	for (i = 0, count = 0; i < N; i++) {
		assert_int_equal(kdp_space_test(s.busy, i), ref[i]);
		count += ref[i];
	}
	assert_int_equal(s.nr_busy, count);
	kdp_space_destroy(&s);
}

static void reserve_takes_the_longest_when_none_fits(void **state)
{
	struct kdp_space s;
	struct kdp_run run;

	(void)state;
	assert_int_equal(kdp_space_init(&s, 200), 0);
	kdp_space_busy(&s, 10, 5);
	kdp_space_busy(&s, 80, 100);
	assert_int_equal(kdp_space_reserve_some(&s, 70, &run), 0);
	assert_int_equal(run.first, 15);
	assert_int_equal(run.count, 65);
	assert_int_equal(kdp_space_reserve_some(&s, 70, &run), 0);
	assert_int_equal(run.first, 180);
	assert_int_equal(run.count, 20);
	assert_int_equal(kdp_space_reserve_some(&s, 70, &run), 0);
	assert_int_equal(run.count, 10);
	assert_int_equal(kdp_space_reserve_some(&s, 1, &run), -ENOSPC);
	kdp_space_destroy(&s);
}

/* Every second chunk is busy, but for two holes of 100 and one of 30. */
static void few_pieces_are_planned(void **state)
{
	struct kdp_space s;
	struct kdp_run run;
	u32 i, least;

	(void)state;
	assert_int_equal(kdp_space_init(&s, 20000), 0);
	for (i = 0; i < 20000; i += 2)
		kdp_space_busy(&s, i, 1);
	kdp_space_unbusy(&s, 1001, 100);
	kdp_space_unbusy(&s, 9001, 100);
	kdp_space_unbusy(&s, 15001, 30);
	s.cursor = 9050;
	assert_int_equal(kdp_space_plan(&s, 10200, &least), -ENOSPC);
	assert_int_equal(kdp_space_plan(&s, 90, &least), 0);
	assert_int_equal(least, 90);
	assert_int_equal(kdp_space_reserve(&s, 90, least, &run), 0);
	assert_int_equal(run.first, 1001);
	assert_int_equal(kdp_space_plan(&s, 120, &least), 0);
	assert_in_range(least, 2, 30);
	assert_int_equal(kdp_space_reserve(&s, 120, least, &run), 0);
	assert_int_equal(run.first, 9001);
	assert_int_equal(kdp_space_reserve(&s, 20, least, &run), 0);
	assert_int_equal(run.first, 15001);
	assert_int_equal(run.count, 20);
	assert_int_equal(kdp_space_plan(&s, s.nr_chunks - s.nr_busy, &least),
			 0);
	assert_int_equal(least, 1);
	kdp_space_destroy(&s);
}

static int parse(const char *text, struct kdp_op *op, char *why)
{
	char copy[300];

	snprintf(copy, sizeof(copy), "%s", text);
	why[0] = 0;
	return kdp_op_parse(copy, op, why);
}

static void operations_from_text(void **state)
{
	static const char *const wrong[] = {
		"", "creat x 1G", "create", "create x", "create x 0",
		"create x 1", "create x 1G nonsense", "create x 1G uid=",
		"create x 1G uid=-1", "create x 1G uid=4294967296",
		"create x 99999999999G", "create a/b 1G", "create . 1G",
		"create x 1G session=", "remove", "remove a b", "remove #",
		"remove #0", "remove #x", "rename a", "rename a b c",
		"rename a .b", "rename #0 b", "set a", "set a uid=",
		"set a uid=x", "set a created=1", "set a name=b",
		"set a boot_id=", "set a boot_id=0011223344556677",
		"create x 1G boot_id=00112233445566778899aabbccddeefff",
		"create x 1G boot_id=00112233445566778899aabbccddeefg",
		"set #0 uid=1",
		"create xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx 1G",
	};
	static const u8 boot[KDP_UUID_SIZE] = {
		0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
		0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff,
	};
	char why[KDP_REASON_SIZE];
	struct kdp_op op;
	size_t i;

	(void)state;
	assert_int_equal(parse("create a  10G thick uid=5 pid=6 pid_start=7 boot_id=00112233445566778899aAbBcCdDeEfF created=8 session=s tag=t",
			       &op, why), 0);
	assert_int_equal(op.type, KDP_OP_CREATE);
	assert_string_equal(op.info.name, "a");
	assert_int_equal(op.info.sectors, 20971520);
	assert_int_equal(op.info.uid, 5);
	assert_int_equal(op.info.pid, 6);
	assert_int_equal(op.info.pid_start, 7);
	assert_memory_equal(op.info.boot_id, boot, sizeof(boot));
	assert_int_equal(op.info.created, 8);
	assert_string_equal(op.info.session, "s");
	assert_string_equal(op.info.tags, "t");
	assert_int_equal(parse("remove #12", &op, why), 0);
	assert_int_equal(op.info.id, 12);
	assert_int_equal(parse("remove name", &op, why), 0);
	assert_string_equal(op.info.name, "name");
	assert_int_equal(parse("rename #3 new", &op, why), 0);
	assert_int_equal(op.type, KDP_OP_SET);
	assert_int_equal(op.info.id, 3);
	assert_int_equal(op.changes, KDP_SET_NAME);
	assert_string_equal(op.change.name, "new");
	assert_int_equal(parse("set a uid=9 tag= session=x", &op, why), 0);
	assert_string_equal(op.info.name, "a");
	assert_int_equal(op.changes,
			 KDP_SET_UID | KDP_SET_TAGS | KDP_SET_SESSION);
	assert_int_equal(op.change.uid, 9);
	assert_string_equal(op.change.session, "x");
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (parse(wrong[i], &op, why) != -EINVAL || !why[0])
			fail_msg("\"%s\" accepted, or no reason", wrong[i]);
	}
}

static void cross_check_finds_disagreement(void **state)
{
	struct kdp_geometry_request want = { .device_blocks = 1 << 16 };
	struct kdp_volume_info info = { .id = 1, .sectors = 1280, .name = "v" };
	struct kdp_extent e = { .physical = 2000, .count = 10 };
	struct kdp_cross_check c;
	struct kdp_geometry g;
	struct kdp_model m;
	const char *why;
	int err = 0;
	u32 used;

	(void)state;
	assert_int_equal(kdp_geometry_make(&want, &g, &why), KDP_OK);
	assert_int_equal(kdp_model_init(&m, &g), 0);
	used = m.space.nr_used;
	assert_int_equal(kdp_model_load_volume(&m, &info, &err), KDP_OK);
	assert_int_equal(kdp_model_load_extent(&m, 1, &e, &err), KDP_OK);
	/* its chunks are mapped but free; others are used by nobody */
	kdp_space_use(&m.space, 3000, 4);
	kdp_model_cross_check(&m, &c);
	assert_int_equal(c.mapped_but_free, 10);
	assert_int_equal(c.leaked, 4);
	assert_int_equal(c.doubly_mapped, 0);
	assert_int_equal(m.space.nr_used, used + 14);
	assert_int_equal(m.space.nr_busy, used + 14);
	info.id = 2;
	info.name[0] = 'w';
	e.physical = 2005;
	assert_int_equal(kdp_model_load_volume(&m, &info, &err), KDP_OK);
	assert_int_equal(kdp_model_load_extent(&m, 2, &e, &err), KDP_OK);
	kdp_model_cross_check(&m, &c);
	assert_int_equal(c.doubly_mapped, 5);
	kdp_model_destroy(&m);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(map_against_reference),
		cmocka_unit_test(map_refuses_what_is_outside),
		cmocka_unit_test(long_run_needs_no_leaf),
		cmocka_unit_test(bitmap_against_reference),
		cmocka_unit_test(reserve_takes_the_longest_when_none_fits),
		cmocka_unit_test(few_pieces_are_planned),
		cmocka_unit_test(operations_from_text),
		cmocka_unit_test(cross_check_finds_disagreement),
	};

	return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
