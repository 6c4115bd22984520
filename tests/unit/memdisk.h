/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A disk in memory with a volatile write cache, for tests of the store.
 *
 * Every write is a crash point; writes that were not flushed or FUA may be
 * lost, kept or torn at 512 bytes when the power fails.
 */
#ifndef KDP_TESTS_MEMDISK_H
#define KDP_TESTS_MEMDISK_H

#include <linux/types.h>

#include "store/disk.h"

struct memdisk_write {
	u64 block;
	u8 *data;
};

struct memdisk {
	u64 nr_blocks;
	u8 *now;		/* what a read sees */
	u8 *durable;		/* what survives for certain */
	struct memdisk_write *cache;
	u32 nr_cache, max_cache;
	u64 nr_writes;		/* blocks written so far */
	u64 nr_flushes;
	u64 crash_after;	/* power fails at this write; 0: never */
	bool dead;		/* the power is off: everything fails */
	u64 rng;
	/* faults: blocks [bad_first, bad_first + bad_count) fail */
	u64 bad_first, bad_count;
	bool bad_reads;
	u64 also_first, also_count;	/* these as well */
	bool flush_fails;
	bool flush_lies;	/* says 0 and does nothing */
	/* called before plain writes; what it calls may write itself */
	void (*meanwhile)(void *arg);
	void *meanwhile_arg;
	char trace[64];		/* a letter for each: F flush, D drain, ... */
};

extern const struct kdp_disk_ops memdisk_ops;

struct memdisk *memdisk_new(u64 nr_blocks, u64 seed);
struct memdisk *memdisk_clone(const struct memdisk *d);
void memdisk_free(struct memdisk *d);

/* Power comes back: the cache is applied as a seeded subset, then empty. */
void memdisk_power_cycle(struct memdisk *d);

u64 memdisk_random(struct memdisk *d);

#endif
