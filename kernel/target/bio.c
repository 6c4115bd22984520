// SPDX-License-Identifier: GPL-2.0-only
/* The hot path: no lock, no allocation, no sleep for a chunk once written. */
#include <linux/rcupdate.h>

#include "model/map-word.h"
#include "target/bio.h"
#include "target/trace.h"

static void kdp_bio_work(struct work_struct *work)
{
	struct kdp_bio *kb = container_of(work, struct kdp_bio, work);

	kb->step(kb);
}

void kdp_bio_defer(struct kdp_bio *kb, void (*step)(struct kdp_bio *kb))
{
	kb->step = step;
	INIT_WORK(&kb->work, kdp_bio_work);
	queue_work(kb->vt->pool->io_wq, &kb->work);
}

int kdp_bio_finish(struct bio *bio, blk_status_t status)
{
	bio->bi_status = status;
	bio_endio(bio);
	return DM_MAPIO_SUBMITTED;
}

void kdp_bio_detain(struct kdp_vt *vt, struct bio *bio)
{
	unsigned int room = vt->chunk_mask + 1 -
			    kdp_offset_in_chunk(vt, bio->bi_iter.bi_sector);

	bio_clear_polled(bio);
	if (bio_op(bio) == REQ_OP_DISCARD || bio_sectors(bio) <= room)
		return;
	trace_kdevpool_split(vt, bio, room);
	dm_accept_partial_bio(bio, room);
}

/* Look up the chunks of @bio, and cut it where they cease to be alike. */
static void kdp_look_up(struct kdp_vt *vt, struct bio *bio,
			struct kdp_mapping *m)
{
	sector_t sector = bio->bi_iter.bi_sector;
	u32 first = kdp_chunk_of(vt, sector);
	u32 last = kdp_chunk_of(vt, bio_end_sector(bio) - 1);
	sector_t alike;

	kdp_store_look_up(vt->pool->store, vt->volume, first, last - first + 1,
			  m);
	if (likely(m->count > last - first))
		return;
	alike = (sector_t)(first + m->count) << vt->chunk_shift;
	trace_kdevpool_split(vt, bio, alike - sector);
	dm_accept_partial_bio(bio, alike - sector);
}

/* A FUA write needs a second look when it ends. */
int kdp_route_mapped(struct kdp_vt *vt, struct bio *bio, u32 physical)
{
	if (unlikely(bio->bi_opf & REQ_FUA))
		kdp_bio_of(bio)->stage = KDP_BIO_FUA;
	kdp_bio_remap(vt, bio, physical);
	return DM_MAPIO_REMAPPED;
}

/* Wait for the first write of the chunk, then look again. */
static int kdp_zeroes_wait(struct kdp_vt *vt, struct bio *bio)
{
	struct kdp_bio *kb = kdp_bio_of(bio);

	if (bio->bi_opf & REQ_NOWAIT)
		return kdp_bio_finish(bio, BLK_STS_AGAIN);
	kdp_bio_detain(vt, bio);
	if (kdp_fill_wait(&vt->pool->fills, &kb->fill, vt->volume->info.id,
			  kdp_chunk_of(vt, bio->bi_iter.bi_sector), 1, U64_MAX))
		return DM_MAPIO_SUBMITTED;
	/* it just ended; not on this stack, the next one may have begun */
	kdp_bio_defer(kb, kdp_route_step);
	return DM_MAPIO_SUBMITTED;
}

/*
 * Zeros to what reads as zeros: nothing is to be done, but FUA asks for that
 * state to be durable.  While a first write is under way the chunk may hold
 * more than it seems (model/fill.h).
 */
static int kdp_route_zeroes(struct kdp_vt *vt, struct bio *bio)
{
	u32 first = kdp_chunk_of(vt, bio->bi_iter.bi_sector);
	u32 last = kdp_chunk_of(vt, bio_end_sector(bio) - 1);

	if (kdp_fill_busy(&vt->pool->fills, vt->volume->info.id, first,
			  last - first + 1))
		return kdp_zeroes_wait(vt, bio);
	if (bio->bi_opf & REQ_FUA)
		kdp_bio_of(bio)->stage = KDP_BIO_FUA;
	return kdp_bio_finish(bio, BLK_STS_OK);
}

static int kdp_route_unwritten(struct kdp_vt *vt, struct bio *bio)
{
	if (!op_is_write(bio_op(bio))) {
		zero_fill_bio(bio);
		return kdp_bio_finish(bio, BLK_STS_OK);
	}
	if (bio_op(bio) == REQ_OP_WRITE_ZEROES)
		return kdp_route_zeroes(vt, bio);
	return kdp_first_write(vt, bio);
}

int kdp_route(struct kdp_vt *vt, struct bio *bio)
{
	struct kdp_mapping m;

	/* one without data has no chunks to look up, whatever its flags */
	if (unlikely(bio->bi_opf & REQ_PREFLUSH || !bio_sectors(bio)))
		return kdp_route_flush(vt, bio);
	if (op_is_write(bio_op(bio)) && unlikely(!READ_ONCE(vt->pool->writable)))
		return kdp_bio_finish(bio, BLK_STS_IOERR);
	if (unlikely(bio_op(bio) == REQ_OP_DISCARD))
		return kdp_route_discard(vt, bio);

	kdp_look_up(vt, bio, &m);
	if (likely(m.state == KDP_CHUNK_WRITTEN))
		return kdp_route_mapped(vt, bio, m.physical);
	return kdp_route_unwritten(vt, bio);
}

void kdp_route_again(struct kdp_vt *vt, struct bio *bio)
{
	if (kdp_route(vt, bio) == DM_MAPIO_REMAPPED)
		dm_submit_bio_remap(bio, NULL);
}

void kdp_route_step(struct kdp_bio *kb)
{
	kb->stage = KDP_BIO_PLAIN;
	kdp_route_again(kb->vt, kdp_bio_to_bio(kb));
}

/*
 * What most bios are: data to or from a single chunk, without a wish that
 * needs thought.
 */
static bool kdp_is_plain(const struct kdp_vt *vt, const struct bio *bio)
{
	const blk_opf_t other = (REQ_OP_MASK & ~(__force blk_opf_t)REQ_OP_WRITE) |
				REQ_PREFLUSH | REQ_FUA;
	unsigned int offset = kdp_offset_in_chunk(vt, bio->bi_iter.bi_sector);

	return !(bio->bi_opf & other) && bio_sectors(bio) &&
	       offset + bio_sectors(bio) - 1 <= vt->chunk_mask &&
	       (READ_ONCE(vt->pool->writable) ||
		!op_is_write(bio_op(bio)));
}

/* Enter the gate, or park. */
static noinline int kdp_map_other(struct kdp_vt *vt, struct bio *bio)
{
	bool inside;
	int r;

	rcu_read_lock();
	inside = kdp_gate_enter_rcu(&vt->pool->gate, &kdp_bio_of(bio)->slot);
	rcu_read_unlock();
	if (unlikely(!inside)) {
		r = kdp_park(vt, bio);
		if (r != KDP_TRY_AGAIN)
			return r;
	}
	return kdp_route(vt, bio);
}

int kdp_map(struct dm_target *ti, struct bio *bio)
{
	struct kdp_bio *kb = kdp_bio_of(bio);
	struct kdp_vt *vt = ti->private;
	u64 entry = 0;
	bool inside;

	kb->vt = vt;
	kb->stage = KDP_BIO_PLAIN;
	bio->bi_iter.bi_sector = dm_target_offset(ti, bio->bi_iter.bi_sector);
	if (unlikely(!kdp_is_plain(vt, bio)))
		return kdp_map_other(vt, bio);

	/* the gate first; cheaper than rcu_read_lock(), and as good */
	rcu_read_lock_sched();
	inside = kdp_gate_enter_rcu(&vt->pool->gate, &kb->slot);
	if (likely(inside))
		entry = kdp_map_entry(&vt->volume->map,
				      kdp_chunk_of(vt, bio->bi_iter.bi_sector));
	rcu_read_unlock_sched();

	if (unlikely(!inside))
		return kdp_map_other(vt, bio);
	if (unlikely(!kdp_word_is_written(entry)))
		return kdp_route(vt, bio);
	kdp_bio_remap(vt, bio, kdp_word_physical(entry));
	return DM_MAPIO_REMAPPED;
}

/* @kb is not plain, or there was an error. */
static noinline int kdp_end_other(struct kdp_bio *kb, blk_status_t *error)
{
	switch (kb->stage) {
	case KDP_BIO_OUTSIDE:
		return DM_ENDIO_DONE;
	case KDP_BIO_FILL:
		if (!kdp_fill_io_ended(kb, *error))
			return DM_ENDIO_INCOMPLETE;
		break;
	case KDP_BIO_FUA:
		if (!*error && kdp_fua_ended(kb->vt, kdp_bio_to_bio(kb)))
			return DM_ENDIO_INCOMPLETE;
		break;
	case KDP_BIO_PLAIN:
		break;
	}
	/* not those who only did not want to wait */
	if (*error && *error != BLK_STS_AGAIN)
		kdp_pool_count(kb->vt->pool, KDP_COUNT_ERRORS);
	kdp_gate_leave(kb->slot);
	return DM_ENDIO_DONE;
}

int kdp_end_io(struct dm_target *ti, struct bio *bio, blk_status_t *error)
{
	struct kdp_bio *kb = kdp_bio_of(bio);

	if (unlikely(kb->stage != KDP_BIO_PLAIN || *error))
		return kdp_end_other(kb, error);
	kdp_gate_leave(kb->slot);
	return DM_ENDIO_DONE;
}
