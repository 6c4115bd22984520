// SPDX-License-Identifier: GPL-2.0-only
/*
 * The first write to a chunk (see model/fill.h for who may).
 *
 *   owner: zeros around the bio's range and the bio itself, in parallel
 *          -> all ended without error: it lands, to be recorded soon
 *          -> the fill ends, those who waited are routed again
 *          -> the bio ends
 *
 * FUA, and what cannot land, is recorded by a worker before the fill ends; FUA
 * then commits.  A hole of a thin volume is given a chunk first.
 *
 * If anything fails the chunk stays unwritten: it reads as zeros, and the next
 * who waited tries anew.  A bio that covers its chunk goes straight to the
 * disk; one that does not is handed to a worker, as zeros need bios.
 */
#include <linux/sched/mm.h>

#include "target/bio.h"
#include "target/trace.h"

/* The fill of @kb is over; let others try. */
static void kdp_fill_over(struct kdp_bio *kb)
{
	struct kdp_bio *waiter, *next;
	LIST_HEAD(waiters);

	kdp_fill_end(&kb->vt->pool->fills, &kb->fill, &waiters);
	list_for_each_entry_safe(waiter, next, &waiters, fill.entry)
		kdp_bio_defer(waiter, kdp_bio_is_discard(waiter) ?
				      kdp_discard_step : kdp_route_step);
}

static blk_status_t kdp_record_written(struct kdp_bio *kb)
{
	struct kdp_vt *vt = kb->vt;
	unsigned int noio = memalloc_noio_save();
	int r;

	if (kb->hole)
		r = kdp_store_map(vt->pool->store, vt->volume,
				  kb->fill.logical, kb->physical);
	else
		r = kdp_store_written(vt->pool->store, vt->volume,
				      kb->fill.logical, 1);
	kdp_pool_look(vt->pool);
	memalloc_noio_restore(noio);
	return errno_to_blk_status(r);
}

static void kdp_fill_trace(struct kdp_bio *kb, blk_status_t status)
{
	trace_kdevpool_first_write_done(kb->vt, kb->fill.logical, kb->physical,
					blk_status_to_errno(status));
}

static void kdp_fill_done_step(struct kdp_bio *kb)
{
	blk_status_t status = kb->status;

	if (!status)
		status = kdp_record_written(kb);
	kdp_fill_trace(kb, status);
	if (status && kb->hole)
		kdp_store_unreserve(kb->vt->pool->store, kb->physical);
	kdp_fill_over(kb);
	if (!status && kb->fua)
		status = kdp_commit_for_bio(kb->vt, NULL);
	kb->stage = KDP_BIO_PLAIN;
	kdp_bio_finish(kdp_bio_to_bio(kb), status);
}

/* The landing comes first: who finds no fill any more has to find that. */
static bool kdp_fill_lands(struct kdp_bio *kb)
{
	struct kdp_vt *vt = kb->vt;
	u32 nr;

	if (kb->status || kb->fua)
		return false;
	nr = kdp_store_land(vt->pool->store, vt->volume, kb->fill.logical,
			    kb->physical, kb->hole);
	if (!nr)
		return false;
	kdp_fill_trace(kb, BLK_STS_OK);
	kdp_fill_over(kb);
	kdp_pool_landed(vt->pool, nr);
	kb->stage = KDP_BIO_PLAIN;
	return true;
}

bool kdp_fill_io_ended(struct kdp_bio *kb, blk_status_t status)
{
	if (status)
		WRITE_ONCE(kb->status, status);
	if (!atomic_dec_and_test(&kb->pending))
		return false;
	if (kdp_fill_lands(kb))
		return true;
	kdp_bio_defer(kb, kdp_fill_done_step);
	return false;
}

/* The whole chunk, in order, so that the block layer can make one of it. */
static void kdp_fill_write_step(struct kdp_bio *kb)
{
	struct bio *bio = kdp_bio_to_bio(kb);
	sector_t begin = bio->bi_iter.bi_sector;
	sector_t end = bio_end_sector(bio);
	unsigned int before = kdp_offset_in_chunk(kb->vt, begin);
	unsigned int after = kb->vt->chunk_mask + 1 - before - (end - begin);
	struct blk_plug plug;

	atomic_inc(&kb->pending);	/* we are not done before the last one */
	blk_start_plug(&plug);
	kdp_zero_range(kb, begin - before, before);
	dm_submit_bio_remap(bio, NULL);
	kdp_zero_range(kb, end, after);
	blk_finish_plug(&plug);
	if (kdp_fill_io_ended(kb, BLK_STS_OK))
		kdp_bio_finish(bio, BLK_STS_OK);
}

/* @bio owns its chunk, which is at kb->physical and unwritten. */
static int kdp_fill_start(struct kdp_vt *vt, struct bio *bio)
{
	struct kdp_bio *kb = kdp_bio_of(bio);

	kb->fua = !!(bio->bi_opf & REQ_FUA);
	kb->status = BLK_STS_OK;
	kb->stage = KDP_BIO_FILL;
	atomic_set(&kb->pending, 1);
	kdp_bio_remap(vt, bio, kb->physical);
	if (bio_sectors(bio) == vt->chunk_mask + 1)
		return DM_MAPIO_REMAPPED;
	kdp_bio_defer(kb, kdp_fill_write_step);
	return DM_MAPIO_SUBMITTED;
}

/* A chunk for the hole that the bio goes to. */
static void kdp_fill_reserve_step(struct kdp_bio *kb)
{
	struct bio *bio = kdp_bio_to_bio(kb);
	struct kdp_vt *vt = kb->vt;
	unsigned int noio = memalloc_noio_save();
	int r = kdp_store_reserve(vt->pool->store, vt->volume, &kb->physical);

	memalloc_noio_restore(noio);
	if (!r) {
		if (kdp_fill_start(vt, bio) == DM_MAPIO_REMAPPED)
			dm_submit_bio_remap(bio, NULL);
		return;
	}
	kdp_fill_over(kb);
	if (r == -EAGAIN)
		kdp_park_for_space(vt, bio);
	else
		kdp_bio_finish(bio, errno_to_blk_status(r));
}

int kdp_first_write(struct kdp_vt *vt, struct bio *bio)
{
	struct kdp_bio *kb = kdp_bio_of(bio);
	struct kdp_mapping m;
	u32 chunk;

	if (bio->bi_opf & REQ_NOWAIT)
		return kdp_bio_finish(bio, BLK_STS_AGAIN);
	kdp_bio_detain(vt, bio);
	chunk = kdp_chunk_of(vt, bio->bi_iter.bi_sector);
	if (!kdp_fill_begin(&vt->pool->fills, &kb->fill, vt->volume->info.id,
			    chunk))
		return DM_MAPIO_SUBMITTED;

	/* only an owner's look-up tells the truth */
	kdp_store_look_up(vt->pool->store, vt->volume, chunk, 1, &m);
	if (m.state == KDP_CHUNK_WRITTEN) {
		/* another's fill ended between the two look-ups */
		kdp_fill_over(kb);
		return kdp_route_mapped(vt, bio, m.physical);
	}
	kb->hole = m.state == KDP_CHUNK_HOLE;
	kb->physical = m.physical;
	trace_kdevpool_first_write(vt, bio, kb->hole);
	kdp_pool_count(vt->pool, KDP_COUNT_FIRST_WRITES);
	if (!kb->hole ||
	    kdp_store_reserve_now(vt->pool->store, vt->volume, &kb->physical))
		return kdp_fill_start(vt, bio);
	kdp_bio_defer(kb, kdp_fill_reserve_step);
	return DM_MAPIO_SUBMITTED;
}
