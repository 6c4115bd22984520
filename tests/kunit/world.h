/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A volume's map that is changed at random, and what it should say.
 *
 * Each chunk may be in one of three places, so that a reader can tell a chunk
 * that is right from one that is torn or somebody else's: two are linear, the
 * third swaps neighbours, so that nothing there makes a run.  The birth of a
 * chunk repeats the place.
 */
#ifndef KDP_KUNIT_WORLD_H
#define KDP_KUNIT_WORLD_H

#include <linux/mutex.h>

#include "model/snapshot.h"

/* What a chunk should be: 0, a hole, or these, and a stamp in bits 8-31. */
#define KDP_C_MAPPED	1u
#define KDP_C_UNWRITTEN	2u
#define KDP_C_PLACE	12u	/* mask: the place, 0 to 2 */
#define KDP_C_SWAPPED	(2u << 2)

struct kdp_world {
	struct kdp_model model;
	struct kdp_volume *volume;
	struct mutex lock;		/* stands for the model lock */
	u32 nr_chunks;
	u32 nr_spans;
	u32 *expect;			/* per chunk */
	u32 *version;			/* per span; odd while it changes */
	u64 rng;
	u32 stamp;
	u32 nr_changes;
	u32 nr_split;			/* words that became leaves */
	u32 nr_collapsed;		/* and back */
	int err;			/* first error of a change */
};

/* A number below @below; xorshift, so that each run is the same. */
u32 kdp_random(u64 *rng, u32 below);

/* @nr_spans spans, the last one cut short.  0 or -ENOMEM. */
int kdp_world_init(struct kdp_world *w, u32 nr_spans);
/* Also after a failed init, and of a zeroed world. */
void kdp_world_exit(struct kdp_world *w);

/* One random change.  Lock held. */
void kdp_world_change(struct kdp_world *w);

/*
 * Single changes; lock held.  The chunks must all be holes, or all mapped.
 * Return what the map said; on an error nothing is expected to have changed.
 */
int kdp_world_add(struct kdp_world *w, u32 logical, u32 count, u32 chunk);
int kdp_world_unmap(struct kdp_world *w, u32 logical, u32 count);
int kdp_world_set(struct kdp_world *w, u32 logical, u32 count, bool unwritten);

/* How many chunks from @logical on are mapped like the first (or are not). */
u32 kdp_world_run(const struct kdp_world *w, u32 logical, u32 max);

u32 kdp_world_leaves(const struct kdp_world *w);

/* Is the mapping of this chunk exactly what @chunk says? */
bool kdp_chunk_is(u32 logical, u32 chunk, const struct kdp_mapping *m);
/* Could the mapping, of at most @max, be one of this chunk at some time? */
bool kdp_chunk_legal(u32 logical, u32 max, const struct kdp_mapping *m);

/* Has every leaf of the map one reference, and no more? */
bool kdp_world_unshared(const struct kdp_world *w);

/* Does the whole map, counts included, say what it should?  Lock held. */
bool kdp_world_same(const struct kdp_world *w);

#endif
