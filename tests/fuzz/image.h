/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A sparse disk in memory.  Only blocks that were written are stored, and an
 * image may lie over another one that it leaves alone: so a case costs no more
 * than the blocks that it changes.
 *
 * Writes are durable at once and in the order in which they come; a crash is
 * the point from which on nothing is written any more.
 */
#ifndef KDP_FUZZ_IMAGE_H
#define KDP_FUZZ_IMAGE_H

#include <linux/types.h>

#include "format/disk.h"
#include "store/disk.h"

/* A copy of a block, aligned so that structures may lie over it. */
union block_copy {
	u8 bytes[KDP_BLOCK_SIZE];
	u64 aligned;
};

#define MAX_DISCARDS	32u

struct image_slot {
	u64 block;
	u8 *data;		/* NULL: the slot is empty */
};

struct image {
	u64 nr_blocks;		/* size of the device */
	const struct image *below;	/* what is not here is there; or NULL */
	struct image_slot *slots;	/* hash table, linear probing */
	u32 nr_slots;		/* a power of two */
	u32 nr_used;
	u8 **spare;		/* memory of blocks that were forgotten */
	u32 nr_spare, max_spare;
	u64 nr_writes;		/* blocks written, and flushes, by the store */
	u64 crash_at;		/* the power fails at this write; 0: never */
	bool dead;		/* the power is off: everything fails */
	u64 bad_first[2], bad_count[2];	/* ranges where writes fail */
	bool note_discards;	/* these: block and number */
	u64 discarded[MAX_DISCARDS][2];
	u32 nr_discards;
	u64 unreadable;		/* reads of this block fail; 0: none */
};

extern const struct kdp_disk_ops image_ops;

struct image *image_new(u64 nr_blocks);
void image_free(struct image *d);

/* Forget everything and lie over @below, which may be NULL. */
void image_reset(struct image *d, const struct image *below);
/* A copy that depends on no other image. */
struct image *image_copy(const struct image *d);

/* The block as it is, zeros if never written; wherever the device ends. */
const u8 *image_get(const struct image *d, u64 block);
/* An own copy of the block, to be changed; stays where it is until reset. */
u8 *image_edit(struct image *d, u64 block);

/* Next block that is stored here, from *@i on; NULL at the end. */
u8 *image_next(const struct image *d, u32 *i, u64 *block);

void image_power_on(struct image *d);

#endif
