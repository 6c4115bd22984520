// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bios that found the gate closed.
 *
 * Parking and waking meet in vt->lock: who parks tries the gate once more with
 * the lock held, who opens it (or gives it up) takes the lock afterwards.  So a
 * bio either gets in, or is seen by the worker that comes after the opening.
 */
#include <linux/rcupdate.h>

#include "target/bio.h"
#include "target/trace.h"

/* What becomes of a bio that cannot get in: 0: it is to be parked. */
enum kdp_turned_away {
	KDP_PARK = 0,
	KDP_ENTERED,
	KDP_WOULD_BLOCK,
	KDP_PUSH_BACK,
	KDP_FAIL,
};

/* vt->lock is held. */
static enum kdp_turned_away kdp_turn_away(struct kdp_vt *vt, struct bio *bio)
{
	bool inside;

	rcu_read_lock();
	inside = kdp_gate_enter_rcu(&vt->pool->gate,
				    &kdp_bio_of(bio)->slot);
	rcu_read_unlock();
	if (inside)
		return KDP_ENTERED;
	if (READ_ONCE(vt->pool->gone))
		return KDP_FAIL;
	if (bio->bi_opf & REQ_NOWAIT)
		return KDP_WOULD_BLOCK;
	return vt->pushing_back ? KDP_PUSH_BACK : KDP_PARK;
}

/* vt->lock is held. */
static void kdp_keep(struct kdp_vt *vt, struct bio *bio, u32 for_space)
{
	trace_kdevpool_park(vt, bio, for_space);
	kdp_pool_count(vt->pool, KDP_COUNT_PARKED);
	bio_list_add(&vt->parked, bio);
}

int kdp_park(struct kdp_vt *vt, struct bio *bio)
{
	enum kdp_turned_away fate;
	unsigned long flags;

	kdp_bio_detain(vt, bio);
	spin_lock_irqsave(&vt->lock, flags);
	fate = kdp_turn_away(vt, bio);
	if (fate != KDP_ENTERED)
		kdp_bio_of(bio)->stage = KDP_BIO_OUTSIDE;
	if (fate == KDP_PARK)
		kdp_keep(vt, bio, 0);
	spin_unlock_irqrestore(&vt->lock, flags);

	switch (fate) {
	case KDP_ENTERED:
		return KDP_TRY_AGAIN;
	case KDP_WOULD_BLOCK:
		return kdp_bio_finish(bio, BLK_STS_AGAIN);
	case KDP_PUSH_BACK:
		return DM_MAPIO_REQUEUE;
	case KDP_FAIL:
		return kdp_bio_finish(bio, BLK_STS_IOERR);
	case KDP_PARK:
		break;
	}
	return DM_MAPIO_SUBMITTED;
}

/*
 * The gate is left last: who closes it cancels upkeep afterwards, and must find
 * what we have queued.  Once parked the bio may be routed, ended, and @vt gone.
 */
void kdp_park_for_space(struct kdp_vt *vt, struct bio *bio)
{
	struct kdp_bio *kb = kdp_bio_of(bio);
	struct kdp_pool *pool = vt->pool;
	struct kdp_gate_slot *slot = kb->slot;
	bool push_back;

	kb->stage = KDP_BIO_OUTSIDE;
	spin_lock_irq(&vt->lock);
	push_back = vt->pushing_back;
	if (!push_back)
		kdp_keep(vt, bio, 1);
	spin_unlock_irq(&vt->lock);
	if (push_back)
		kdp_bio_finish(bio, BLK_STS_DM_REQUEUE);
	else
		queue_work(pool->checkpoint_wq, &pool->upkeep_work);
	kdp_gate_leave(slot);
}

/*
 * Take a parked bio that need not be parked any longer; it is inside the gate,
 * or to be failed.
 */
static struct bio *kdp_unpark(struct kdp_vt *vt, enum kdp_turned_away *fate)
{
	struct bio *bio;

	spin_lock_irq(&vt->lock);
	bio = bio_list_peek(&vt->parked);
	if (bio) {
		*fate = kdp_turn_away(vt, bio);
		if (*fate == KDP_PARK)
			bio = NULL;
		else
			bio_list_pop(&vt->parked);
	}
	spin_unlock_irq(&vt->lock);
	return bio;
}

void kdp_parked_work(struct work_struct *work)
{
	struct kdp_vt *vt = container_of(work, struct kdp_vt, parked_work);
	enum kdp_turned_away fate;
	struct blk_plug plug;
	struct bio *bio;

	blk_start_plug(&plug);
	while ((bio = kdp_unpark(vt, &fate))) {
		if (fate == KDP_ENTERED) {
			kdp_bio_of(bio)->stage = KDP_BIO_PLAIN;
			kdp_route_again(vt, bio);
		} else if (fate == KDP_PUSH_BACK) {
			kdp_bio_finish(bio, BLK_STS_DM_REQUEUE);
		} else {
			kdp_bio_finish(bio, BLK_STS_IOERR);
		}
	}
	blk_finish_plug(&plug);
}

void kdp_push_back(struct kdp_vt *vt)
{
	struct bio_list bios = BIO_EMPTY_LIST;
	struct bio *bio;

	spin_lock_irq(&vt->lock);
	vt->pushing_back = true;
	bio_list_merge(&bios, &vt->parked);
	bio_list_init(&vt->parked);
	spin_unlock_irq(&vt->lock);

	while ((bio = bio_list_pop(&bios)))
		kdp_bio_finish(bio, BLK_STS_DM_REQUEUE);
}

void kdp_push_back_end(struct kdp_vt *vt)
{
	spin_lock_irq(&vt->lock);
	vt->pushing_back = false;
	spin_unlock_irq(&vt->lock);
}
