/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The map of a volume: logical chunk -> physical chunk.
 *
 * A directory has one 64-bit word for every span of KDP_LEAF_CHUNKS logical
 * chunks: a hole (0), a run (the whole span is contiguous on the device and in
 * one state; the word holds the physical chunk of logical chunk 0, so that all
 * words of a long run are equal), or a pointer to a leaf of chunk entries.  A
 * leaf that has become one run, or a hole, collapses into its word.
 *
 * Readers hold rcu_read_lock() and take no lock.  Writers are serialised by
 * the store's model lock.  Leaves are shared with a snapshot, copied when
 * changed and freed after a grace period (leaf.h).
 */
#ifndef KDP_MODEL_MAP_H
#define KDP_MODEL_MAP_H

#include <linux/types.h>

#include "format/record.h"
#include "model/leaf.h"

enum kdp_chunk_state {
	KDP_CHUNK_HOLE = 0,
	KDP_CHUNK_UNWRITTEN,	/* mapped, reads as zeros */
	KDP_CHUNK_WRITTEN,
};

/* What a lookup found: @count chunks from the one asked for are alike. */
struct kdp_mapping {
	enum kdp_chunk_state state;
	u32 physical;		/* chunk; meaningless for a hole */
	u32 count;		/* at least 1, at most what was asked for */
	u32 birth;
};

struct kdp_map {
	u64 *dir;
	u32 nr_chunks;
	u32 nr_mapped;		/* the counts: under the model lock */
	u32 nr_unwritten;
	struct kdp_leaves *leaves;	/* of the pool; NULL in tests */
};

/* Words of the directory of a map of so many chunks. */
u32 kdp_dir_size(u32 nr_chunks);

/* An empty map of @nr_chunks.  0 or -ENOMEM; may sleep. */
int kdp_map_init(struct kdp_map *map, u32 nr_chunks,
		 struct kdp_leaves *leaves);

/* No reader may be left.  May sleep; never fails; also after a failed init. */
void kdp_map_destroy(struct kdp_map *map);

/* Context: rcu_read_lock() held, any.  @logical + @max within the map. */
void kdp_map_lookup(const struct kdp_map *map, u32 logical, u32 max,
		    struct kdp_mapping *m);

/*
 * Map an extent where holes are.  0, -ENOMEM (nothing is changed then),
 * -ERANGE if it leaves the map, -EEXIST if something is mapped there already
 * (part may be mapped then; the caller destroys the map).  Model lock; may
 * sleep.
 */
int kdp_map_add(struct kdp_map *map, const struct kdp_extent *e);

/*
 * Make sure that changing these chunks cannot fail for want of memory: runs
 * of which only a part will change become leaves.  0, -ERANGE or -ENOMEM.
 * Model lock; may sleep.
 */
int kdp_map_prepare(struct kdp_map *map, u32 logical, u32 count);

/*
 * Unwritten chunks become written, or written ones unwritten; those that are
 * so already stay.  -ERANGE when out of range, -ENOENT when one of them is a
 * hole, -ENOMEM only when kdp_map_prepare() was not called.
 */
int kdp_map_set_written(struct kdp_map *map, u32 logical, u32 count);
int kdp_map_set_unwritten(struct kdp_map *map, u32 logical, u32 count);

/* Chunks become holes; the same returns, -ENOENT included. */
int kdp_map_unmap(struct kdp_map *map, u32 logical, u32 count);

/*
 * Iterate over extents, ascending.  *@logical is where to look from and is
 * moved behind what was found; false at the end.  Model lock or sole user.
 */
bool kdp_map_next_extent(const struct kdp_map *map, u32 *logical,
			 struct kdp_extent *e);

#endif
