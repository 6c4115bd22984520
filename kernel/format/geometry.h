/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where things are on a device.  Pure functions, any context.
 * Units are in the names: blocks are 4 KiB, chunks the pool's chunks.
 */
#ifndef KDP_FORMAT_GEOMETRY_H
#define KDP_FORMAT_GEOMETRY_H

#include "format/disk.h"
#include "format/fault.h"

#define KDP_HEAD_BLOCKS		1024u	/* first 4 MiB: never user data */
#define KDP_TAIL_BLOCKS		256u	/* last 1 MiB: neither */
#define KDP_MIN_CHUNK_BLOCKS	16u	/* 64 KiB */
#define KDP_MAX_CHUNK_BLOCKS	262144u	/* 1 GiB */
#define KDP_MAX_CHUNKS		16777216u	/* 2^24 */
#define KDP_MIN_DEVICE_BLOCKS	16384u	/* 64 MiB */
#define KDP_MAX_VOLUMES		16384u
#define KDP_MIN_JOURNAL_BLOCKS	8u
#define KDP_MAX_JOURNAL_BLOCKS	65536u

struct kdp_replica_place {
	u64 super;		/* block of the first of two slots */
	u64 extent;		/* block where journal and slots begin */
	u8 health;		/* enum kdp_replica_health */
};

struct kdp_geometry {
	u64 device_blocks;
	u32 chunk_blocks;
	u32 nr_chunks;
	u32 journal_blocks;
	u32 slot_blocks;
	u32 max_volumes;
	struct kdp_replica_place replica[KDP_REPLICAS];
	u64 retired[KDP_MAX_RETIRED];	/* extents given up, 0: none, at the end */
};

/* Wishes for a new pool; zero means the default. */
struct kdp_geometry_request {
	u64 device_blocks;
	u32 chunk_blocks;
	u32 journal_blocks;
	u32 max_volumes;
};

/*
 * Lay out a new pool.  KDP_BAD_GEOMETRY with *@why set to a sentence (static
 * storage) if the wishes cannot be met.
 */
enum kdp_fault kdp_geometry_make(const struct kdp_geometry_request *want,
				 struct kdp_geometry *g, const char **why);

/* Is this a layout that we could work with on any device large enough? */
enum kdp_fault kdp_geometry_validate(const struct kdp_geometry *g);

/* Home of replica @r's superblocks on a device of @device_blocks. */
u64 kdp_super_home(u32 r, u64 device_blocks);

/*
 * Replica @r's extent begins at @extent from now on, the old one is retired.
 * KDP_BAD_GEOMETRY, and @g as it was: that cannot be, or eight are retired.
 */
enum kdp_fault kdp_geometry_move(struct kdp_geometry *g, u32 r, u64 extent);

/* Blocks of a replica's extent: journal and two slots. */
static inline u64 kdp_extent_blocks(const struct kdp_geometry *g)
{
	return g->journal_blocks + 2ull * g->slot_blocks;
}

static inline u64 kdp_super_block(const struct kdp_geometry *g, u32 r, u32 slot)
{
	return g->replica[r].super + slot;
}

/* @pos: journal position since the pool was made. */
u64 kdp_journal_block(const struct kdp_geometry *g, u32 r, u64 pos);

static inline u64 kdp_slot_block(const struct kdp_geometry *g, u32 r, u32 slot,
				 u32 index)
{
	return g->replica[r].extent + g->journal_blocks +
	       (u64)slot * g->slot_blocks + index;
}

/*
 * Runs of chunks that hold metadata, or nothing at all (head, tail, homes,
 * extents, retired ones), 0 <= i < KDP_RESERVED_RUNS; they may overlap and be
 * empty.
 */
#define KDP_RESERVED_RUNS	(2u + 2u * KDP_REPLICAS + KDP_MAX_RETIRED)
void kdp_reserved_run(const struct kdp_geometry *g, u32 i, u32 *first,
		      u32 *count);

#endif
