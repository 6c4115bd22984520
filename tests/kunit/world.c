// SPDX-License-Identifier: GPL-2.0-only
#include <linux/minmax.h>
#include <linux/slab.h>

#include "model/map-word.h"
#include "pool.h"
#include "world.h"

#define KDP_PLACE_SHIFT		2
#define KDP_PLACE_SWAPPED	2u
#define KDP_PLACE_STRIDE	1000000u	/* chunks between places */

u32 kdp_random(u64 *rng, u32 below)
{
	*rng ^= *rng << 13;
	*rng ^= *rng >> 7;
	*rng ^= *rng << 17;
	return (u32)(*rng >> 20) % below;
}

static u32 kdp_place_of(u32 chunk)
{
	return (chunk & KDP_C_PLACE) >> KDP_PLACE_SHIFT;
}

static u32 kdp_place(u32 place, u32 logical)
{
	return place * KDP_PLACE_STRIDE + 100 +
	       (place == KDP_PLACE_SWAPPED ? logical ^ 1 : logical);
}

static u32 kdp_birth_of(u32 chunk)
{
	return kdp_place_of(chunk) << 24 | chunk >> 8;
}

int kdp_world_init(struct kdp_world *w, u32 nr_spans)
{
	memset(w, 0, sizeof(*w));
	mutex_init(&w->lock);
	w->rng = 88172645463325252ull;
	w->nr_spans = nr_spans;
	w->nr_chunks = nr_spans * KDP_LEAF_CHUNKS - 101;
	w->expect = kvcalloc(w->nr_chunks, sizeof(u32), GFP_KERNEL);
	w->version = kcalloc(nr_spans, sizeof(u32), GFP_KERNEL);
	if (!w->expect || !w->version || kdp_pool_init(&w->model))
		return -ENOMEM;
	w->volume = kdp_pool_volume(&w->model, "world", w->nr_chunks);
	return w->volume ? 0 : -ENOMEM;
}

void kdp_world_exit(struct kdp_world *w)
{
	if (w->model.by_id)
		kdp_model_destroy(&w->model);
	kvfree(w->expect);
	kfree(w->version);
	memset(w, 0, sizeof(*w));
}

u32 kdp_world_leaves(const struct kdp_world *w)
{
	u32 i, n = 0;

	for (i = 0; i < w->nr_spans; i++)
		n += kdp_word_is_leaf(w->volume->map.dir[i]);
	return n;
}

/* Versions of the spans of these chunks go one up: odd, then even again. */
static void kdp_world_turn(struct kdp_world *w, u32 logical, u32 count)
{
	u32 i = logical / KDP_LEAF_CHUNKS;
	u32 last = (logical + count - 1) / KDP_LEAF_CHUNKS;

	smp_wmb(); /* what was changed goes before; pairs with readers.c */
	for (; i <= last; i++)
		WRITE_ONCE(w->version[i], w->version[i] + 1);
	smp_wmb(); /* what will be changed comes after; the same */
}

static void kdp_world_count(struct kdp_world *w, u32 leaves, int err)
{
	u32 now = kdp_world_leaves(w);

	w->nr_split += now > leaves ? now - leaves : 0;
	w->nr_collapsed += now < leaves ? leaves - now : 0;
	w->nr_changes++;
	w->err = w->err ?: err;
}

static int kdp_world_map(struct kdp_world *w, u32 logical, u32 count, u32 chunk)
{
	bool swapped = kdp_place_of(chunk) == KDP_PLACE_SWAPPED;
	struct kdp_extent e = {
		.logical = logical,
		.count = swapped ? 1 : count,
		.birth = kdp_birth_of(chunk),
		.unwritten = chunk & KDP_C_UNWRITTEN,
	};
	int err;

	do {
		e.physical = kdp_place(kdp_place_of(chunk), e.logical);
		err = kdp_map_add(&w->volume->map, &e);
		e.logical += e.count;
	} while (!err && e.logical < logical + count);
	/* the one before the last was mapped, and its leaf is there */
	if (err && e.logical - e.count > logical)
		kdp_map_unmap(&w->volume->map, logical,
			      e.logical - e.count - logical);
	return err;
}

int kdp_world_add(struct kdp_world *w, u32 logical, u32 count, u32 chunk)
{
	u32 i, leaves = kdp_world_leaves(w);
	int err;

	kdp_world_turn(w, logical, count);
	err = kdp_world_map(w, logical, count, chunk);
	for (i = 0; !err && i < count; i++)
		WRITE_ONCE(w->expect[logical + i], chunk);
	kdp_world_turn(w, logical, count);
	kdp_world_count(w, leaves, err);
	return err;
}

int kdp_world_unmap(struct kdp_world *w, u32 logical, u32 count)
{
	u32 i, leaves = kdp_world_leaves(w);
	int err;

	kdp_world_turn(w, logical, count);
	err = kdp_map_unmap(&w->volume->map, logical, count);
	for (i = 0; !err && i < count; i++)
		WRITE_ONCE(w->expect[logical + i], 0);
	kdp_world_turn(w, logical, count);
	kdp_world_count(w, leaves, err);
	return err;
}

int kdp_world_set(struct kdp_world *w, u32 logical, u32 count, bool unwritten)
{
	u32 i, leaves = kdp_world_leaves(w);
	int err;

	kdp_world_turn(w, logical, count);
	if (unwritten)
		err = kdp_map_set_unwritten(&w->volume->map, logical, count);
	else
		err = kdp_map_set_written(&w->volume->map, logical, count);
	for (i = logical; !err && i < logical + count; i++)
		WRITE_ONCE(w->expect[i], (w->expect[i] & ~KDP_C_UNWRITTEN) |
			   (unwritten ? KDP_C_UNWRITTEN : 0));
	kdp_world_turn(w, logical, count);
	kdp_world_count(w, leaves, err);
	return err;
}

u32 kdp_world_run(const struct kdp_world *w, u32 logical, u32 max)
{
	u32 n = 1;

	max = min(max, w->nr_chunks - logical);
	while (n < max && !w->expect[logical + n] == !w->expect[logical])
		n++;
	return n;
}

static u32 kdp_world_new_chunk(struct kdp_world *w)
{
	return KDP_C_MAPPED | kdp_random(&w->rng, 3) << KDP_PLACE_SHIFT |
	       (kdp_random(&w->rng, 2) ? KDP_C_UNWRITTEN : 0) |
	       ++w->stamp << 8;
}

/* Anywhere: a few chunks, whole spans, or as many as there are. */
static void kdp_world_change_some(struct kdp_world *w)
{
	u32 logical = kdp_random(&w->rng, w->nr_chunks);
	u32 kind = kdp_random(&w->rng, 8);
	u32 chunk, count = 1 + kdp_random(&w->rng, 40);

	if (kind < 2) {
		logical -= logical % KDP_LEAF_CHUNKS;
		count = (kind + 1) * KDP_LEAF_CHUNKS;
	} else if (kind == 2) {
		count = w->nr_chunks;
	}
	count = kdp_world_run(w, logical, count);
	if (!w->expect[logical]) {
		chunk = kdp_world_new_chunk(w);
		if (kdp_place_of(chunk) == KDP_PLACE_SWAPPED)
			count = min(count, 8u);
		kdp_world_add(w, logical, count, chunk);
		return;
	}
	if (kdp_random(&w->rng, 3))
		kdp_world_set(w, logical, count, kdp_random(&w->rng, 2));
	else
		kdp_world_unmap(w, logical, count);
}

/* A whole span goes, piece by piece, and comes again as one run in pieces. */
static void kdp_world_change_span(struct kdp_world *w)
{
	u32 i = kdp_random(&w->rng, w->nr_spans);
	u32 n, at, first = i * KDP_LEAF_CHUNKS;
	u32 size = kdp_span_size(&w->volume->map, i);
	u32 chunk = kdp_world_new_chunk(w) & ~KDP_C_PLACE;

	for (at = first; at < first + size; at += n) {
		n = kdp_world_run(w, at, first + size - at);
		if (w->expect[at])
			kdp_world_unmap(w, at, n);
	}
	n = 1 + kdp_random(&w->rng, size - 1);
	kdp_world_add(w, first + n, size - n, chunk);
	kdp_world_add(w, first, n, chunk);
	n = 1 + kdp_random(&w->rng, size - 1);
	kdp_world_set(w, first, n, !(chunk & KDP_C_UNWRITTEN));
	kdp_world_set(w, first + n, size - n, !(chunk & KDP_C_UNWRITTEN));
}

void kdp_world_change(struct kdp_world *w)
{
	if (kdp_random(&w->rng, 16))
		kdp_world_change_some(w);
	else
		kdp_world_change_span(w);
}

bool kdp_chunk_is(u32 logical, u32 chunk, const struct kdp_mapping *m)
{
	if (!chunk)
		return m->state == KDP_CHUNK_HOLE;
	return m->state == (chunk & KDP_C_UNWRITTEN ? KDP_CHUNK_UNWRITTEN :
						      KDP_CHUNK_WRITTEN) &&
	       m->physical == kdp_place(kdp_place_of(chunk), logical) &&
	       m->birth == kdp_birth_of(chunk);
}

bool kdp_chunk_legal(u32 logical, u32 max, const struct kdp_mapping *m)
{
	u32 place = m->birth >> 24;

	if (!m->count || m->count > max)
		return false;
	if (m->state == KDP_CHUNK_HOLE)
		return !m->physical && !m->birth;
	return (m->state == KDP_CHUNK_WRITTEN ||
		m->state == KDP_CHUNK_UNWRITTEN) &&
	       place <= KDP_PLACE_SWAPPED &&
	       m->physical == kdp_place(place, logical) &&
	       (place != KDP_PLACE_SWAPPED || m->count == 1);
}

bool kdp_world_unshared(const struct kdp_world *w)
{
	u32 i;

	for (i = 0; i < w->nr_spans; i++)
		if (kdp_word_is_leaf(w->volume->map.dir[i]) &&
		    kdp_word_leaf(w->volume->map.dir[i])->refs != 1)
			return false;
	return true;
}

bool kdp_world_same(const struct kdp_world *w)
{
	const struct kdp_map *map = &w->volume->map;
	u32 i, mapped = 0, unwritten = 0;
	struct kdp_mapping m;

	for (i = 0; i < w->nr_chunks; i++) {
		kdp_map_lookup(map, i, 1, &m);
		if (!kdp_chunk_is(i, w->expect[i], &m))
			return false;
		mapped += !!w->expect[i];
		unwritten += !!(w->expect[i] & KDP_C_UNWRITTEN);
	}
	return map->nr_mapped == mapped && map->nr_unwritten == unwritten;
}
