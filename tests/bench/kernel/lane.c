// SPDX-License-Identifier: GPL-2.0-only
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "lane.h"

#define KDP_BENCH_ORDER		4	/* 64 KiB */
#define KDP_BENCH_MODE		(FMODE_READ | FMODE_WRITE)

static void kdp_bench_ended(struct bio *bio)
{
	struct kdp_bench_lane *lane = bio->bi_private;

	if (bio->bi_status && !lane->status)
		lane->status = bio->bi_status;
	complete(&lane->ended);
}

static void kdp_bench_submit(struct kdp_bench_lane *lane, sector_t sector,
			     u32 bytes, blk_opf_t opf)
{
	struct bio *bio = lane->bio;

	bio_init(bio, lane->bdev, &lane->vec, bytes ? 1 : 0, opf);
	bio->bi_iter.bi_sector = sector;
	bio->bi_private = lane;
	bio->bi_end_io = kdp_bench_ended;
	if (bytes)
		__bio_add_page(bio, lane->pages, bytes, 0);
	reinit_completion(&lane->ended);
	submit_bio(bio);
	wait_for_completion_io(&lane->ended);
	bio_uninit(bio);
}

/* A xorshift generator: the same places in each round and on each device. */
static u64 kdp_bench_random(struct kdp_bench_lane *lane)
{
	u64 x = lane->seed;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	lane->seed = x;
	return x;
}

static sector_t kdp_bench_place(struct kdp_bench_lane *lane)
{
	u64 place;

	if (lane->job->random)
		div64_u64_rem(kdp_bench_random(lane), lane->places, &place);
	else
		place = lane->next++ % lane->places;
	return place * (lane->job->bytes >> SECTOR_SHIFT);
}

int kdp_bench_lane_run(struct kdp_bench_lane *lane)
{
	const struct kdp_bench_job *job = lane->job;
	blk_opf_t opf = job->write ? REQ_OP_WRITE | REQ_SYNC | REQ_IDLE :
				     REQ_OP_READ | REQ_SYNC;
	u32 i;

	lane->seed = 0x9e3779b97f4a7c15ull;
	for (i = 0; i < job->bios && !lane->status; i++) {
		kdp_bench_submit(lane, kdp_bench_place(lane), job->bytes, opf);
		if (job->flush)
			kdp_bench_submit(lane, 0, 0,
					 REQ_OP_WRITE | REQ_PREFLUSH);
		if (!(i & 1023))
			cond_resched();
	}
	return blk_status_to_errno(lane->status);
}

int kdp_bench_lane_open(struct kdp_bench_lane *lane, const char *path,
			const struct kdp_bench_job *job)
{
	struct block_device *bdev;
	u64 span;

	bdev = blkdev_get_by_path(path, KDP_BENCH_MODE, NULL);
	if (IS_ERR(bdev))
		return PTR_ERR(bdev);
	span = job->span ? job->span : bdev_nr_bytes(bdev);
	lane->job = job;
	lane->bdev = bdev;
	lane->places = div64_u64(min_t(u64, span, bdev_nr_bytes(bdev)),
				 job->bytes);
	lane->pages = alloc_pages(GFP_KERNEL | __GFP_ZERO, KDP_BENCH_ORDER);
	lane->bio = kzalloc(sizeof(*lane->bio), GFP_KERNEL);
	init_completion(&lane->ended);
	if (lane->pages && lane->bio && lane->places)
		return 0;
	kdp_bench_lane_close(lane);
	return lane->places ? -ENOMEM : -ENOSPC;
}

void kdp_bench_lane_close(struct kdp_bench_lane *lane)
{
	if (lane->pages)
		__free_pages(lane->pages, KDP_BENCH_ORDER);
	if (lane->bdev)
		blkdev_put(lane->bdev, KDP_BENCH_MODE);
	kfree(lane->bio);
	lane->pages = NULL;
	lane->bdev = NULL;
	lane->bio = NULL;
}
