// SPDX-License-Identifier: GPL-2.0-only
/* The way back of freed chunks: nothing is given out before its last step. */
#include <kunit/test.h>
#include <linux/moduleparam.h>

#include "model/freed.h"
#include "pool.h"

#define KDP_FREED_CHUNKS	1200u

struct kdp_freed_test {
	struct kdp_model model;
	struct kdp_volume *volume;
	u32 nr_other;		/* chunks busy but for the volume's */
};

static void kdp_freed_expect_busy(struct kunit *test, struct kdp_freed_test *t,
				  u32 count)
{
	KUNIT_EXPECT_TRUE(test, kdp_pool_is_full(&t->model));
	KUNIT_EXPECT_EQ(test, t->model.space.nr_used,
			t->nr_other + KDP_FREED_CHUNKS - count);
}

/* All steps.  The pool was exhausted before anything was freed. */
static void kdp_freed_walk(struct kunit *test, struct kdp_freed_test *t,
			   struct kdp_freed *f)
{
	enum kdp_freed_state state;
	u32 count = f->nr_chunks;
	LIST_HEAD(list);

	list_add(&f->entry, &list);
	for (state = KDP_FREED_UNMAPPED; state < KDP_FREED_DISCARDED; state++) {
		KUNIT_EXPECT_EQ(test, f->state, state);
		kdp_freed_expect_busy(test, t, count);
		kdp_freed_advance(&list, state);
	}
	KUNIT_EXPECT_EQ(test, f->state, KDP_FREED_DISCARDED);
	kdp_freed_expect_busy(test, t, count);
	kdp_freed_release(&t->model, f);
	KUNIT_EXPECT_TRUE(test, list_empty(&list));
	KUNIT_EXPECT_EQ(test, kdp_pool_exhaust(&t->model), count);
}

static void a_removed_volume(struct kunit *test)
{
	struct kdp_freed_test *t = test->priv;
	struct kdp_freed *f;

	kdp_pool_exhaust(&t->model);
	kdp_model_detach(&t->model, t->volume);
	f = kdp_freed_new(t->volume, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, f);
	KUNIT_EXPECT_EQ(test, f->nr_chunks, KDP_FREED_CHUNKS);
	kdp_freed_walk(test, t, f);
}

static void a_discarded_run(struct kunit *test)
{
	struct kdp_freed_test *t = test->priv;
	struct kdp_extent e = { .logical = 4 };
	struct kdp_mapping m;
	struct kdp_run run;
	struct kdp_freed *f;

	kdp_pool_exhaust(&t->model);
	kdp_map_lookup(&t->volume->map, e.logical, 20, &m);
	KUNIT_ASSERT_EQ(test, m.state, KDP_CHUNK_WRITTEN);
	e.count = m.count;
	e.physical = m.physical;
	run.first = m.physical;
	run.count = m.count;
	KUNIT_EXPECT_EQ(test, 0, kdp_model_unmap(&t->model, t->volume, &e));
	f = kdp_freed_new(NULL, &run);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, f);
	kdp_freed_walk(test, t, f);
}

static void several_at_once(struct kunit *test)
{
	struct kdp_freed_test *t = test->priv;
	struct kdp_run run = { .first = 1, .count = 1 };
	struct kdp_freed *f, *next;
	LIST_HEAD(list);
	u32 i;

	for (i = 0; i < 3; i++) {
		f = kdp_freed_new(NULL, &run);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, f);
		list_add_tail(&f->entry, &list);
	}
	kdp_freed_advance(&list, KDP_FREED_UNMAPPED);
	kdp_freed_advance(&list, KDP_FREED_DURABLE);
	list_for_each_entry_safe(f, next, &list, entry) {
		KUNIT_EXPECT_EQ(test, f->state, KDP_FREED_DRAINED);
		kdp_freed_drop(f);
	}
	KUNIT_EXPECT_TRUE(test, list_empty(&list));
	KUNIT_EXPECT_EQ(test, t->model.space.nr_busy,
			t->nr_other + KDP_FREED_CHUNKS);
}

static void runs_are_those_of_the_map(struct kunit *test)
{
	struct kdp_freed_test *t = test->priv;
	u32 i, cursor = 0, count = 0;
	struct kdp_freed *f;
	struct kdp_run run;

	/* holes of one chunk make many runs */
	for (i = 1; i < KDP_FREED_CHUNKS; i += 3) {
		struct kdp_extent e = { .logical = i, .count = 1 };
		struct kdp_mapping m;

		kdp_map_lookup(&t->volume->map, i, 1, &m);
		e.physical = m.physical;
		KUNIT_EXPECT_EQ(test, 0,
				kdp_model_unmap(&t->model, t->volume, &e));
		kdp_model_unreserve(&t->model, m.physical);
	}
	kdp_model_detach(&t->model, t->volume);
	f = kdp_freed_new(t->volume, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, f);
	while (kdp_freed_next_run(f, &cursor, &run)) {
		KUNIT_EXPECT_LE(test, run.count, 2);
		for (i = 0; i < run.count; i++)
			KUNIT_EXPECT_TRUE(test,
					  kdp_space_test(t->model.space.busy,
							 run.first + i));
		count += run.count;
	}
	KUNIT_EXPECT_EQ(test, count, f->nr_chunks);
	KUNIT_EXPECT_EQ(test, t->model.space.nr_busy, t->nr_other + count);
	kdp_freed_drop(f);
	KUNIT_EXPECT_EQ(test, t->model.space.nr_busy, t->nr_other + count);
}

/* What a window still has was never anybody's: it is free at once. */
static void a_window_is_free_at_once(struct kunit *test)
{
	struct kdp_freed_test *t = test->priv;
	struct kdp_freed *f;
	u32 physical, count;

	KUNIT_EXPECT_EQ(test, 0, kdp_model_reserve_chunk(&t->model, t->volume,
							 &physical));
	count = t->volume->window.count;
	KUNIT_EXPECT_GT(test, count, 0);
	kdp_pool_exhaust(&t->model);
	kdp_model_detach(&t->model, t->volume);
	KUNIT_EXPECT_EQ(test, kdp_pool_exhaust(&t->model), count);
	f = kdp_freed_new(t->volume, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, f);
	kdp_freed_walk(test, t, f);
}

static int kdp_freed_test_init(struct kunit *test)
{
	struct kdp_freed_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	test->priv = t;
	if (!t || kdp_pool_init(&t->model))
		return -ENOMEM;
	t->nr_other = t->model.space.nr_busy;
	t->volume = kdp_pool_volume(&t->model, "v", KDP_FREED_CHUNKS);
	if (!t->volume)
		return -ENOMEM;
	return kdp_pool_fill(&t->model, t->volume, 0, KDP_FREED_CHUNKS);
}

static void kdp_freed_test_exit(struct kunit *test)
{
	struct kdp_freed_test *t = test->priv;

	if (t && t->model.by_id)
		kdp_model_destroy(&t->model);
}

static struct kunit_case kdp_freed_cases[] = {
	KUNIT_CASE(a_removed_volume),
	KUNIT_CASE(a_discarded_run),
	KUNIT_CASE(several_at_once),
	KUNIT_CASE(runs_are_those_of_the_map),
	KUNIT_CASE(a_window_is_free_at_once),
	{}
};

static struct kunit_suite kdp_freed_suite = {
	.name = "kdp_freed",
	.init = kdp_freed_test_init,
	.exit = kdp_freed_test_exit,
	.test_cases = kdp_freed_cases,
};

kunit_test_suite(kdp_freed_suite);

/*
 * Steps left out, which must warn: no case, for a warning fails the run.
 * kunit.py asks for it in a machine of its own; 0: the chunks stay busy.
 */
static int kdp_freed_leave_out(const char *text, const struct kernel_param *kp)
{
	struct kdp_run run = { .first = 5000, .count = 10 };
	struct kdp_freed *f;
	struct kdp_model m;
	LIST_HEAD(list);
	u32 busy;
	int err = kdp_pool_init(&m);

	if (err)
		return err;
	kdp_space_busy(&m.space, run.first, run.count);
	busy = m.space.nr_busy;
	f = kdp_freed_new(NULL, &run);
	if (f) {
		list_add(&f->entry, &list);
		kdp_freed_advance(&list, KDP_FREED_DURABLE);
		err = f->state == KDP_FREED_UNMAPPED ? 0 : -EINVAL;
		kdp_freed_advance(&list, KDP_FREED_UNMAPPED);
		kdp_freed_release(&m, f);
		if (m.space.nr_busy != busy || !list_empty(&list))
			err = -EBUSY;
	}
	kdp_model_destroy(&m);
	return f ? err : -ENOMEM;
}

static const struct kernel_param_ops kdp_freed_ops = {
	.set = kdp_freed_leave_out,
};

module_param_cb(leave_out, &kdp_freed_ops, NULL, 0200);
