/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Named corruptions of a pool's metadata, each done to one replica at a time:
 * to an image in memory (test-corrupt.c) or a disk (tests/corrupt/).
 */
#ifndef KDP_TESTS_CORRUPTIONS_H
#define KDP_TESTS_CORRUPTIONS_H

#include <stdbool.h>

#include "format/super.h"

struct victim {
	void (*read)(void *disk, u64 block, void *data);
	void (*write)(void *disk, u64 block, const void *data);
	void *disk;
	void *old;		/* the same disk some time ago, or NULL */
	struct kdp_super super;	/* the newest */
};

/* What five of them must lead to when the pool is not active. */
enum corruption_end {
	CORRUPTION_REFUSED,
	CORRUPTION_HARMLESS,	/* another copy of the same, or maps, have it */
	CORRUPTION_OLDER,	/* nothing tells that there was something newer */
};

struct corruption {
	const char *name;
	const char *what;	/* is done to a replica */
	void (*harm)(struct victim *v, u32 r);
	enum corruption_end five;
	void (*rest)(struct victim *v, u32 r);	/* to the others, or NULL */
};

extern const struct corruption corruptions[];
extern const unsigned int nr_corruptions;

/* Find the newest superblock; false: there is none. */
bool victim_look(struct victim *v, u64 device_blocks);

#endif
