// SPDX-License-Identifier: GPL-2.0-only
/*
 * What one commit costs in pools of different size.
 *
 * The pools take turns, operation by operation, so that whatever disturbs the
 * machine disturbs all of them alike.  What is measured is the time from the
 * call to its return without the time in the disk:
 *
 *   prepare  from the call to the flush: the model, the batch
 *   seal     from the flush to the submit: chain, copies, checksums
 *   retire   from the end of the submit to the return
 *
 * "ratio" is that of the medians to the first pool's, "bare" the same without
 * the sealing, which is the same work in all pools.
 *
 * What undoes an operation, and the work of workers, is not measured.
 */
#include <stdio.h>

#include "bench.h"
#include "figures.h"
#include "series.h"

enum part { PREPARE, SEAL, RETIRE, BARE, COMMIT, NR_PARTS };
enum verb { CREATE, REMOVE, WRITE, NR_VERBS };

static const char *const part_names[NR_PARTS] = {
	[PREPARE] = "prepare", [SEAL] = "seal", [RETIRE] = "retire",
	[BARE] = "without seal", [COMMIT] = "commit",
};

static const char *const verb_names[NR_VERBS] = {
	[CREATE] = "create", [REMOVE] = "remove", [WRITE] = "first write",
};

struct lane {
	const struct contender *who;
	struct series at[NR_VERBS][NR_PARTS];
	u32 hole;
};

static void do_create(struct lane *l)
{
	struct kdp_op op = pool_create_op("fresh", SMALL_SECTORS, 0);

	pool_execute(l->who->pool, &op, 1);
}

static void do_remove(struct lane *l)
{
	struct kdp_op op = { .type = KDP_OP_REMOVE, .info.name = "fresh" };

	pool_execute(l->who->pool, &op, 1);
}

static void do_write(struct lane *l)
{
	struct pool *p = l->who->pool;

	l->hole = pool_fill_hole(p);
	pool_must(p, kdp_store_commit_volume(p->store, p->thin, NULL),
		  "commit of a volume");
}

static void (*const verbs[NR_VERBS])(struct lane *l) = {
	[CREATE] = do_create, [REMOVE] = do_remove, [WRITE] = do_write,
};

static void measure(struct lane *l, enum verb verb)
{
	struct sparse *d = l->who->pool->disk;
	struct sparse_counts before = d->count;
	const struct sparse_times *t = &d->time;
	struct series *at = l->at[verb];
	u64 begin = clock_now(), end, bare;

	verbs[verb](l);
	end = clock_now();
	if (d->count.flushes - before.flushes != 1 ||
	    d->count.submits - before.submits != 1)
		die("%s: no commit, or more than one", verb_names[verb]);
	series_add(&at[PREPARE], t->flush_in - begin);
	series_add(&at[SEAL], t->submit_in - t->flush_out);
	series_add(&at[RETIRE], end - t->submit_out);
	bare = t->flush_in - begin + end - t->submit_out;
	series_add(&at[BARE], bare);
	series_add(&at[COMMIT], bare + t->submit_in - t->flush_out);
}

static void turn(struct lane *l, enum verb verb)
{
	measure(l, verb);
	if (verb == WRITE)
		pool_empty_hole(l->who->pool, l->hole);
	if (verb != CREATE)
		pool_upkeep(l->who->pool);
}

static void run(struct lane *lanes, u32 nr, u32 rounds)
{
	u32 i, verb;

	while (rounds--)
		for (verb = 0; verb < NR_VERBS; verb++)
			for (i = 0; i < nr; i++)
				turn(&lanes[i], verb);
}

static double growth(struct lane *l, struct lane *first, u32 verb, u32 part)
{
	double base = series_median(&first->at[verb][part]);

	return base > 0 ? series_median(&l->at[verb][part]) / base : 1;
}

static void report_lane(struct lane *l, struct lane *first, u32 verb)
{
	const char *what = verb_names[verb], *label = l->who->label;
	struct series *at = l->at[verb];
	double ratio = growth(l, first, verb, COMMIT);
	u32 i;

	say("%-11s %-14s %7.2f %7.2f | %7.2f %7.2f %7.2f | %6.2f %6.2f\n",
	    what, label, series_median(&at[COMMIT]),
	    series_at(&at[COMMIT], 0.99), series_median(&at[PREPARE]),
	    series_median(&at[SEAL]), series_median(&at[RETIRE]), ratio,
	    growth(l, first, verb, BARE));
	for (i = 0; i < NR_PARTS; i++)
		figure_silent(series_median(&at[i]), "us", NO_LIMIT,
			      "%s, %s: %s", what, label, part_names[i]);
	figure_silent(series_at(&at[COMMIT], 0.99), "us", NO_LIMIT,
		      "%s, %s: p99", what, label);
	if (l != first)
		figure(ratio, "x", 1.2, "%s, %s / %s", what, label,
		       first->who->label);
}

static void report(struct lane *lanes, u32 nr)
{
	u32 i, verb;

	say("%-26s %7s %7s | %7s %7s %7s | %6s %6s\n",
	    "  microseconds of CPU", "p50", "p99", "prepare", "seal", "retire",
	    "ratio", "bare");
	for (verb = 0; verb < NR_VERBS; verb++)
		for (i = 0; i < nr; i++)
			report_lane(&lanes[i], &lanes[0], verb);
}

void bench_latency(const char *title, const struct contender *c, u32 nr,
		   u32 rounds)
{
	struct lane lanes[MAX_CONTENDERS] = { };
	u32 i, verb, part;

	for (i = 0; i < nr; i++)
		lanes[i].who = &c[i];
	run(lanes, nr, rounds);
	say("\n%s: one commit, %u rounds\n", title, rounds);
	report(lanes, nr);
	for (i = 0; i < nr; i++)
		for (verb = 0; verb < NR_VERBS; verb++)
			for (part = 0; part < NR_PARTS; part++)
				series_free(&lanes[i].at[verb][part]);
}
