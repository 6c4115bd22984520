// SPDX-License-Identifier: GPL-2.0-only
/*
 * Discards: whole chunks read as zeros afterwards; those of a thin volume go
 * back to the pool.  What is left of a chunk at either end is ignored.
 */
#include <linux/sched/mm.h>

#include "target/bio.h"
#include "target/trace.h"

/* The whole chunks of @bio; the last one of a volume may be a short one. */
static u32 kdp_whole_chunks(const struct kdp_vt *vt, const struct bio *bio,
			    u32 *first)
{
	sector_t mask = vt->chunk_mask;
	sector_t begin = bio->bi_iter.bi_sector;
	sector_t end = bio_end_sector(bio);

	if (end == vt->volume->info.sectors)
		end += mask;
	*first = kdp_chunk_of(vt, begin + mask);
	return max_t(s64, (s64)kdp_chunk_of(vt, end) - *first, 0);
}

/* First writes that began before us end before us (model/fill.h). */
void kdp_discard_step(struct kdp_bio *kb)
{
	struct bio *bio = kdp_bio_to_bio(kb);
	struct kdp_vt *vt = kb->vt;
	unsigned int noio;
	u32 first, count;
	int r;

	count = kdp_whole_chunks(vt, bio, &first);
	if (kdp_fill_wait(&vt->pool->fills, &kb->fill, vt->volume->info.id,
			  first, count, kb->fill.ticket))
		return;
	noio = memalloc_noio_save();
	r = kdp_store_discard(vt->pool->store, vt->volume, first, count);
	kdp_pool_look(vt->pool);
	memalloc_noio_restore(noio);
	kdp_bio_finish(bio, errno_to_blk_status(r));
}

int kdp_route_discard(struct kdp_vt *vt, struct bio *bio)
{
	struct kdp_bio *kb = kdp_bio_of(bio);
	u32 first, count;

	count = kdp_whole_chunks(vt, bio, &first);
	if (!count)
		return kdp_bio_finish(bio, BLK_STS_OK);
	if (bio->bi_opf & REQ_NOWAIT)
		return kdp_bio_finish(bio, BLK_STS_AGAIN);
	trace_kdevpool_discard(vt, bio, count);
	kdp_pool_count(vt->pool, KDP_COUNT_DISCARDS);
	kb->fill.ticket = kdp_fill_ticket(&vt->pool->fills);
	kdp_bio_defer(kb, kdp_discard_step);
	return DM_MAPIO_SUBMITTED;
}
