// SPDX-License-Identifier: GPL-2.0-only
/* Leaves when memory runs out: the reserve, then the snapshot is given up. */
#include <kunit/test.h>

#include "model/map-word.h"
#include "pool.h"
#include "world.h"

#define KDP_LEAVES_SPANS	(KDP_LEAF_RESERVE + 16u)

struct kdp_leaves_test {
	struct kdp_world world;
	struct kdp_snapshot snap;
};

static void kdp_refill(struct kdp_leaves *p)
{
	struct kdp_leaf *leaf;

	while (kdp_leaves_short(p)) {
		leaf = kdp_leaf_spare();
		if (!leaf)
			return;
		kdp_leaves_add(p, leaf);
	}
}

/* Every span gets a leaf: two chunks of it are mapped. */
static void kdp_make_leaves(struct kunit *test, struct kdp_world *w)
{
	u32 i;

	for (i = 0; i < w->nr_spans; i++)
		KUNIT_EXPECT_EQ(test, 0,
				kdp_world_add(w, i * KDP_LEAF_CHUNKS + 7, 2,
					      KDP_C_MAPPED | i << 8));
	KUNIT_EXPECT_EQ(test, kdp_world_leaves(w), w->nr_spans);
}

static void kdp_take(struct kunit *test, struct kdp_leaves_test *t)
{
	struct kdp_model *m = &t->world.model;

	KUNIT_ASSERT_EQ(test, 0,
			kdp_snapshot_alloc(&t->snap, kdp_snapshot_size(m)));
	KUNIT_ASSERT_TRUE(test, kdp_snapshot_take(m, &t->snap));
	KUNIT_EXPECT_FALSE(test, kdp_snapshot_given_up(m));
}

static void kdp_release(struct kdp_leaves_test *t)
{
	while (!kdp_snapshot_release(&t->world.model, &t->snap))
		;
	kdp_snapshot_free(&t->snap);
}

/* What the snapshot says about the chunk that the tests change. */
static enum kdp_chunk_state kdp_snap_state(struct kdp_leaves_test *t, u32 span)
{
	const struct kdp_volume *v =
		list_first_entry(&t->snap.volumes, struct kdp_volume, all);
	struct kdp_mapping m;

	kdp_map_lookup(&v->map, span * KDP_LEAF_CHUNKS + 7, 1, &m);
	return m.state;
}

static int kdp_touch(struct kdp_leaves_test *t, u32 span)
{
	return kdp_world_set(&t->world, span * KDP_LEAF_CHUNKS + 7, 1, true);
}

static void reserve_is_bounded(struct kunit *test)
{
	struct kdp_leaves_test *t = test->priv;
	struct kdp_leaves *p = &t->world.model.leaves;
	struct kdp_leaf *leaf;

	KUNIT_EXPECT_TRUE(test, kdp_leaves_short(p));
	kdp_refill(p);
	KUNIT_EXPECT_EQ(test, p->nr_reserve, KDP_LEAF_RESERVE);
	KUNIT_EXPECT_FALSE(test, kdp_leaves_short(p));
	leaf = kdp_leaf_new(p);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, leaf);
	KUNIT_EXPECT_EQ(test, leaf->refs, 1);
	KUNIT_EXPECT_EQ_MSG(test, p->nr_reserve, KDP_LEAF_RESERVE,
			    "taken though there was memory");
	kdp_leaf_put(leaf);
}

static void reserve_then_give_up(struct kunit *test)
{
	struct kdp_leaves_test *t = test->priv;
	struct kdp_world *w = &t->world;
	struct kdp_leaves *p = &w->model.leaves;
	u32 i;

	kdp_make_leaves(test, w);
	kdp_refill(p);
	kdp_take(test, t);
	KUNIT_EXPECT_TRUE(test, kdp_fail_allocations(true));
	for (i = 0; i < KDP_LEAF_RESERVE; i++) {
		KUNIT_EXPECT_EQ(test, 0, kdp_touch(t, i));
		KUNIT_EXPECT_EQ(test, p->nr_reserve, KDP_LEAF_RESERVE - 1 - i);
		KUNIT_EXPECT_EQ(test, kdp_snap_state(t, i), KDP_CHUNK_WRITTEN);
	}
	KUNIT_EXPECT_FALSE(test, p->given_up);
	KUNIT_EXPECT_EQ(test, p->nr_copied, KDP_LEAF_RESERVE);
	for (; i < w->nr_spans; i++) {
		KUNIT_EXPECT_EQ(test, 0, kdp_touch(t, i));
		KUNIT_EXPECT_TRUE(test, kdp_snapshot_given_up(&w->model));
	}
	KUNIT_EXPECT_TRUE(test, kdp_fail_allocations(false));
	KUNIT_EXPECT_EQ(test, p->nr_copied, KDP_LEAF_RESERVE);
	KUNIT_EXPECT_TRUE(test, kdp_world_same(w));
	kdp_release(t);
	KUNIT_EXPECT_FALSE(test, p->given_up);
	KUNIT_EXPECT_TRUE(test, kdp_world_unshared(w));
	KUNIT_EXPECT_TRUE(test, kdp_world_same(w));
}

static void next_snapshot_is_whole_again(struct kunit *test)
{
	struct kdp_leaves_test *t = test->priv;
	struct kdp_leaves *p = &t->world.model.leaves;

	kdp_make_leaves(test, &t->world);
	kdp_take(test, t);
	KUNIT_EXPECT_TRUE(test, kdp_fail_allocations(true));
	KUNIT_EXPECT_EQ(test, 0, kdp_touch(t, 0));
	KUNIT_EXPECT_TRUE(test, kdp_fail_allocations(false));
	KUNIT_EXPECT_TRUE(test, p->given_up);
	kdp_release(t);
	kdp_take(test, t);
	KUNIT_EXPECT_EQ(test, 0, kdp_touch(t, 1));
	KUNIT_EXPECT_EQ(test, p->nr_copied, 1);
	KUNIT_EXPECT_FALSE(test, p->given_up);
	KUNIT_EXPECT_EQ(test, kdp_snap_state(t, 0), KDP_CHUNK_UNWRITTEN);
	KUNIT_EXPECT_EQ(test, kdp_snap_state(t, 1), KDP_CHUNK_WRITTEN);
	kdp_release(t);
	KUNIT_EXPECT_TRUE(test, kdp_world_unshared(&t->world));
}

static void splitting_a_run_needs_memory(struct kunit *test)
{
	struct kdp_leaves_test *t = test->priv;
	struct kdp_world *w = &t->world;
	struct kdp_map *map = &w->volume->map;
	struct kdp_leaves *p = &w->model.leaves;

	KUNIT_EXPECT_EQ(test, 0, kdp_world_add(w, 0, w->nr_chunks,
					       KDP_C_MAPPED | 1 << 8));
	KUNIT_EXPECT_EQ(test, kdp_world_leaves(w), 0);
	KUNIT_EXPECT_EQ(test, 0, kdp_map_prepare(map, 3, 1));
	KUNIT_EXPECT_TRUE(test, kdp_fail_allocations(true));
	KUNIT_EXPECT_EQ(test, 0, kdp_world_unmap(w, 3, 1));
	KUNIT_EXPECT_EQ(test, -ENOMEM, kdp_map_prepare(map, 2000, 1));
	KUNIT_EXPECT_EQ(test, -ENOMEM, kdp_world_unmap(w, 2000, 1));
	KUNIT_EXPECT_EQ(test, -ENOMEM, kdp_world_set(w, 500, 600, true));
	KUNIT_EXPECT_TRUE(test, kdp_world_same(w));
	/* whole spans need none */
	KUNIT_EXPECT_EQ(test, 0, kdp_world_unmap(w, 2 * KDP_LEAF_CHUNKS,
						 KDP_LEAF_CHUNKS));
	KUNIT_EXPECT_TRUE(test, kdp_fail_allocations(false));
	kdp_refill(p);
	KUNIT_EXPECT_TRUE(test, kdp_fail_allocations(true));
	KUNIT_EXPECT_EQ(test, 0, kdp_world_unmap(w, 2000, 1));
	KUNIT_EXPECT_TRUE(test, kdp_fail_allocations(false));
	KUNIT_EXPECT_EQ(test, p->nr_reserve, KDP_LEAF_RESERVE - 1);
	KUNIT_EXPECT_TRUE(test, kdp_world_same(w));
}

/* One random change, or none at all; only for want of memory. */
static void kdp_change_somehow(struct kunit *test, struct kdp_world *w,
			       bool failing)
{
	w->err = 0;
	kdp_world_change(w);
	if (w->err)
		KUNIT_EXPECT_TRUE(test, failing && w->err == -ENOMEM);
}

static void memory_comes_and_goes(struct kunit *test)
{
	struct kdp_leaves_test *t = test->priv;
	struct kdp_world *w = &t->world;
	bool failing = false;
	u32 step, nr_given_up = 0, nr_snapshots = 0;

	for (step = 0; step < 3000 && !w->err; step++) {
		if (!kdp_random(&w->rng, 40)) {
			failing = !failing;
			kdp_fail_allocations(failing);
		}
		if (!failing && !t->snap.memory) {
			kdp_take(test, t);
			nr_snapshots++;
		} else if (t->snap.memory && !kdp_random(&w->rng, 60)) {
			nr_given_up += w->model.leaves.given_up;
			kdp_release(t);
		}
		if (!failing && !kdp_random(&w->rng, 30))
			kdp_refill(&w->model.leaves);
		kdp_change_somehow(test, w, failing);
		w->err = 0;
	}
	KUNIT_EXPECT_TRUE(test, kdp_fail_allocations(false));
	kdp_release(t);
	KUNIT_EXPECT_TRUE(test, kdp_world_same(w));
	KUNIT_EXPECT_TRUE(test, kdp_world_unshared(w));
	KUNIT_EXPECT_GT(test, nr_snapshots, 20);
	KUNIT_EXPECT_GT(test, nr_given_up, 2);
	KUNIT_EXPECT_GT(test, w->model.leaves.nr_copied, 100);
	kunit_info(test, "%u snapshots, %u given up, %llu copied", nr_snapshots,
		   nr_given_up, w->model.leaves.nr_copied);
}

static int kdp_leaves_test_init(struct kunit *test)
{
	struct kdp_leaves_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	test->priv = t;
	return t ? kdp_world_init(&t->world, KDP_LEAVES_SPANS) : -ENOMEM;
}

static void kdp_leaves_test_exit(struct kunit *test)
{
	struct kdp_leaves_test *t = test->priv;

	if (!t)
		return;
	if (t->snap.memory)
		kdp_release(t);
	kdp_world_exit(&t->world);
}

static struct kunit_case kdp_leaves_cases[] = {
	KUNIT_CASE(reserve_is_bounded),
	KUNIT_CASE(reserve_then_give_up),
	KUNIT_CASE(next_snapshot_is_whole_again),
	KUNIT_CASE(splitting_a_run_needs_memory),
	KUNIT_CASE(memory_comes_and_goes),
	{}
};

static struct kunit_suite kdp_leaves_suite = {
	.name = "kdp_leaves",
	.init = kdp_leaves_test_init,
	.exit = kdp_leaves_test_exit,
	.test_cases = kdp_leaves_cases,
};

kunit_test_suite(kdp_leaves_suite);
