/* SPDX-License-Identifier: GPL-2.0-only */
/* A pool on an image file, left as by a crash: its journal is not empty. */
#ifndef KDP_TESTS_IMAGE_H
#define KDP_TESTS_IMAGE_H

#include "store/store.h"

#define IMAGE_BYTES	(64ull << 20)
#define IMAGE_BLOCKS	(IMAGE_BYTES >> KDP_BLOCK_SHIFT)

/*
 * Make the file: volumes "one" (8 MiB, two chunks written), "thin", "late"
 * (made, and "gone" removed, by records of the journal).  Aborts on an error.
 */
void image_make(const char *path);

/* Write a checkpoint and its superblocks; leaves the pool as by a crash. */
void image_checkpoint(const char *path);

/* A new epoch, a checkpoint, and commits behind it; left as by a crash. */
void image_more(const char *path);

/* What the newest superblock says, and how long the journal is. */
void image_info(const char *path, struct kdp_store_info *info);

/*
 * The blocks of replica @r that recovery needs: superblocks, journal,
 * checkpoint.  Returns how many; at most @max are written to @blocks.
 */
size_t image_needed(const struct kdp_store_info *info, u32 r, u64 *blocks,
		    size_t max);

/* Overwrite one block by bytes that depend on @seed; 0: zeros. */
void image_poke(const char *path, u64 block, unsigned int seed);

/* "id name sectors mapped unwritten; ..."; NULL if it cannot be opened. */
const char *image_describe(const char *path);

#endif
