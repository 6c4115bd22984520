/* SPDX-License-Identifier: GPL-2.0-only */
/* One device, and who submits bios to it, one after the other. */
#ifndef KDP_BENCH_LANE_H
#define KDP_BENCH_LANE_H

#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/completion.h>

/* What is done with each device. */
struct kdp_bench_job {
	u32 bios;		/* of each lane in each round */
	u32 bytes;		/* of each bio, up to 64 KiB */
	u64 span;		/* bytes from the start that are used; 0: all */
	bool write;
	bool flush;		/* an empty flush after each */
	bool random;		/* else ascending, on from round to round */
};

struct kdp_bench_lane {
	const struct kdp_bench_job *job;
	struct block_device *bdev;
	struct page *pages;
	struct bio *bio;
	struct bio_vec vec;
	struct completion ended;
	blk_status_t status;	/* the first error, or 0 */
	u64 seed;
	u64 next;		/* place of the next bio, in units of bytes */
	u64 places;
};

/* Open @path; 0 or -errno.  Process context. */
int kdp_bench_lane_open(struct kdp_bench_lane *lane, const char *path,
			const struct kdp_bench_job *job);
void kdp_bench_lane_close(struct kdp_bench_lane *lane);
/* All bios of one round; 0 or -errno.  Process context. */
int kdp_bench_lane_run(struct kdp_bench_lane *lane);

#endif
