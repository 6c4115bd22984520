/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The volume target: one device-mapper target bound to one volume of a pool.
 */
#ifndef KDP_TARGET_VOLUME_H
#define KDP_TARGET_VOLUME_H

#include <linux/bio.h>

#include "target/pool.h"

struct kdp_vt {
	/* read by every bio, never changed */
	struct kdp_pool *pool;
	struct kdp_volume *volume;
	struct block_device *bdev;	/* where the data is */
	unsigned int chunk_shift;	/* sectors */
	unsigned int chunk_mask;	/* sectors of a chunk less one */

	struct dm_dev *dev;
	struct dm_dev *pool_dev;	/* keeps the pool device open */
	struct list_head bound;		/* pool->volumes; pool->lock */

	spinlock_t lock;		/* protects the next two */
	struct bio_list parked;		/* waiting for the gate, one chunk each */
	bool pushing_back;		/* a noflush suspend is under way */
	struct work_struct parked_work;
};

extern struct target_type kdp_volume_target;

/* parked.c */

/*
 * @bio did not get through the gate: keep it until that opens.  Returns what a
 * map function returns, or KDP_TRY_AGAIN when the gate has opened meanwhile
 * and @bio is inside.
 */
#define KDP_TRY_AGAIN	(-1)
int kdp_park(struct kdp_vt *vt, struct bio *bio);
/*
 * @bio is inside and needs a chunk, and chunks are on their way back, which
 * wait for those inside: let it out, and in again after the pool's upkeep.
 */
void kdp_park_for_space(struct kdp_vt *vt, struct bio *bio);
/* Route, or fail, what is parked. */
void kdp_parked_work(struct work_struct *work);
/* Hand all that is, and will be, parked back to device-mapper. */
void kdp_push_back(struct kdp_vt *vt);
void kdp_push_back_end(struct kdp_vt *vt);

#endif
