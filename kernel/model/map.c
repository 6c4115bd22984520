// SPDX-License-Identifier: GPL-2.0-only
/* Maps: birth, death and looking up.  map-change.c has what changes them. */
#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "model/map-word.h"

u32 kdp_dir_size(u32 nr_chunks)
{
	return DIV_ROUND_UP(nr_chunks, KDP_LEAF_CHUNKS);
}

int kdp_map_init(struct kdp_map *map, u32 nr_chunks, struct kdp_leaves *leaves)
{
	memset(map, 0, sizeof(*map));
	map->dir = kvcalloc(kdp_dir_size(nr_chunks), sizeof(u64), GFP_KERNEL);
	if (!map->dir)
		return -ENOMEM;
	map->nr_chunks = nr_chunks;
	map->leaves = leaves;
	return 0;
}

void kdp_map_destroy(struct kdp_map *map)
{
	u32 i;

	for (i = 0; map->dir && i < kdp_dir_size(map->nr_chunks); i++)
		if (kdp_word_is_leaf(map->dir[i]))
			kdp_leaf_put(kdp_word_leaf(map->dir[i]));
	kvfree(map->dir);
	memset(map, 0, sizeof(*map));
}

/* How many chunks of the leaf from @logical on continue entry @e. */
static u32 kdp_leaf_alike(const struct kdp_leaf *leaf, u32 logical, u64 e,
			  u32 max)
{
	const u64 *entry = &leaf->entry[logical % KDP_LEAF_CHUNKS];
	u32 n = 0;

	while (n < max && READ_ONCE(entry[n]) == kdp_word_advance(e, n))
		n++;
	return n;
}

/* How many chunks from @logical on within its span continue entry @e. */
static u32 kdp_map_alike(const struct kdp_map *map, u32 logical, u64 e, u32 max)
{
	u64 w = READ_ONCE(map->dir[logical / KDP_LEAF_CHUNKS]);

	max = kdp_span_part(logical, max);
	if (kdp_word_is_leaf(w))
		return kdp_leaf_alike(kdp_word_leaf(w), logical, e, max);
	return kdp_word_advance(w, logical) == e ? max : 0;
}

/* Changed meanwhile, the first chunk still is what was found first. */
static u32 kdp_map_run(const struct kdp_map *map, u32 logical, u64 e, u32 max)
{
	u32 n = max_t(u32, kdp_map_alike(map, logical, e, max), 1);
	u32 more = n;

	while (more && n < max) {
		more = kdp_map_alike(map, logical + n, kdp_word_advance(e, n),
				     max - n);
		n += more;
	}
	return n;
}

void kdp_map_lookup(const struct kdp_map *map, u32 logical, u32 max,
		    struct kdp_mapping *m)
{
	u64 e = kdp_map_entry(map, logical);

	m->count = max > 1 ? kdp_map_run(map, logical, e, max) : 1;
	m->state = !e ? KDP_CHUNK_HOLE :
		   e & KDP_W_UNWRITTEN ? KDP_CHUNK_UNWRITTEN :
		   KDP_CHUNK_WRITTEN;
	m->physical = kdp_word_physical(e);
	m->birth = kdp_word_birth(e);
}

bool kdp_map_next_extent(const struct kdp_map *map, u32 *logical,
			 struct kdp_extent *e)
{
	struct kdp_mapping m;
	u32 max;

	while (*logical < map->nr_chunks) {
		max = min_t(u32, map->nr_chunks - *logical,
			    KDP_EXTENT_COUNT_MASK);
		kdp_map_lookup(map, *logical, max, &m);
		e->logical = *logical;
		*logical += m.count;
		if (m.state == KDP_CHUNK_HOLE)
			continue;
		e->physical = m.physical;
		e->count = m.count;
		e->birth = m.birth;
		e->unwritten = m.state == KDP_CHUNK_UNWRITTEN;
		return true;
	}
	return false;
}
