// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each allocation of a function fails in turn: it says -ENOMEM, changes
 * nothing, and leaves nothing behind (kmemleak looks when all is over).
 */
#include <kunit/test.h>

#include "model/op.h"
#include "model/snapshot.h"
#include "pool.h"

#define KDP_MOST_ALLOCATIONS	60u

static int kdp_try_model(struct kdp_model *m)
{
	struct kdp_geometry g = m->geometry;
	struct kdp_model other;
	int err = kdp_model_init(&other, &g);

	if (!err)
		kdp_model_destroy(&other);
	return err;
}

static int kdp_try_volume(struct kdp_model *m)
{
	struct kdp_volume_info info = { .id = 9, .sectors = 1 << 20 };
	struct kdp_volume *v = kdp_volume_new(m, &info);

	kdp_volume_free(v);
	return v ? 0 : -ENOMEM;
}

static int kdp_try_snapshot(struct kdp_model *m)
{
	struct kdp_snapshot snap;
	int err = kdp_snapshot_alloc(&snap, kdp_snapshot_size(m));

	if (!err && kdp_snapshot_take(m, &snap))
		while (!kdp_snapshot_release(m, &snap))
			;
	kdp_snapshot_free(&snap);
	return err;
}

static int kdp_try_create(struct kdp_model *m)
{
	struct kdp_op op = {
		.type = KDP_OP_CREATE,
		.info = { .name = "thick", .sectors = 700 * 128 },
	};
	char why[KDP_REASON_SIZE];
	int err = kdp_op_prepare(m, &op, why);

	if (!err)
		kdp_op_cancel(m, &op);
	return err;
}

static int kdp_try_remove(struct kdp_model *m)
{
	struct kdp_op op = {
		.type = KDP_OP_REMOVE,
		.info = { .name = "there" },
	};
	char why[KDP_REASON_SIZE];
	int err = kdp_op_prepare(m, &op, why);

	if (!err)
		kdp_op_cancel(m, &op);
	return err;
}

static const struct kdp_try {
	const char *name;
	int (*run)(struct kdp_model *m);
} kdp_tries[] = {
	{ "kdp_model_init", kdp_try_model },
	{ "kdp_volume_new", kdp_try_volume },
	{ "kdp_snapshot_alloc", kdp_try_snapshot },
	{ "kdp_op_prepare create", kdp_try_create },
	{ "kdp_op_prepare remove", kdp_try_remove },
};

static void kdp_try_all(struct kunit *test, const struct kdp_try *try,
			struct kdp_model *m)
{
	u32 n, refused = 0, busy = m->space.nr_busy, nr = m->nr_volumes;
	bool failed = true;
	int err;

	for (n = 1; failed && n < KDP_MOST_ALLOCATIONS; n++) {
		kdp_fail_one(n);
		err = try->run(m);
		failed = kdp_failed_one();
		/* not all of them must be had: kvmalloc() tries twice */
		KUNIT_EXPECT_TRUE_MSG(test, !err || (failed && err == -ENOMEM),
				      "%s, allocation %u: error %d", try->name,
				      n, err);
		refused += err == -ENOMEM;
		KUNIT_EXPECT_EQ(test, m->space.nr_busy, busy);
		KUNIT_EXPECT_EQ(test, m->nr_volumes, nr);
	}
	KUNIT_EXPECT_LT(test, n, KDP_MOST_ALLOCATIONS);
	KUNIT_EXPECT_GT_MSG(test, refused, 0, "%s", try->name);
}

static void each_allocation_fails_once(struct kunit *test)
{
	struct kdp_model m;
	struct kdp_volume *v;
	u32 i;

	KUNIT_ASSERT_EQ(test, 0, kdp_pool_init(&m));
	v = kdp_pool_volume(&m, "there", 1500);
	KUNIT_EXPECT_NOT_ERR_OR_NULL(test, v);
	if (v)
		KUNIT_EXPECT_EQ(test, 0, kdp_pool_fill(&m, v, 30, 1200));
	for (i = 0; v && i < ARRAY_SIZE(kdp_tries); i++)
		kdp_try_all(test, &kdp_tries[i], &m);
	kdp_model_destroy(&m);
}

static struct kunit_case kdp_alloc_cases[] = {
	KUNIT_CASE(each_allocation_fails_once),
	{}
};

static struct kunit_suite kdp_alloc_suite = {
	.name = "kdp_alloc",
	.test_cases = kdp_alloc_cases,
};

kunit_test_suite(kdp_alloc_suite);
