// SPDX-License-Identifier: GPL-2.0-only
/*
 * FLUSH and FUA: what they promise must include the map of the volume.
 *
 * A volume is dirty while a change of its map is not durable; only then does a
 * FLUSH cost a commit.  As the mark is set before a change becomes visible, and
 * cleared when it is durable, it is enough to look at it when the FLUSH
 * arrives, or when the FUA write ends: the chunk it went to was visible before.
 */
#include <linux/sched/mm.h>

#include "target/bio.h"

blk_status_t kdp_commit_for_bio(struct kdp_vt *vt, bool *flushed)
{
	unsigned int noio = memalloc_noio_save();
	int r = kdp_store_commit_volume(vt->pool->store, vt->volume, flushed);

	kdp_pool_look(vt->pool);
	memalloc_noio_restore(noio);
	return errno_to_blk_status(r);
}

static bool kdp_dirty(const struct kdp_vt *vt)
{
	return kdp_store_volume_dirty(vt->pool->store, vt->volume);
}

static void kdp_flush_step(struct kdp_bio *kb)
{
	struct bio *bio = kdp_bio_to_bio(kb);
	bool flushed = false;
	blk_status_t status;

	status = kdp_commit_for_bio(kb->vt, &flushed);
	if (status || flushed)
		kdp_bio_finish(bio, status);
	else
		dm_submit_bio_remap(bio, NULL);
}

int kdp_route_flush(struct kdp_vt *vt, struct bio *bio)
{
	bio_set_dev(bio, vt->bdev);
	if (!kdp_dirty(vt))
		return DM_MAPIO_REMAPPED;
	if (bio->bi_opf & REQ_NOWAIT)
		return kdp_bio_finish(bio, BLK_STS_AGAIN);
	kdp_bio_defer(kdp_bio_of(bio), kdp_flush_step);
	return DM_MAPIO_SUBMITTED;
}

static void kdp_fua_step(struct kdp_bio *kb)
{
	kdp_bio_finish(kdp_bio_to_bio(kb),
		       kdp_commit_for_bio(kb->vt, NULL));
}

bool kdp_fua_ended(struct kdp_vt *vt, struct bio *bio)
{
	struct kdp_bio *kb = kdp_bio_of(bio);

	if (!kdp_dirty(vt))
		return false;
	kb->stage = KDP_BIO_PLAIN;
	kdp_bio_defer(kb, kdp_fua_step);
	return true;
}
