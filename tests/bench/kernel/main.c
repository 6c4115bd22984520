// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measures the time that bios take on several devices, in turn.
 *
 *	insmod kdp-bench.ko devices=/dev/ram0,/dev/mapper/a,/dev/mapper/b+/dev/mapper/c
 *
 * Devices joined by a plus are used at the same time, each by a thread of its
 * own.  In each round every one of them, or each group, gets the same bios; who
 * begins changes from round to round.  A line for each goes to the log:
 *
 *	kdp-bench: ROUND GROUP NANOSECONDS
 *
 * NANOSECONDS are those of a bio (with its flush), over all threads.  Loading
 * fails if anything fails, else the module does nothing any more.
 */
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "lane.h"

#define KDP_BENCH_GROUPS	12u
#define KDP_BENCH_LANES		8u	/* of a group */

static char *devices = "";
module_param(devices, charp, 0);
static uint rounds = 1;
module_param(rounds, uint, 0);
static uint bios = 1000;
module_param(bios, uint, 0);
static uint bytes = 4096;
module_param(bytes, uint, 0);
static unsigned long long span;
module_param(span, ullong, 0);
static bool write;
module_param(write, bool, 0);
static bool flush;
module_param(flush, bool, 0);
static bool random;
module_param(random, bool, 0);

struct kdp_bench_thread {
	struct kdp_bench_lane lane;
	struct work_struct work;
	int err;
};

struct kdp_bench_group {
	struct kdp_bench_thread thread[KDP_BENCH_LANES];
	u32 nr;
};

struct kdp_bench {
	struct kdp_bench_job job;
	struct kdp_bench_group group[KDP_BENCH_GROUPS];
	u32 nr;
};

static void kdp_bench_work(struct work_struct *work)
{
	struct kdp_bench_thread *t =
		container_of(work, struct kdp_bench_thread, work);

	t->err = kdp_bench_lane_run(&t->lane);
}

static int kdp_bench_run_all(struct kdp_bench_group *g)
{
	int err = 0;
	u32 i;

	if (g->nr == 1)
		return kdp_bench_lane_run(&g->thread[0].lane);
	for (i = 0; i < g->nr; i++)
		queue_work(system_unbound_wq, &g->thread[i].work);
	for (i = 0; i < g->nr; i++) {
		flush_work(&g->thread[i].work);
		err = err ? err : g->thread[i].err;
	}
	return err;
}

/* One round of a group; nanoseconds of all of it, or -errno. */
static s64 kdp_bench_group_run(struct kdp_bench_group *g)
{
	ktime_t begin = ktime_get();
	int err = kdp_bench_run_all(g);

	return err ? err : ktime_to_ns(ktime_sub(ktime_get(), begin));
}

static int kdp_bench_run(struct kdp_bench *b)
{
	u32 round, i, at;
	s64 ns;

	for (round = 0; round < rounds; round++)
		for (i = 0; i < b->nr; i++) {
			at = (round + i) % b->nr;
			ns = kdp_bench_group_run(&b->group[at]);
			if (ns < 0)
				return ns;
			pr_info("kdp-bench: %u %u %llu\n", round, at,
				div_u64(ns, b->job.bios * b->group[at].nr));
		}
	return 0;
}

static int kdp_bench_add_device(struct kdp_bench *b, struct kdp_bench_group *g,
				const char *path)
{
	struct kdp_bench_thread *t;
	int err;

	if (g->nr == KDP_BENCH_LANES)
		return -E2BIG;
	t = &g->thread[g->nr];
	err = kdp_bench_lane_open(&t->lane, path, &b->job);
	if (err) {
		pr_err("kdp-bench: %s: error %d\n", path, err);
		return err;
	}
	INIT_WORK(&t->work, kdp_bench_work);
	g->nr++;
	return 0;
}

static int kdp_bench_add_group(struct kdp_bench *b, char *paths)
{
	char *path;
	int err = 0;

	if (b->nr == KDP_BENCH_GROUPS)
		return -E2BIG;
	while (!err && (path = strsep(&paths, "+")))
		err = kdp_bench_add_device(b, &b->group[b->nr], path);
	b->nr++;
	return err;
}

static void kdp_bench_end(struct kdp_bench *b)
{
	u32 i, k;

	for (i = 0; i < b->nr; i++)
		for (k = 0; k < b->group[i].nr; k++)
			kdp_bench_lane_close(&b->group[i].thread[k].lane);
}

static bool kdp_bench_wrong(const struct kdp_bench_job *job)
{
	return !job->bios || !rounds || !job->bytes || job->bytes > 65536 ||
	       job->bytes % SECTOR_SIZE;
}

static int __init kdp_bench_init(void)
{
	struct kdp_bench *b = kvzalloc(sizeof(*b), GFP_KERNEL);
	char *rest = devices, *paths;
	int err;

	if (!b)
		return -ENOMEM;
	b->job = (struct kdp_bench_job){
		.bios = bios, .bytes = bytes, .span = span, .write = write,
		.flush = flush, .random = random,
	};
	err = kdp_bench_wrong(&b->job) ? -EINVAL : 0;
	while (!err && (paths = strsep(&rest, ",")))
		err = kdp_bench_add_group(b, paths);
	if (!err)
		err = kdp_bench_run(b);
	kdp_bench_end(b);
	kvfree(b);
	return err;
}
module_init(kdp_bench_init);

static void __exit kdp_bench_exit(void)
{
}
module_exit(kdp_bench_exit);

MODULE_DESCRIPTION("bios straight at block devices, timed");
MODULE_LICENSE("GPL");
