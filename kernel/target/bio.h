/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The way of a data bio.
 *
 *   map -> gate open?  no  -> parked (parked.c), routed when the gate opens
 *          yes -> route -> mapped and written   -> the disk -> end_io
 *                          read of unwritten    -> zeros, ended
 *                          write to unwritten   -> first write (first-write.c)
 *                          FLUSH                -> commit if needed (durable.c)
 *                          discard              -> a worker (discard.c)
 *                          WRITE ZEROES         -> as a write; nothing to do
 *                                                  for what is unwritten
 *
 * A bio that has been routed is inside the gate until its end_io, which is
 * called for every one of them: route never returns KILL or REQUEUE.  A FUA
 * write comes by end_io twice when it has to wait for a commit.  A bio that
 * leaves the map function unfinished has been cut to one chunk, as nothing but
 * the map function may cut it.
 */
#ifndef KDP_TARGET_BIO_H
#define KDP_TARGET_BIO_H

#include "target/volume.h"

enum kdp_bio_stage {
	KDP_BIO_OUTSIDE = 0,	/* not inside the gate */
	KDP_BIO_PLAIN,		/* inside; end_io lets it out */
	KDP_BIO_FUA,		/* inside; end_io sees to the commit */
	KDP_BIO_FILL,		/* inside; end_io continues the first write */
};

/* What we keep with every bio of ours; only stage is set for a mapped one. */
struct kdp_bio {
	struct kdp_gate_slot *slot;	/* of the gate */
	enum kdp_bio_stage stage;
	bool fua;			/* a first write that was FUA */
	bool hole;			/* a first write to a new chunk */
	u32 physical;			/* of a first write */
	blk_status_t status;		/* first write: the first error */
	atomic_t pending;		/* first write: bios not yet ended */
	struct kdp_vt *vt;
	struct kdp_fill fill;
	void (*step)(struct kdp_bio *kb);	/* what the worker does next */
	struct work_struct work;
};

static inline struct kdp_bio *kdp_bio_of(struct bio *bio)
{
	return dm_per_bio_data(bio, sizeof(struct kdp_bio));
}

static inline struct bio *kdp_bio_to_bio(struct kdp_bio *kb)
{
	return dm_bio_from_per_bio_data(kb, sizeof(struct kdp_bio));
}

/* bio.c; any context unless it says otherwise. */
int kdp_map(struct dm_target *ti, struct bio *bio);
int kdp_end_io(struct dm_target *ti, struct bio *bio, blk_status_t *error);

/*
 * Decide what happens to @bio, which is inside the gate.  Returns
 * DM_MAPIO_REMAPPED (the caller submits it) or DM_MAPIO_SUBMITTED.  Outside
 * of the map function @bio is within one chunk.
 */
int kdp_route(struct kdp_vt *vt, struct bio *bio);
/* The same, and submit it.  Not from the map function. */
void kdp_route_again(struct kdp_vt *vt, struct bio *bio);
/* The same, by a worker: for kdp_bio_defer(). */
void kdp_route_step(struct kdp_bio *kb);
/*
 * The chunk of @bio is at @physical: nobody else gets that before @bio has left
 * the gate.  Returns DM_MAPIO_REMAPPED.
 */
int kdp_route_mapped(struct kdp_vt *vt, struct bio *bio, u32 physical);

/* End @bio.  Returns DM_MAPIO_SUBMITTED. */
int kdp_bio_finish(struct bio *bio, blk_status_t status);
/* Continue with @step in a worker. */
void kdp_bio_defer(struct kdp_bio *kb, void (*step)(struct kdp_bio *kb));
/*
 * @bio will not go straight to the disk: cut it to the chunk it begins in,
 * which only the map function may do, and have it complete without being
 * polled for, as others may come to wait for it.
 */
void kdp_bio_detain(struct kdp_vt *vt, struct bio *bio);
/* durable.c */
int kdp_route_flush(struct kdp_vt *vt, struct bio *bio);
/* A FUA write has reached the disk; true: a worker goes on with it. */
bool kdp_fua_ended(struct kdp_vt *vt, struct bio *bio);
/* Commit what the volume has recorded.  Sleeps. */
blk_status_t kdp_commit_for_bio(struct kdp_vt *vt, bool *flushed);

/* discard.c; the step sleeps. */
int kdp_route_discard(struct kdp_vt *vt, struct bio *bio);
void kdp_discard_step(struct kdp_bio *kb);

static inline bool kdp_bio_is_discard(struct kdp_bio *kb)
{
	return bio_op(kdp_bio_to_bio(kb)) == REQ_OP_DISCARD;
}

/* first-write.c */
int kdp_first_write(struct kdp_vt *vt, struct bio *bio);
/*
 * One of the bios of a first write has ended.  True: so has the first write,
 * and the caller ends @kb's bio.  Any context.
 */
bool kdp_fill_io_ended(struct kdp_bio *kb, blk_status_t status);

/* zero.c: zeros to the disk as part of @kb's first write.  Sleeps. */
void kdp_zero_range(struct kdp_bio *kb, sector_t sector, sector_t nr);

static inline u32 kdp_chunk_of(const struct kdp_vt *vt, sector_t sector)
{
	return sector >> vt->chunk_shift;
}

static inline unsigned int kdp_offset_in_chunk(const struct kdp_vt *vt,
					       sector_t sector)
{
	return sector & vt->chunk_mask;
}

/* Send @bio to chunk @physical. */
static inline void kdp_bio_remap(struct kdp_vt *vt, struct bio *bio,
				 u32 physical)
{
	unsigned int offset = kdp_offset_in_chunk(vt, bio->bi_iter.bi_sector);

	bio->bi_iter.bi_sector = ((sector_t)physical << vt->chunk_shift) +
				 offset;
	bio_set_dev(bio, vt->bdev);
}

#endif
