// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>

#include "format/block.h"
#include "format/name.h"
#include "fuzz.h"

#define MAX_NAMES	100u

struct walk {
	struct fcase *c;
	struct picture *p;
	const struct kdp_geometry *g;
	u8 *seen;		/* a byte for each chunk of the pool */
	u64 last_id;
	u64 names[MAX_NAMES];	/* hashes */
	u32 nr_names;
};

static void feed(struct picture *p, u64 value)
{
	p->hash = kdp_mix64(p->hash ^ value) + value;
}

/* The reserved runs, once more: no volume may have any of these. */
static void mark_reserved(struct walk *w)
{
	u32 i, first, count;

	for (i = 0; i < KDP_RESERVED_RUNS; i++) {
		kdp_reserved_run(w->g, i, &first, &count);
		if (first > w->g->nr_chunks || count > w->g->nr_chunks - first)
			finding(w->c, "reserved run %u: %u + %u of %u chunks",
				i, first, count, w->g->nr_chunks);
		else
			memset(w->seen + first, 1, count);
	}
}

static void mark_extent(struct walk *w, const struct kdp_extent *e)
{
	u32 i;

	for (i = 0; i < e->count; i++) {
		w->p->twice += w->seen[e->physical + i];
		w->seen[e->physical + i] = 1;
	}
}

static bool extent_ok(const struct walk *w, const struct kdp_volume *v,
		      const struct kdp_extent *e, u32 behind)
{
	return e->count && e->logical >= behind &&
	       e->logical < v->nr_chunks &&
	       e->count <= v->nr_chunks - e->logical &&
	       e->physical < w->g->nr_chunks &&
	       e->count <= w->g->nr_chunks - e->physical;
}

/* Something for exercise.c to work with. */
static void note_extent(struct picture *p, const struct kdp_volume *v,
			const struct kdp_extent *e)
{
	if (e->unwritten && !p->writable) {
		p->writable = v->info.id;
		p->unwritten = e->logical;
	}
	if (!p->mapped || e->logical % 3 == 1) {
		p->mapped = v->info.id;
		p->extent = *e;
	}
}

static void note_hole(struct picture *p, const struct kdp_volume *v, u32 from,
		      u32 to)
{
	if (p->thin || from == to || !(v->info.flags & KDP_VOLUME_THIN))
		return;
	p->thin = v->info.id;
	p->hole = from;
}

static void look_at_map(struct walk *w, const struct kdp_volume *v)
{
	u32 logical = 0, behind = 0, mapped = 0, unwritten = 0;
	struct kdp_extent e;

	while (kdp_map_next_extent(&v->map, &logical, &e)) {
		if (!extent_ok(w, v, &e, behind)) {
			finding(w->c, "volume %llu of %u chunks: extent %u + %u at %u, pool of %u",
				(unsigned long long)v->info.id, v->nr_chunks,
				e.logical, e.count, e.physical,
				w->g->nr_chunks);
			return;
		}
		note_hole(w->p, v, behind, e.logical);
		behind = e.logical + e.count;
		mark_extent(w, &e);
		mapped += e.count;
		unwritten += e.unwritten ? e.count : 0;
		note_extent(w->p, v, &e);
		feed(w->p, (u64)e.logical << 32 | e.physical);
		feed(w->p, (u64)e.count << 32 | e.unwritten);
	}
	note_hole(w->p, v, behind, v->nr_chunks);
	if (mapped != v->map.nr_mapped || unwritten != v->map.nr_unwritten)
		finding(w->c, "volume %llu: %u mapped, %u unwritten; its map counts %u, %u",
			(unsigned long long)v->info.id, mapped, unwritten,
			v->map.nr_mapped, v->map.nr_unwritten);
}

static void look_at_name(struct walk *w, const struct kdp_volume_info *info)
{
	u64 hash = 0;
	const char *p;
	u32 i;

	if (!kdp_volume_name_ok(info->name, sizeof(info->name))) {
		finding(w->c, "volume %llu has a bad name",
			(unsigned long long)info->id);
		return;
	}
	for (p = info->name; *p; p++)
		hash = kdp_mix64(hash ^ *p);
	feed(w->p, hash);
	for (i = 0; i < w->nr_names; i++)
		if (w->names[i] == hash)
			finding(w->c, "two volumes of the name %s", info->name);
	if (w->nr_names < MAX_NAMES)
		w->names[w->nr_names++] = hash;
}

static bool look_at(const struct kdp_volume *v, void *data)
{
	struct walk *w = data;
	u64 sectors = (u64)w->g->chunk_blocks * KDP_SECTORS_PER_BLOCK;

	if (v->info.id <= w->last_id)
		finding(w->c, "volumes are not in the order of their ids: %llu after %llu",
			(unsigned long long)v->info.id,
			(unsigned long long)w->last_id);
	w->last_id = v->info.id;
	look_at_name(w, &v->info);
	if (v->info.sectors > v->nr_chunks * sectors ||
	    v->nr_chunks > v->info.sectors)
		finding(w->c, "volume %llu: %llu sectors, %u chunks",
			(unsigned long long)v->info.id,
			(unsigned long long)v->info.sectors, v->nr_chunks);
	feed(w->p, v->info.id);
	feed(w->p, v->info.sectors);
	w->p->nr_volumes++;
	if (!w->p->removable || !rng_below(&w->c->rng, w->p->nr_volumes))
		w->p->removable = v->info.id;
	look_at_map(w, v);
	return true;
}

/* The device was told that there is nothing: then nobody may have it. */
static void look_at_discards(struct walk *w)
{
	const struct image *d = w->c->disk;
	u64 first, last, chunk;
	u32 i;

	for (i = 0; i < d->nr_discards; i++) {
		first = d->discarded[i][0];
		last = first + d->discarded[i][1] - 1;
		for (chunk = first / w->g->chunk_blocks;
		     chunk <= last / w->g->chunk_blocks; chunk++)
			if (chunk >= w->g->nr_chunks || w->seen[chunk])
				finding(w->c, "chunk %llu is in use and was discarded",
					(unsigned long long)chunk);
	}
}

void look(struct fcase *c, struct kdp_store *s, struct picture *p)
{
	struct kdp_store_info info;
	struct walk w = { .c = c, .p = p, .g = &info.super.geometry };

	kdp_store_info(s, &info);
	memset(p, 0, sizeof(*p));
	w.seen = calloc(1, info.super.geometry.nr_chunks);
	if (!w.seen)
		abort();
	mark_reserved(&w);
	kdp_store_for_each(s, look_at, &w);
	look_at_discards(&w);
	if (p->nr_volumes != info.nr_volumes)
		finding(c, "%u volumes, the pool counts %u", p->nr_volumes,
			info.nr_volumes);
	free(w.seen);
}
