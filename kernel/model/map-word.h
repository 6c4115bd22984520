/* SPDX-License-Identifier: GPL-2.0-only */
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
 * follow the pointer, which orders their loads.
 */
#ifndef KDP_MODEL_MAP_WORD_H
#define KDP_MODEL_MAP_WORD_H

#include <linux/build_bug.h>
#include <linux/kernel.h>

#include "model/map.h"

#define KDP_W_LEAF	1ull
#define KDP_W_UNWRITTEN	2ull
#define KDP_W_MAPPED	4ull
#define KDP_W_BIRTH_SHIFT	4
#define KDP_W_BIRTH_MASK	0x0fffffffull
#define KDP_W_PHYS_SHIFT	32

static_assert(sizeof(void *) == sizeof(u64));

static inline u64 kdp_word(u32 physical, u32 birth, bool unwritten)
{
	return (u64)physical << KDP_W_PHYS_SHIFT |
	       (birth & KDP_W_BIRTH_MASK) << KDP_W_BIRTH_SHIFT |
	       KDP_W_MAPPED | (unwritten ? KDP_W_UNWRITTEN : 0);
}

static inline u32 kdp_word_physical(u64 w)
{
	return w >> KDP_W_PHYS_SHIFT;
}

static inline u32 kdp_word_birth(u64 w)
{
	return w >> KDP_W_BIRTH_SHIFT & KDP_W_BIRTH_MASK;
}

/* Of a chunk that holds data; not of a leaf. */
static inline bool kdp_word_is_written(u64 w)
{
	return (w & (KDP_W_MAPPED | KDP_W_UNWRITTEN)) == KDP_W_MAPPED;
}

/* The same word @chunks further on in a run; a hole stays a hole. */
static inline u64 kdp_word_advance(u64 w, u32 chunks)
{
	return w ? w + ((u64)chunks << KDP_W_PHYS_SHIFT) : 0;
}

static inline bool kdp_word_is_leaf(u64 w)
{
	return w & KDP_W_LEAF;
}

static inline struct kdp_leaf *kdp_word_leaf(u64 w)
{
	return (struct kdp_leaf *)(unsigned long)(w & ~KDP_W_LEAF);
}

static inline u64 kdp_leaf_word(const struct kdp_leaf *leaf)
{
	return (u64)(unsigned long)leaf | KDP_W_LEAF;
}

/* The entry of one chunk, with the chunk's own physical number. */
static inline u64 kdp_map_entry(const struct kdp_map *map, u32 logical)
{
	u64 w = READ_ONCE(map->dir[logical / KDP_LEAF_CHUNKS]);

	if (!kdp_word_is_leaf(w))
		return kdp_word_advance(w, logical);
	return READ_ONCE(kdp_word_leaf(w)->entry[logical % KDP_LEAF_CHUNKS]);
}

/* Chunks of the map in span @i. */
static inline u32 kdp_span_size(const struct kdp_map *map, u32 i)
{
	return min(map->nr_chunks - i * KDP_LEAF_CHUNKS, KDP_LEAF_CHUNKS);
}

/* How many of @count chunks from @logical on are in its span. */
static inline u32 kdp_span_part(u32 logical, u32 count)
{
	return min(count, KDP_LEAF_CHUNKS - logical % KDP_LEAF_CHUNKS);
}

#endif
