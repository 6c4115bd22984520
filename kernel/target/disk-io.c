// SPDX-License-Identifier: GPL-2.0-only
/*
 * A batch of transfers is submitted under one plug and waited for as a whole.
 * Bios come from a reserve that nobody else uses, and each of them ends by
 * itself, so that waiting for a free one always ends, whatever the memory.
 */
#include <linux/blkdev.h>
#include <linux/completion.h>
#include <linux/highmem.h>
#include <linux/sizes.h>
#include <linux/vmalloc.h>

#include "format/disk.h"
#include "target/pool.h"

#define KDP_DISK_BIOS	16u	/* the reserve; each with its pages */

struct kdp_disk_batch {
	atomic_t pending;
	struct completion done;
};

struct kdp_disk_bio {
	struct kdp_disk_batch *batch;
	struct kdp_io *io;
	struct bio bio;		/* last: its pages may follow */
};

int kdp_disk_init(struct kdp_disk *disk, struct block_device *bdev,
		  struct kdp_gate *gate)
{
	disk->bdev = bdev;
	disk->gate = gate;
	return bioset_init(&disk->bios, KDP_DISK_BIOS,
			   offsetof(struct kdp_disk_bio, bio),
			   BIOSET_NEED_BVECS);
}

void kdp_disk_exit(struct kdp_disk *disk)
{
	bioset_exit(&disk->bios);
}

static void kdp_disk_batch_put(struct kdp_disk_batch *batch)
{
	if (atomic_dec_and_test(&batch->pending))
		complete(&batch->done);
}

static void kdp_disk_end_io(struct bio *bio)
{
	struct kdp_disk_bio *db = container_of(bio, struct kdp_disk_bio, bio);
	struct kdp_disk_batch *batch = db->batch;

	if (bio->bi_status)
		WRITE_ONCE(db->io->error, blk_status_to_errno(bio->bi_status));
	bio_put(bio);
	kdp_disk_batch_put(batch);
}

static blk_opf_t kdp_disk_opf(enum kdp_io_op op)
{
	static const blk_opf_t opf[] = {
		[KDP_IO_READ] = REQ_OP_READ,
		[KDP_IO_WRITE] = REQ_OP_WRITE,
		[KDP_IO_WRITE_FUA] = REQ_OP_WRITE | REQ_FUA,
	};

	return opf[op] | REQ_META | REQ_SYNC;
}

/* Put memory from @p on into @bio; returns how many bytes found room. */
static size_t kdp_disk_add(struct bio *bio, void *p, size_t size)
{
	size_t done = 0;

	while (done < size) {
		u8 *at = (u8 *)p + done;
		unsigned int offset = offset_in_page(at);
		size_t len = min_t(size_t, size - done, PAGE_SIZE - offset);
		struct page *page = is_vmalloc_addr(at) ? vmalloc_to_page(at) :
							  virt_to_page(at);

		if (bio_add_page(bio, page, len, offset) != len)
			break;
		done += len;
	}
	return done;
}

static struct bio *kdp_disk_bio_new(struct kdp_disk *disk,
				    struct kdp_disk_batch *batch,
				    struct kdp_io *io, size_t size)
{
	/* one more: the memory may begin within a page that is larger */
	unsigned int pages = bio_max_segs(DIV_ROUND_UP(size, PAGE_SIZE) + 1);
	struct kdp_disk_bio *db;
	struct bio *bio;

	bio = bio_alloc_bioset(disk->bdev, pages, kdp_disk_opf(io->op),
			       GFP_NOIO, &disk->bios);
	db = container_of(bio, struct kdp_disk_bio, bio);
	db->batch = batch;
	db->io = io;
	bio->bi_end_io = kdp_disk_end_io;
	return bio;
}

static void kdp_disk_submit_one(struct kdp_disk *disk,
				struct kdp_disk_batch *batch, struct kdp_io *io)
{
	size_t size = (size_t)io->nr_blocks * KDP_BLOCK_SIZE;
	sector_t sector = io->block * KDP_SECTORS_PER_BLOCK;
	size_t done = 0;

	io->error = 0;
	if (io->op != KDP_IO_READ && is_vmalloc_addr(io->data))
		flush_kernel_vmap_range(io->data, size);
	while (done < size) {
		struct bio *bio = kdp_disk_bio_new(disk, batch, io,
						   size - done);

		bio->bi_iter.bi_sector = sector + (done >> SECTOR_SHIFT);
		done += kdp_disk_add(bio, (u8 *)io->data + done, size - done);
		atomic_inc(&batch->pending);
		submit_bio(bio);
	}
}

/* Where caches are indexed by virtual addresses: see what the device wrote. */
static void kdp_disk_sync_memory(struct kdp_io *io, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++)
		if (io[i].op == KDP_IO_READ && is_vmalloc_addr(io[i].data))
			invalidate_kernel_vmap_range(io[i].data,
						     io[i].nr_blocks *
						     KDP_BLOCK_SIZE);
}

static void kdp_disk_submit(void *p, struct kdp_io *io, u32 nr)
{
	struct kdp_disk *disk = p;
	struct kdp_disk_batch batch;
	struct blk_plug plug;
	u32 i;

	atomic_set(&batch.pending, 1);
	init_completion(&batch.done);
	blk_start_plug(&plug);
	for (i = 0; i < nr; i++)
		kdp_disk_submit_one(disk, &batch, &io[i]);
	blk_finish_plug(&plug);
	kdp_disk_batch_put(&batch);
	wait_for_completion_io(&batch.done);
	kdp_disk_sync_memory(io, nr);
}

static int kdp_disk_flush(void *p)
{
	struct kdp_disk *disk = p;

	return blkdev_issue_flush(disk->bdev);
}

static void kdp_disk_drain(void *p)
{
	struct kdp_disk *disk = p;

	kdp_gate_drain(disk->gate);
}

/* A multiple of what discards are cut to, and of blocks. */
#define KDP_DISCARD_SECTORS	(SZ_2G >> SECTOR_SHIFT)

/*
 * What it says does not matter, once it has said it.  Not by
 * blkdev_issue_discard(): its bios are those of file systems above us, which
 * may hold them all while they wait for the space that comes of this.
 */
static void kdp_disk_discard(void *p, u64 block, u64 nr_blocks)
{
	struct kdp_disk *disk = p;
	sector_t sector = block * KDP_SECTORS_PER_BLOCK;
	sector_t end = sector + nr_blocks * KDP_SECTORS_PER_BLOCK;
	struct bio bio;

	while (bdev_max_discard_sectors(disk->bdev) && sector < end) {
		sector_t n = min_t(sector_t, end - sector, KDP_DISCARD_SECTORS);

		bio_init(&bio, disk->bdev, NULL, 0, REQ_OP_DISCARD);
		bio.bi_iter.bi_sector = sector;
		bio.bi_iter.bi_size = n << SECTOR_SHIFT;
		submit_bio_wait(&bio);
		bio_uninit(&bio);
		sector += n;
		cond_resched();
	}
}

const struct kdp_disk_ops kdp_disk_io = {
	.submit = kdp_disk_submit,
	.flush = kdp_disk_flush,
	.drain = kdp_disk_drain,
	.discard = kdp_disk_discard,
	.ended = kdp_pool_store_ended,
};
