// SPDX-License-Identifier: GPL-2.0-only
/* Memory and bytes, and what the allocator of chunks costs at its worst. */
#include <linux/kernel.h>

#include "bench.h"
#include "figures.h"
#include "heap.h"
#include "model/map-word.h"
#include "series.h"

#define MIB		(1024.0 * 1024.0)
#define WINDOWS		200u
#define THICK_SECTORS	(10ull << 21)	/* 10 GiB */

/* Bytes of a map: its directory and its leaves. */
static u64 map_bytes(const struct kdp_map *map)
{
	u32 i, n = kdp_dir_size(map->nr_chunks);
	u64 bytes = n * sizeof(u64);

	for (i = 0; i < n; i++)
		if (kdp_word_is_leaf(map->dir[i]))
			bytes += sizeof(struct kdp_leaf);
	return bytes;
}

static u64 sequence_of(struct pool *p)
{
	struct kdp_store_info info;

	kdp_store_info(p->store, &info);
	return info.sequence;
}

void bench_new_volume(void)
{
	const struct pool_shape shape = { };
	struct kdp_op op = pool_create_op("thick", THICK_SECTORS, 0);
	struct sparse_counts before, *now;
	struct heap_use heap;
	struct kdp_volume *v;
	struct pool p;
	u64 sequence;

	pool_new(&p, &shape);
	now = &p.disk->count;
	before = *now;
	heap = heap_use();
	sequence = sequence_of(&p);
	pool_execute(&p, &op, 1);
	figure(sequence_of(&p) - sequence, "", 1,
	       "new 10 GiB thick volume: commits");
	figure(now->flushes - before.flushes, "", 1,
	       "new 10 GiB thick volume: flushes");
	figure((now->written - before.written) / (double)KDP_REPLICAS, "", 1,
	       "new 10 GiB thick volume: blocks per replica");
	pool_must(&p, kdp_store_volume_get(p.store, "thick", &v), "thick");
	figure(map_bytes(&v->map), "B", 4096,
	       "new 10 GiB thick volume: map memory");
	figure(heap_use().kernel - heap.kernel, "B", NO_LIMIT,
	       "new 10 GiB thick volume: kernel memory in all");
	kdp_store_volume_put(p.store, v);
	pool_free(&p);
}

struct phase {
	const char *name;
	double cpu;
	struct sparse_counts count;
	u64 heap;
};

static void phase_begin(struct phase *f, const char *name, struct sparse *d)
{
	f->name = name;
	f->count = d->count;
	heap_restart_peak();
	f->heap = heap_use().kernel;
	f->cpu = clock_cpu();
}

static void phase_end(const struct phase *f, struct sparse *d)
{
	double cpu = clock_cpu() - f->cpu;
	u64 peak = heap_use().peak - f->heap;

	figure(cpu, "s", 1, "new 1 TiB pool, %s: CPU", f->name);
	figure(peak / MIB, "MiB", 12, "new 1 TiB pool, %s: peak memory", f->name);
	figure((d->count.written - f->count.written) * KDP_BLOCK_SIZE / MIB,
	       "MiB", 16, "new 1 TiB pool, %s: written", f->name);
	figure(d->count.read - f->count.read, "", NO_LIMIT,
	       "new 1 TiB pool, %s: blocks read", f->name);
}

void bench_new_pool(void)
{
	const struct pool_shape shape = { };
	struct pool p = { .disk = sparse_new(POOL_BLOCKS) };
	struct phase f;

	phase_begin(&f, "format", p.disk);
	pool_format(p.disk, &shape);
	phase_end(&f, p.disk);
	phase_begin(&f, "activate", p.disk);
	pool_start(&p);
	phase_end(&f, p.disk);
	pool_free(&p);
}

static void must_be_scattered(const struct pool *p)
{
	struct kdp_extent e;
	u32 logical = 0, extents = 0;

	while (kdp_map_next_extent(&p->thin->map, &logical, &e))
		extents++;
	if (extents != p->nr_mapped)
		die("%u mappings make %u extents", p->nr_mapped, extents);
}

void bench_map_memory(struct pool *p)
{
	must_be_scattered(p);
	figure(p->nr_mapped, "", NO_LIMIT, "single mappings");
	figure(p->map_bytes / (double)p->nr_mapped, "B", 8.5,
	       "memory of a mapping");
	figure(map_bytes(&p->thin->map) / (double)p->nr_mapped, "B", NO_LIMIT,
	       "of that directory and leaves");
}

/* Closing and opening the pool again: what recovery costs at this size. */
void bench_recovery(struct pool *p)
{
	struct phase f;
	double cpu;

	pool_stop(p);
	phase_begin(&f, "", p->disk);
	pool_start(p);
	cpu = clock_cpu() - f.cpu;
	figure(cpu, "s", NO_LIMIT, "activation with %u mappings: CPU",
	       p->nr_mapped);
	figure((heap_use().peak - f.heap) / MIB, "MiB", NO_LIMIT,
	       "activation with %u mappings: peak memory", p->nr_mapped);
	figure((p->disk->count.read - f.count.read), "", NO_LIMIT,
	       "activation with %u mappings: blocks read", p->nr_mapped);
}

/* All of the space that a pool may have, so much of it in use. */
static void scattered_space(struct kdp_space *space, u32 percent)
{
	u64 rng = 1;
	u32 i;

	if (kdp_space_init(space, KDP_MAX_CHUNKS))
		die("no memory for a bitmap");
	for (i = 0; i < space->nr_chunks; i++) {
		rng = rng * 6364136223846793005ull + 1442695040888963407ull;
		if ((rng >> 33) % 100 < percent)
			kdp_space_busy(space, i, 1);
	}
}

/* The window of a thin volume. */
static double time_windows(struct kdp_space *space, double *chunks)
{
	struct series took = { };
	struct kdp_run run;
	double longest;
	u64 begin;
	u32 i;

	for (i = 0; i < WINDOWS; i++) {
		begin = clock_now();
		if (kdp_space_reserve_some(space, 16, &run))
			die("no space");
		series_add(&took, clock_now() - begin);
		*chunks += (double)run.count / WINDOWS;
	}
	/* not what the machine did meanwhile */
	longest = series_at(&took, 0.95);
	series_free(&took);
	return longest;
}

/* A thick volume of many pieces; microseconds. */
static double time_thick(struct kdp_space *space, u32 want, u32 *pieces)
{
	u64 begin = clock_now();
	struct kdp_run run;
	u32 least;

	if (kdp_space_plan(space, want, &least))
		die("no plan");
	for (; want; want -= run.count) {
		if (kdp_space_reserve(space, want, least, &run))
			die("the plan was wrong");
		++*pieces;
	}
	return (clock_now() - begin) / 1e3;
}

void bench_fragments(void)
{
	static const u32 percents[] = { 50, 80, 95 };
	struct kdp_space space;
	double chunks, us;
	u32 i, pieces;

	for (i = 0; i < ARRAY_SIZE(percents); i++) {
		scattered_space(&space, percents[i]);
		chunks = 0;
		us = time_windows(&space, &chunks);
		figure(us, "us", 1000, "scattered, %u %% used: a window, p95",
		       percents[i]);
		figure(chunks, "", NO_LIMIT,
		       "scattered, %u %% used: chunks of a window", percents[i]);
		pieces = 0;
		us = time_thick(&space, 10000, &pieces);
		figure(us, "us", NO_LIMIT,
		       "scattered, %u %% used: 10,000 chunks", percents[i]);
		figure(pieces, "", NO_LIMIT,
		       "scattered, %u %% used: pieces of these", percents[i]);
		kdp_space_destroy(&space);
	}
}
