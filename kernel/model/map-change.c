// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changing maps.  Memory is taken first, span by span; then the words are
 * changed, which cannot fail; then leaves that became uniform collapse.
 */
#include <linux/errno.h>
#include <linux/string.h>

#include "model/map-word.h"

static bool kdp_range_ok(const struct kdp_map *map, u32 logical, u32 count)
{
	return count && logical < map->nr_chunks &&
	       count <= map->nr_chunks - logical;
}

/* Would @count chunks from @logical on be all of their span? */
static bool kdp_whole_span(const struct kdp_map *map, u32 logical, u32 count)
{
	return !(logical % KDP_LEAF_CHUNKS) &&
	       count == kdp_span_size(map, logical / KDP_LEAF_CHUNKS);
}

static void kdp_publish(struct kdp_map *map, u32 i, u64 word)
{
	/* pairs with the address dependency in kdp_map_entry() */
	smp_store_release(&map->dir[i], word);
}

/* Give the span @i a leaf with what its directory word says. */
static bool kdp_span_split(struct kdp_map *map, u32 i)
{
	u64 w = map->dir[i];
	u32 n, size = kdp_span_size(map, i);
	struct kdp_leaf *leaf = kdp_leaf_new(map->leaves);

	if (!leaf)
		return false;
	for (n = 0; n < size; n++)
		leaf->entry[n] = kdp_word_advance(w, i * KDP_LEAF_CHUNKS + n);
	memset(leaf->entry + size, 0, (KDP_LEAF_CHUNKS - size) * sizeof(u64));
	leaf->nr_mapped = w ? size : 0;
	leaf->nr_unwritten = w & KDP_W_UNWRITTEN ? size : 0;
	kdp_publish(map, i, kdp_leaf_word(leaf));
	return true;
}

/* A copy for us, or, without memory, the snapshot has had its time. */
static void kdp_span_unshare(struct kdp_map *map, u32 i)
{
	struct kdp_leaf *old = kdp_word_leaf(map->dir[i]);
	struct kdp_leaf *leaf = kdp_leaf_new(map->leaves);

	if (!leaf) {
		map->leaves->given_up = true;
		return;
	}
	leaf->nr_mapped = old->nr_mapped;
	leaf->nr_unwritten = old->nr_unwritten;
	memcpy(leaf->entry, old->entry, sizeof(leaf->entry));
	kdp_publish(map, i, kdp_leaf_word(leaf));
	kdp_leaf_put(old);
	map->leaves->nr_copied++;
}

/* A leaf of our own where less than the whole span will change. */
static bool kdp_span_prepare(struct kdp_map *map, u32 logical, u32 count)
{
	u32 i = logical / KDP_LEAF_CHUNKS;
	u64 w = map->dir[i];

	if (!kdp_word_is_leaf(w))
		return kdp_whole_span(map, logical, count) ||
		       kdp_span_split(map, i);
	if (kdp_leaf_shared(map->leaves, kdp_word_leaf(w)))
		kdp_span_unshare(map, i);
	return true;
}

int kdp_map_prepare(struct kdp_map *map, u32 logical, u32 count)
{
	u32 n;

	if (!kdp_range_ok(map, logical, count))
		return -ERANGE;
	for (; count; logical += n, count -= n) {
		n = kdp_span_part(logical, count);
		if (!kdp_span_prepare(map, logical, n))
			return -ENOMEM;
	}
	return 0;
}

/* The directory word that says the same as the leaf, or 0 and false. */
static bool kdp_leaf_as_run(const struct kdp_leaf *leaf, u32 i, u32 size,
			    u64 *word)
{
	u64 first = leaf->entry[0];
	u32 n;

	*word = 0;
	if (!leaf->nr_mapped)
		return true;
	if (leaf->nr_mapped != size ||
	    (leaf->nr_unwritten && leaf->nr_unwritten != size))
		return false;
	for (n = 1; n < size; n++)
		if (leaf->entry[n] != kdp_word_advance(first, n))
			return false;
	/* back to what logical chunk 0 would have */
	*word = first - ((u64)i * KDP_LEAF_CHUNKS << KDP_W_PHYS_SHIFT);
	return true;
}

static void kdp_span_collapse(struct kdp_map *map, u32 i)
{
	struct kdp_leaf *leaf = kdp_word_leaf(map->dir[i]);
	u64 word;

	if (!kdp_leaf_as_run(leaf, i, kdp_span_size(map, i), &word))
		return;
	kdp_publish(map, i, word);
	kdp_leaf_put(leaf);
}

/* Counts of the map and the leaf follow an entry that changes. */
static void kdp_count_change(struct kdp_map *map, struct kdp_leaf *leaf,
			     u64 old, u64 new)
{
	int mapped = !!new - !!old;
	int unwritten = !!(new & KDP_W_UNWRITTEN) - !!(old & KDP_W_UNWRITTEN);

	leaf->nr_mapped += mapped;
	leaf->nr_unwritten += unwritten;
	map->nr_mapped += mapped;
	map->nr_unwritten += unwritten;
}

/* What becomes of an entry, or of the directory word of a whole span. */
typedef u64 (*kdp_change_fn)(u64 word);

static u64 kdp_to_written(u64 word)
{
	return word & ~KDP_W_UNWRITTEN;
}

static u64 kdp_to_unwritten(u64 word)
{
	return word | KDP_W_UNWRITTEN;
}

static u64 kdp_to_hole(u64 word)
{
	(void)word;
	return 0;
}

static void kdp_change_word(struct kdp_map *map, u32 i, kdp_change_fn change)
{
	u64 old = map->dir[i], new = change(old);
	u32 size = kdp_span_size(map, i);

	map->nr_mapped -= new ? 0 : size;
	map->nr_unwritten -= old & KDP_W_UNWRITTEN ? size : 0;
	map->nr_unwritten += new & KDP_W_UNWRITTEN ? size : 0;
	kdp_publish(map, i, new);
}

static void kdp_change_span(struct kdp_map *map, u32 logical, u32 count,
			    kdp_change_fn change)
{
	u32 i = logical / KDP_LEAF_CHUNKS;
	struct kdp_leaf *leaf;
	u64 *entry;
	u32 n;

	if (!kdp_word_is_leaf(map->dir[i])) {
		kdp_change_word(map, i, change);
		return;
	}
	leaf = kdp_word_leaf(map->dir[i]);
	entry = &leaf->entry[logical % KDP_LEAF_CHUNKS];
	for (n = 0; n < count; n++) {
		u64 new = change(entry[n]);

		kdp_count_change(map, leaf, entry[n], new);
		WRITE_ONCE(entry[n], new);
	}
	kdp_span_collapse(map, i);
}

static bool kdp_any_hole(const struct kdp_map *map, u32 logical, u32 count)
{
	u32 n, end;

	for (; count; logical += n, count -= n) {
		u64 w = map->dir[logical / KDP_LEAF_CHUNKS];

		n = kdp_span_part(logical, count);
		if (!w)
			return true;
		end = kdp_word_is_leaf(w) ? n : 0;
		while (end--)
			if (!kdp_map_entry(map, logical + end))
				return true;
	}
	return false;
}

static int kdp_map_change(struct kdp_map *map, u32 logical, u32 count,
			  kdp_change_fn change)
{
	u32 n;
	int err;

	if (!kdp_range_ok(map, logical, count))
		return -ERANGE;
	if (kdp_any_hole(map, logical, count))
		return -ENOENT;
	err = kdp_map_prepare(map, logical, count);
	if (err)
		return err;
	for (; count; logical += n, count -= n) {
		n = kdp_span_part(logical, count);
		kdp_change_span(map, logical, n, change);
	}
	return 0;
}

int kdp_map_set_written(struct kdp_map *map, u32 logical, u32 count)
{
	return kdp_map_change(map, logical, count, kdp_to_written);
}

int kdp_map_set_unwritten(struct kdp_map *map, u32 logical, u32 count)
{
	return kdp_map_change(map, logical, count, kdp_to_unwritten);
}

int kdp_map_unmap(struct kdp_map *map, u32 logical, u32 count)
{
	return kdp_map_change(map, logical, count, kdp_to_hole);
}

static int kdp_add_span(struct kdp_map *map, u32 logical, u32 count, u64 e)
{
	u32 i = logical / KDP_LEAF_CHUNKS;
	struct kdp_leaf *leaf;
	u64 *entry;
	u32 n;

	if (!map->dir[i] && kdp_whole_span(map, logical, count)) {
		map->nr_mapped += count;
		map->nr_unwritten += e & KDP_W_UNWRITTEN ? count : 0;
		kdp_publish(map, i, e - ((u64)logical << KDP_W_PHYS_SHIFT));
		return 0;
	}
	if (!kdp_word_is_leaf(map->dir[i]))
		return -EEXIST;
	leaf = kdp_word_leaf(map->dir[i]);
	entry = &leaf->entry[logical % KDP_LEAF_CHUNKS];
	for (n = 0; n < count; n++)
		if (entry[n])
			return -EEXIST;
	for (n = 0; n < count; n++) {
		u64 new = kdp_word_advance(e, n);

		kdp_count_change(map, leaf, 0, new);
		WRITE_ONCE(entry[n], new);
	}
	kdp_span_collapse(map, i);
	return 0;
}

int kdp_map_add(struct kdp_map *map, const struct kdp_extent *e)
{
	u64 word = kdp_word(e->physical, e->birth, e->unwritten);
	u32 logical = e->logical, left = e->count;
	u32 n;
	int err = kdp_map_prepare(map, logical, left);

	for (; !err && left; logical += n, left -= n) {
		n = kdp_span_part(logical, left);
		err = kdp_add_span(map, logical, n, word);
		word = kdp_word_advance(word, n);
	}
	return err;
}
