// SPDX-License-Identifier: GPL-2.0-only
/*
 * Words of 64 bits, for directory and leaf alike:
 *
 *   0                    a hole
 *   pointer | 1          a leaf (directory only)
 *   bit 2 set, bit 0 not mapped: bit 1 unwritten, bits 4-31 birth, bits 32-63
 *                        the physical chunk - in a directory that of logical
 *                        chunk 0, modulo 2^32
 *
 * A word is read and written in one piece, so a reader sees the old or the new
 * state of a chunk.  A new leaf is published with a release store; readers
 * follow the pointer, which orders their loads.  A leaf lives as long as its
 * map.
 */
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "model/map.h"

#define KDP_W_LEAF	1ull
#define KDP_W_UNWRITTEN	2ull
#define KDP_W_MAPPED	4ull
#define KDP_W_BIRTH_SHIFT	4
#define KDP_W_BIRTH_MASK	0x0fffffffull
#define KDP_W_PHYS_SHIFT	32

static_assert(sizeof(void *) == sizeof(u64));
static_assert(KDP_LEAF_CHUNKS == 1 << KDP_LEAF_SHIFT);

struct kdp_leaf {
	u64 entry[KDP_LEAF_CHUNKS];
};

static u64 kdp_word(u32 physical, u32 birth, bool unwritten)
{
	return (u64)physical << KDP_W_PHYS_SHIFT |
	       (birth & KDP_W_BIRTH_MASK) << KDP_W_BIRTH_SHIFT |
	       KDP_W_MAPPED | (unwritten ? KDP_W_UNWRITTEN : 0);
}

static u32 kdp_word_physical(u64 w)
{
	return w >> KDP_W_PHYS_SHIFT;
}

/* The same word @chunks further on in a run; a hole stays a hole. */
static u64 kdp_word_advance(u64 w, u32 chunks)
{
	return w ? w + ((u64)chunks << KDP_W_PHYS_SHIFT) : 0;
}

static struct kdp_leaf *kdp_word_leaf(u64 w)
{
	return (struct kdp_leaf *)(unsigned long)(w & ~KDP_W_LEAF);
}

static u32 kdp_dir_size(u32 nr_chunks)
{
	return DIV_ROUND_UP(nr_chunks, KDP_LEAF_CHUNKS);
}

int kdp_map_init(struct kdp_map *map, u32 nr_chunks)
{
	memset(map, 0, sizeof(*map));
	map->dir = kvcalloc(kdp_dir_size(nr_chunks), sizeof(u64), GFP_KERNEL);
	if (!map->dir)
		return -ENOMEM;
	map->nr_chunks = nr_chunks;
	return 0;
}

void kdp_map_destroy(struct kdp_map *map)
{
	u32 i;

	for (i = 0; i < kdp_dir_size(map->nr_chunks); i++)
		if (map->dir[i] & KDP_W_LEAF)
			kfree(kdp_word_leaf(map->dir[i]));
	kvfree(map->dir);
	memset(map, 0, sizeof(*map));
}

/* The entry of one chunk, with the chunk's own physical number. */
static u64 kdp_map_entry(const struct kdp_map *map, u32 logical)
{
	u64 w = READ_ONCE(map->dir[logical >> KDP_LEAF_SHIFT]);

	if (!(w & KDP_W_LEAF))
		return kdp_word_advance(w, logical);
	return READ_ONCE(kdp_word_leaf(w)->entry[logical % KDP_LEAF_CHUNKS]);
}

/* How many chunks from @logical on within its span continue entry @e. */
static u32 kdp_map_alike(const struct kdp_map *map, u32 logical, u64 e, u32 max)
{
	u32 left = KDP_LEAF_CHUNKS - logical % KDP_LEAF_CHUNKS;
	u32 n = 1;

	if (max > left)
		max = left;
	if (!(READ_ONCE(map->dir[logical >> KDP_LEAF_SHIFT]) & KDP_W_LEAF))
		return kdp_map_entry(map, logical) == e ? max : 1;
	while (n < max &&
	       kdp_map_entry(map, logical + n) == kdp_word_advance(e, n))
		n++;
	return n;
}

void kdp_map_lookup(const struct kdp_map *map, u32 logical, u32 max,
		    struct kdp_mapping *m)
{
	u64 e = kdp_map_entry(map, logical);
	u32 n = 1;

	if (max > 1) {
		n = kdp_map_alike(map, logical, e, max);
		while (n < max && kdp_map_entry(map, logical + n) ==
				  kdp_word_advance(e, n))
			n += kdp_map_alike(map, logical + n,
					   kdp_word_advance(e, n), max - n);
	}
	m->state = !e ? KDP_CHUNK_HOLE :
		   e & KDP_W_UNWRITTEN ? KDP_CHUNK_UNWRITTEN :
		   KDP_CHUNK_WRITTEN;
	m->physical = kdp_word_physical(e);
	m->birth = e >> KDP_W_BIRTH_SHIFT & KDP_W_BIRTH_MASK;
	m->count = n;
}

/* Give the span @i a leaf with what its directory word says. */
static struct kdp_leaf *kdp_map_split(struct kdp_map *map, u32 i)
{
	u64 w = map->dir[i];
	struct kdp_leaf *leaf;
	u32 n;

	if (w & KDP_W_LEAF)
		return kdp_word_leaf(w);
	leaf = kmalloc(sizeof(*leaf), GFP_NOIO);
	if (!leaf)
		return NULL;
	for (n = 0; n < KDP_LEAF_CHUNKS; n++) {
		u32 logical = i * KDP_LEAF_CHUNKS + n;

		leaf->entry[n] = logical < map->nr_chunks ?
				 kdp_word_advance(w, logical) : 0;
	}
	/* pairs with the address dependency in kdp_map_entry() */
	smp_store_release(&map->dir[i], (u64)(unsigned long)leaf | KDP_W_LEAF);
	return leaf;
}

/* Would [@logical, @logical + @count) be all of its span in this map? */
static bool kdp_whole_span(const struct kdp_map *map, u32 logical, u32 count)
{
	u32 start = logical & ~(KDP_LEAF_CHUNKS - 1);
	u32 end = min_t(u64, (u64)start + KDP_LEAF_CHUNKS, map->nr_chunks);

	return logical == start && logical + count == end;
}

static bool kdp_range_ok(const struct kdp_map *map, u32 logical, u32 count)
{
	return count && logical < map->nr_chunks &&
	       count <= map->nr_chunks - logical;
}

static int kdp_map_add_span(struct kdp_map *map, u32 logical, u32 count, u64 e)
{
	u32 i = logical >> KDP_LEAF_SHIFT;
	struct kdp_leaf *leaf;
	u32 n;

	if (!map->dir[i] && kdp_whole_span(map, logical, count)) {
		/* back to what logical chunk 0 would have */
		WRITE_ONCE(map->dir[i],
			   e - ((u64)logical << KDP_W_PHYS_SHIFT));
		return 0;
	}
	leaf = kdp_map_split(map, i);
	if (!leaf)
		return -ENOMEM;
	for (n = 0; n < count; n++)
		if (leaf->entry[(logical + n) % KDP_LEAF_CHUNKS])
			return -EEXIST;
	for (n = 0; n < count; n++)
		WRITE_ONCE(leaf->entry[(logical + n) % KDP_LEAF_CHUNKS],
			   kdp_word_advance(e, n));
	return 0;
}

static u32 kdp_span_part(u32 logical, u32 count)
{
	return min(count, KDP_LEAF_CHUNKS - logical % KDP_LEAF_CHUNKS);
}

int kdp_map_add(struct kdp_map *map, const struct kdp_extent *e)
{
	u64 word = kdp_word(e->physical, e->birth, e->unwritten);
	u32 logical = e->logical, left = e->count;
	u32 n;
	int err;

	if (!kdp_range_ok(map, logical, left))
		return -ERANGE;
	while (left) {
		n = kdp_span_part(logical, left);
		err = kdp_map_add_span(map, logical, n, word);
		if (err)
			return err;
		map->nr_mapped += n;
		map->nr_unwritten += e->unwritten ? n : 0;
		word = kdp_word_advance(word, n);
		logical += n;
		left -= n;
	}
	return 0;
}

/* Must this part of a span be split before its chunks become written? */
static bool kdp_needs_leaf(const struct kdp_map *map, u32 logical, u32 count)
{
	u64 w = map->dir[logical >> KDP_LEAF_SHIFT];

	return !(w & KDP_W_LEAF) && (w & KDP_W_UNWRITTEN) &&
	       !kdp_whole_span(map, logical, count);
}

int kdp_map_prepare_written(struct kdp_map *map, u32 logical, u32 count)
{
	u32 n;

	if (!kdp_range_ok(map, logical, count))
		return -ERANGE;
	for (; count; logical += n, count -= n) {
		n = kdp_span_part(logical, count);
		if (kdp_needs_leaf(map, logical, n) &&
		    !kdp_map_split(map, logical >> KDP_LEAF_SHIFT))
			return -ENOMEM;
	}
	return 0;
}

static void kdp_set_written_span(struct kdp_map *map, u32 logical, u32 count)
{
	u64 *dir = &map->dir[logical >> KDP_LEAF_SHIFT];
	u64 *entry;
	u32 n;

	if (!(*dir & KDP_W_LEAF)) {
		if (*dir & KDP_W_UNWRITTEN) {
			WRITE_ONCE(*dir, *dir & ~KDP_W_UNWRITTEN);
			map->nr_unwritten -= count;
		}
		return;
	}
	entry = &kdp_word_leaf(*dir)->entry[logical % KDP_LEAF_CHUNKS];
	for (n = 0; n < count; n++) {
		if (!(entry[n] & KDP_W_UNWRITTEN))
			continue;
		WRITE_ONCE(entry[n], entry[n] & ~KDP_W_UNWRITTEN);
		map->nr_unwritten--;
	}
}

int kdp_map_set_written(struct kdp_map *map, u32 logical, u32 count)
{
	u32 i, n;
	int err = kdp_map_prepare_written(map, logical, count);

	if (err)
		return err;
	for (i = 0; i < count; i++)
		if (!kdp_map_entry(map, logical + i))
			return -ENOENT;
	for (; count; logical += n, count -= n) {
		n = kdp_span_part(logical, count);
		kdp_set_written_span(map, logical, n);
	}
	return 0;
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
