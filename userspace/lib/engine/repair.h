/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Repair of a pool that is not active.
 *
 * The store opens the pool and heals it as an activation would, but on a disk
 * that only remembers what it is told to write: the plan.  What is shown and
 * what is written are therefore the same.  No epoch begins: damaged superblock
 * slots get what the same slot of another copy holds, so nothing that is valid
 * and current is overwritten, and a copy that was lost becomes byte for byte
 * what it was.  Only where a superblock calls a copy out of date, or a slot is
 * damaged in all copies, superblocks are written anew, with the next sequence
 * number.
 */
#ifndef KDPU_ENGINE_REPAIR_H
#define KDPU_ENGINE_REPAIR_H

#include "dmname.h"
#include "engine/disk.h"

struct kdpu_repair_write {
	unsigned int replica;
	const char *area;	/* superblock, checkpoint, journal */
	const char *why;	/* what is wrong with the block now */
	uint64_t block;		/* of the device, 4 KiB each */
	bool flush_before;	/* all before it must be durable first */
	void *data;		/* the block */
};

struct kdpu_repair {
	struct kdpu_repair_write *w;	/* in the order of writing */
	size_t nr;
	char name[KDPU_POOL_NAME];
	uint8_t uuid[KDPU_UUID_SIZE];
	/* what the copies agree on is not written; chunks */
	uint32_t mapped_but_free, leaked;
};

/*
 * What would have to be written?  @d is only read.  0, also when there is
 * nothing to do; what kdp_store_open() returns when the pool cannot be opened;
 * -EROFS when it must not be written to; -ENOMEM.
 */
int kdpu_repair_plan(struct kdpu_disk *d, struct kdpu_repair *p,
		     struct kdpu_err *err);

/*
 * Write it, in order.  @d is open for writing and has not been changed since
 * the plan was made.  -EINTR after kdpu_disk_interrupt(): the pool is as good
 * as before or better, as after any error; repairing again goes on.
 */
int kdpu_repair_write(struct kdpu_disk *d, const struct kdpu_repair *p,
		      struct kdpu_err *err);

void kdpu_repair_free(struct kdpu_repair *p);

#endif
