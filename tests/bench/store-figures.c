// SPDX-License-Identifier: GPL-2.0-only
/*
 *   store-figures           figures of the engine, at full size: minutes,
 *                           and about 10 GiB of memory
 *   store-figures --quick   smaller pools, seconds; pools of 10,000 volumes
 *                           and of 16 M mappings are left out
 *   --json FILE             all numbers as JSON; "-": standard output, and
 *                           nothing else there
 *
 * The engine at native speed on a disk in memory, one thread.  Exit status 1:
 * a figure is above its limit.
 *
 *   space.c     memory of maps; what a new volume and a new pool cost
 *   latency.c   CPU time of a commit, and how it grows with the pool.  The disk
 *               takes no time and its copying is not counted.
 *   beside.c    commits beside a checkpoint, in simulated time (tasks.h)
 *
 * Here checksums are computed by tables, five times 4 KiB in each commit; the
 * kernel has instructions for it.  The flush of a disk in memory is nothing.
 */
#include <getopt.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>

#include "bench.h"
#include "figures.h"

static const struct effort quick = {
	.journal_blocks = 8192, .rounds = 4000, .checkpoints = 10,
	.max_volumes = 1000, .max_mappings = 1 << 20,
};

static const struct effort full = {
	.journal_blocks = 32768, .rounds = 10000, .checkpoints = 5,
	.max_volumes = 10000, .max_mappings = POOL_FULL,
};

static const u32 volumes[MAX_CONTENDERS] = { 1, 10, 100, 1000, 10000 };
static const struct {
	u32 nr;
	const char *name;
} mappings[] = {
	{ 1 << 10, "1 K maps" }, { 1 << 16, "64 K maps" },
	{ 1 << 20, "1 M maps" }, { POOL_FULL, "16 M maps" },
};

static void free_pools(struct pool *pools, u32 nr)
{
	while (nr--)
		pool_free(&pools[nr]);
}

static void by_volumes(const struct effort *e)
{
	struct pool_shape shape = {
		.journal_blocks = 4096, .nr_mappings = 1 << 10,
	};
	struct contender c[MAX_CONTENDERS];
	struct pool pools[MAX_CONTENDERS];
	u32 n;

	for (n = 0; n < ARRAY_SIZE(volumes); n++) {
		if (volumes[n] > e->max_volumes)
			break;
		shape.nr_volumes = volumes[n];
		pool_new(&pools[n], &shape);
		c[n].pool = &pools[n];
		snprintf(c[n].label, sizeof(c[n].label), "%u vols",
			 volumes[n]);
	}
	bench_latency("Volumes in the pool", c, n, e->rounds);
	free_pools(pools, n);
}

static void by_mappings(const struct effort *e)
{
	struct pool_shape shape = {
		.journal_blocks = e->journal_blocks, .nr_volumes = 1,
	};
	struct contender c[MAX_CONTENDERS];
	struct pool pools[MAX_CONTENDERS];
	u32 n;

	for (n = 0; n < ARRAY_SIZE(mappings); n++) {
		if (mappings[n].nr > e->max_mappings)
			break;
		shape.nr_mappings = mappings[n].nr;
		pool_new(&pools[n], &shape);
		c[n].pool = &pools[n];
		snprintf(c[n].label, sizeof(c[n].label), "%s",
			 mappings[n].name);
	}
	bench_map_memory(&pools[n - 1]);
	bench_latency("Mappings in the pool", c, n, e->rounds);
	bench_beside(&pools[n - 1], e->checkpoints);
	bench_recovery(&pools[n - 1]);
	free_pools(pools, n);
}

/* Memory comes without page faults and system calls, as the kernel's does. */
static void keep_memory(void)
{
	mallopt(M_TOP_PAD, 256 << 20);
	mallopt(M_MMAP_THRESHOLD, 1 << 30);
	mallopt(M_TRIM_THRESHOLD, 2147483647);
}

static void usage(void)
{
	fprintf(stderr, "usage: store-figures [--quick] [--json FILE]\n");
	exit(2);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "quick", no_argument, NULL, 'q' },
		{ "json", required_argument, NULL, 'j' },
		{ }
	};
	const struct effort *e = &full;
	const char *json = NULL;
	u32 bad;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'q')
			e = &quick;
		else if (c == 'j')
			json = optarg;
		else
			usage();
	}
	if (optind < argc)
		usage();
	if (json && !strcmp(json, "-"))
		say_nothing();
	keep_memory();
	bench_new_volume();
	bench_new_pool();
	bench_fragments();
	by_volumes(e);
	by_mappings(e);
	bad = figures_print();
	if (json)
		figures_json(json);
	return bad ? 1 : 0;
}
