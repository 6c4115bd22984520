// SPDX-License-Identifier: GPL-2.0-only
/*
 * Zeros to the disk around a first write.
 *
 * Long ranges go by WRITE ZEROES where the disk has it; the rest, and what the
 * disk refuses, is written from the zero page.  Bios come from a reserve of our
 * own: those of the block layer are shared with file systems above us, which
 * may hold them all while they wait for us.
 */
#include "target/bio.h"

/* From here on WRITE ZEROES is worth a round trip of its own. */
#define KDP_ZERO_OFFLOAD_SECTORS	2048u

static void kdp_zero_end_io(struct bio *bio)
{
	struct kdp_bio *kb = bio->bi_private;
	blk_status_t status = bio->bi_status;

	bio_put(bio);
	if (kdp_fill_io_ended(kb, status))
		kdp_bio_finish(kdp_bio_to_bio(kb), BLK_STS_OK);
}

static void kdp_zero_fill(struct bio *bio, sector_t nr)
{
	while (nr) {
		unsigned int n = min_t(sector_t, nr, PAGE_SECTORS);

		if (!bio_add_page(bio, ZERO_PAGE(0), n << SECTOR_SHIFT, 0))
			break;
		nr -= n;
	}
}

/* Returns how many sectors the bio has taken. */
static sector_t kdp_zero_submit(struct kdp_bio *kb, sector_t sector,
				sector_t nr)
{
	struct kdp_vt *vt = kb->vt;
	unsigned int pages = bio_max_segs(DIV_ROUND_UP_SECTOR_T(nr,
								PAGE_SECTORS));
	struct bio *bio = bio_alloc_bioset(vt->bdev, pages, REQ_OP_WRITE,
					   GFP_NOIO, &vt->pool->zero_bios);
	sector_t taken;

	bio->bi_iter.bi_sector = sector;
	bio->bi_end_io = kdp_zero_end_io;
	bio->bi_private = kb;
	kdp_zero_fill(bio, nr);
	taken = bio_sectors(bio);
	atomic_inc(&kb->pending);
	submit_bio(bio);
	return taken;
}

/* Try WRITE ZEROES and wait for it; returns how much of the range is done. */
static sector_t kdp_zero_offload(struct kdp_vt *vt, sector_t sector,
				 sector_t nr)
{
	unsigned int mask = (bdev_logical_block_size(vt->bdev) >> 9) - 1;
	sector_t max = bdev_write_zeroes_sectors(vt->bdev) & ~mask;
	sector_t done = 0;

	while (max && done < nr) {
		sector_t n = min(max, nr - done);
		struct bio bio;
		int r;

		bio_init(&bio, vt->bdev, NULL, 0,
			 REQ_OP_WRITE_ZEROES | REQ_NOUNMAP);
		bio.bi_iter.bi_sector = sector + done;
		bio.bi_iter.bi_size = n << SECTOR_SHIFT;
		r = submit_bio_wait(&bio);
		bio_uninit(&bio);
		if (r)
			break;
		done += n;
	}
	return done;
}

void kdp_zero_range(struct kdp_bio *kb, sector_t sector, sector_t nr)
{
	sector_t done = 0;

	if (nr >= KDP_ZERO_OFFLOAD_SECTORS)
		done = kdp_zero_offload(kb->vt, sector, nr);
	while (done < nr)
		done += kdp_zero_submit(kb, sector + done, nr - done);
}
