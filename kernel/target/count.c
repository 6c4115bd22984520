// SPDX-License-Identifier: GPL-2.0-only
/* What a pool has done, counted, and told to those who trace. */
#include "target/pool.h"

#define CREATE_TRACE_POINTS
#include "target/trace.h"

void kdp_pool_store_ended(void *disk, enum kdp_work what, u64 sequence,
			  u32 blocks, int error)
{
	struct kdp_pool *pool = container_of(disk, struct kdp_pool, disk);
	dev_t dev = pool->disk.bdev->bd_dev;

	if (error)
		kdp_pool_count(pool, KDP_COUNT_ERRORS);
	switch (what) {
	case KDP_WORK_COMMIT:
		trace_kdevpool_commit(dev, sequence, blocks, error);
		kdp_pool_count(pool, KDP_COUNT_COMMITS);
		break;
	case KDP_WORK_CHECKPOINT:
		trace_kdevpool_checkpoint(dev, sequence, blocks, error);
		kdp_pool_count(pool, KDP_COUNT_CHECKPOINTS);
		break;
	}
}
