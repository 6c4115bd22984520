// SPDX-License-Identifier: GPL-2.0-only
/* Maps under readers that hold nothing but rcu_read_lock(). */
#include <kunit/test.h>
#include <linux/jiffies.h>
#include <linux/sched.h>

#include "readers.h"

#define KDP_MAPS_SPANS		5u
#define KDP_MAPS_READERS	2u
#define KDP_MAPS_SECONDS	4u
#define KDP_MAPS_MOST_SECONDS	40u	/* on a loaded machine */
#define KDP_MAPS_LOOKS		200000u

struct kdp_maps {
	struct kdp_world world;
	struct kdp_reader reader[KDP_MAPS_READERS];
	struct kdp_keeper keeper;
	u32 nr_beside;		/* changes during which readers looked */
};

static u64 kdp_maps_looked(const struct kdp_maps *maps)
{
	u64 n = 0;
	u32 i;

	for (i = 0; i < KDP_MAPS_READERS; i++)
		n += READ_ONCE(maps->reader[i].nr_looked);
	return n;
}

static bool kdp_maps_wrong(const struct kdp_maps *maps)
{
	u32 i;

	for (i = 0; i < KDP_MAPS_READERS; i++)
		if (READ_ONCE(maps->reader[i].nr_wrong))
			return true;
	return READ_ONCE(maps->keeper.nr_wrong);
}

/* Change the world for some seconds, until enough has been looked at. */
static void kdp_maps_churn(struct kdp_maps *maps)
{
	unsigned long enough = jiffies + KDP_MAPS_SECONDS * HZ;
	unsigned long end = jiffies + KDP_MAPS_MOST_SECONDS * HZ;
	struct kdp_world *w = &maps->world;
	u64 looked;

	while (!w->err && !kdp_maps_wrong(maps) && time_before(jiffies, end)) {
		if (time_after(jiffies, enough) &&
		    kdp_maps_looked(maps) > KDP_MAPS_LOOKS)
			break;
		mutex_lock(&w->lock);
		looked = kdp_maps_looked(maps);
		kdp_world_change(w);
		maps->nr_beside += looked != kdp_maps_looked(maps);
		mutex_unlock(&w->lock);
		cond_resched();
	}
}

static void kdp_maps_stop(struct kdp_maps *maps)
{
	u32 i;

	for (i = 0; i < KDP_MAPS_READERS; i++)
		kdp_reader_stop(&maps->reader[i]);
	kdp_keeper_stop(&maps->keeper);
}

static void kdp_maps_start(struct kunit *test, struct kdp_maps *maps)
{
	u32 i;

	for (i = 0; i < KDP_MAPS_READERS; i++)
		KUNIT_EXPECT_EQ(test, 0, kdp_reader_start(&maps->reader[i],
							  &maps->world, i + 1));
}

static void kdp_maps_expect(struct kunit *test, const struct kdp_maps *maps)
{
	const struct kdp_world *w = &maps->world;
	const struct kdp_reader *r;
	u64 exact = 0;

	for (r = maps->reader; r < maps->reader + KDP_MAPS_READERS; r++) {
		KUNIT_EXPECT_EQ_MSG(test, r->nr_wrong, 0,
				    "chunk %u: state %d physical %u birth %x count %u",
				    r->logical, r->seen.state,
				    r->seen.physical, r->seen.birth,
				    r->seen.count);
		KUNIT_EXPECT_GT(test, r->nr_looked, 10000);
		exact += r->nr_exact;
	}
	KUNIT_EXPECT_EQ(test, w->err, 0);
	KUNIT_EXPECT_GT(test, kdp_maps_looked(maps), KDP_MAPS_LOOKS);
	KUNIT_EXPECT_GT(test, exact, kdp_maps_looked(maps) / 4);
	KUNIT_EXPECT_GT(test, w->nr_changes, 500);
	KUNIT_EXPECT_GT(test, w->nr_split, 50);
	KUNIT_EXPECT_GT(test, w->nr_collapsed, 50);
	KUNIT_EXPECT_GT(test, maps->nr_beside, 50);
	KUNIT_EXPECT_TRUE(test, kdp_world_same(w));
	kunit_info(test, "%llu lookups, %llu exact, %u changes (%u beside), %u split, %u collapsed, %llu copied",
		   kdp_maps_looked(maps), exact, w->nr_changes,
		   maps->nr_beside, w->nr_split, w->nr_collapsed,
		   w->model.leaves.nr_copied);
}

static void readers_see_what_is_there(struct kunit *test)
{
	struct kdp_maps *maps = test->priv;

	kdp_maps_start(test, maps);
	kdp_maps_churn(maps);
	kdp_maps_stop(maps);
	kdp_maps_expect(test, maps);
	KUNIT_EXPECT_EQ(test, maps->world.model.leaves.nr_copied, 0);
}

static void readers_and_snapshots(struct kunit *test)
{
	struct kdp_maps *maps = test->priv;

	kdp_maps_start(test, maps);
	KUNIT_EXPECT_EQ(test, 0, kdp_keeper_start(&maps->keeper, &maps->world));
	kdp_maps_churn(maps);
	kdp_maps_stop(maps);
	kdp_maps_expect(test, maps);
	KUNIT_EXPECT_GT(test, maps->world.model.leaves.nr_copied, 100);
	KUNIT_EXPECT_GT(test, maps->keeper.nr_taken, 20);
	KUNIT_EXPECT_EQ(test, maps->keeper.nr_given_up, 0);
	KUNIT_EXPECT_EQ(test, maps->keeper.nr_wrong, 0);
	kunit_info(test, "%u snapshots, %llu lookups in them",
		   maps->keeper.nr_taken, maps->keeper.nr_looked);
}

static int kdp_maps_init(struct kunit *test)
{
	struct kdp_maps *maps = kunit_kzalloc(test, sizeof(*maps), GFP_KERNEL);

	test->priv = maps;
	return maps ? kdp_world_init(&maps->world, KDP_MAPS_SPANS) : -ENOMEM;
}

static void kdp_maps_exit(struct kunit *test)
{
	struct kdp_maps *maps = test->priv;

	if (!maps)
		return;
	kdp_maps_stop(maps);
	kdp_world_exit(&maps->world);
}

static struct kunit_case kdp_maps_cases[] = {
	KUNIT_CASE(readers_see_what_is_there),
	KUNIT_CASE(readers_and_snapshots),
	{}
};

static struct kunit_suite kdp_maps_suite = {
	.name = "kdp_maps",
	.init = kdp_maps_init,
	.exit = kdp_maps_exit,
	.test_cases = kdp_maps_cases,
};

kunit_test_suite(kdp_maps_suite);
