// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commits beside a checkpoint: two tasks in simulated time (tasks.h), one
 * writes the checkpoint, the other first writes, each with a commit, without a
 * pause until the checkpoint has ended.  Every first write goes to another
 * leaf, so that almost every one has to copy a leaf.
 *
 * Runs with and without a checkpoint take turns.  What is judged is the median
 * of the runs' 99th percentiles.
 */
#include "bench.h"
#include "figures.h"
#include "series.h"
#include "store/private.h"
#include "tasks.h"

#define MAX_HOLES	32000u	/* a journal of 32768 has room for so many */

struct beside {
	struct pool *pool;
	bool checkpointing;
	u32 left;		/* commits, when there is no checkpoint */
	struct series *latency;
	u32 hole[MAX_HOLES];
	u32 nr_holes;
	u64 took;		/* the last checkpoint */
};

static void one_commit(struct beside *b)
{
	struct pool *p = b->pool;
	u64 begin = tasks_clock();

	b->hole[b->nr_holes++] = pool_fill_hole(p);
	pool_must(p, kdp_store_commit_volume(p->store, p->thin, NULL),
		  "commit beside a checkpoint");
	series_add(b->latency, tasks_clock() - begin);
}

static void write_on(void *arg)
{
	struct beside *b = arg;
	u32 max = b->pool->nr_holes < MAX_HOLES ? b->pool->nr_holes :
						  MAX_HOLES;

	while (b->nr_holes < max &&
	       (b->checkpointing || (b->left && b->left--)))
		one_commit(b);
}

static void checkpoint(void *arg)
{
	struct beside *b = arg;
	u64 begin = tasks_clock();

	pool_must(b->pool, kdp_store_checkpoint(b->pool->store), "checkpoint");
	b->took = tasks_clock() - begin;
	b->checkpointing = false;
}

/* The whole journal is there for what comes, and there is something new. */
static void prepare(struct beside *b)
{
	pool_must(b->pool, kdp_store_checkpoint(b->pool->store), "checkpoint");
	b->hole[0] = pool_fill_hole(b->pool);
	b->nr_holes = 1;
	pool_must(b->pool, kdp_store_commit(b->pool->store, NULL), "commit");
}

static void run(struct beside *b, struct series *latency, bool checkpointing)
{
	u32 i;

	prepare(b);
	b->latency = latency;
	b->checkpointing = checkpointing;
	if (checkpointing) {
		b->left = 0;
		tasks_spawn(checkpoint, b);
	}
	tasks_spawn(write_on, b);
	tasks_run();
	b->left = b->nr_holes - 1;	/* as many without as with */
	for (i = 0; i < b->nr_holes; i++)
		pool_empty_hole(b->pool, b->hole[i]);
	pool_upkeep(b->pool);
}

/* All runs of a kind, and of each run its 99th percentile and its longest. */
struct runs {
	const char *name;
	struct series all, p99, longest;
};

static void run_one(struct beside *b, struct runs *r, bool checkpointing)
{
	struct series s = { };
	u32 i;

	run(b, &s, checkpointing);
	series_add(&r->p99, series_at(&s, 0.99) * 1e3);
	series_add(&r->longest, series_at(&s, 1) * 1e3);
	for (i = 0; i < s.nr; i++)
		series_add(&r->all, s.ns[i]);
	series_free(&s);
}

static void report_runs(struct runs *r)
{
	double p50 = series_median(&r->all), p99 = series_median(&r->p99);

	say("%-26s %9u %9.2f %9.2f %9.2f %9.2f\n", r->name, r->all.nr, p50,
	    p99, series_at(&r->all, 0.999), series_at(&r->all, 1));
	figure_silent(p50, "us", NO_LIMIT, "%s: p50", r->name);
	figure_silent(p99, "us", NO_LIMIT, "%s: p99", r->name);
	figure_silent(series_at(&r->all, 0.999), "us", NO_LIMIT, "%s: p99.9",
		      r->name);
	/* what happened in one run only was the machine */
	figure(series_at(&r->longest, 0), "us", NO_LIMIT,
	       "%s: longest, least of the runs", r->name);
}

static void free_runs(struct runs *r)
{
	series_free(&r->all);
	series_free(&r->p99);
	series_free(&r->longest);
}

static struct beside work;

void bench_beside(struct pool *p, u32 checkpoints)
{
	struct runs alone = { .name = "commits alone" };
	struct runs with = { .name = "beside a checkpoint" };
	u64 copied = p->store->model.leaves.nr_copied;
	u32 i;

	work.pool = p;
	p->disk->pace = &tasks_pace;
	for (i = 0; i < checkpoints; i++) {
		run_one(&work, &with, true);
		run_one(&work, &alone, false);
	}
	p->disk->pace = NULL;
	copied = p->store->model.leaves.nr_copied - copied;
	say("\nA checkpoint of %u mappings: %.0f ms of simulated time\n",
	    p->nr_mapped, work.took / 1e6);
	say("%-26s %9s %9s %9s %9s %9s\n", "  microseconds", "commits", "p50",
	    "p99", "p99.9", "max");
	report_runs(&alone);
	report_runs(&with);
	figure(series_median(&with.p99) / series_median(&alone.p99), "x", 1.5,
	       "beside a checkpoint / alone: p99");
	figure((double)copied / checkpoints, "", NO_LIMIT,
	       "beside a checkpoint: leaves copied");
	figure((double)with.all.nr / checkpoints, "", NO_LIMIT,
	       "beside a checkpoint: commits");
	free_runs(&alone);
	free_runs(&with);
}
