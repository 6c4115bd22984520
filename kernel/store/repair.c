// SPDX-License-Identifier: GPL-2.0-only
/*
 * Repair: a walk that mends.  A replica that is current has its bad copies
 * rewritten, and that is all.  One that is out of date gets what it lacks of
 * the checkpoint and of the journal; while that goes on commits add to the
 * journal, so the last of it, its superblocks and its new health are written
 * with both locks held.  A checkpoint that came between began without this
 * replica, so all begins again.
 */
#include <linux/errno.h>
#include <linux/kernel.h>

#include "store/scrub.h"

#define KDP_REPAIR_TRIES	5u
#define KDP_REPAIR_FREE_TRIES	2u	/* without keeping checkpoints out */

/* Of the replicas that are mended those that are out of date. */
static u32 kdp_to_be_current(const struct kdp_store *s,
			     const struct kdp_scrub *sc)
{
	u32 r, mask = sc->mend & ~kdp_replicas_mask(s);

	for (r = 0; r < KDP_REPLICAS; r++)
		if (sc->left[r])
			mask &= ~(1u << r);
	return mask;
}

static void kdp_finish_place(struct kdp_store *s, struct kdp_scrub *sc,
			     enum kdp_place_kind kind, u64 index)
{
	struct kdp_place p = { .kind = kind, .index = index };

	kdp_walk_mend(s, sc, &p, kdp_to_be_current(s, sc));
}

/* The last steps.  Both locks. */
static int kdp_finish_locked(struct kdp_store *s, struct kdp_scrub *sc)
{
	u64 pos;
	u32 r, mask, slot;
	int err;

	for (pos = sc->journal_end; pos < s->pos; pos++)
		kdp_finish_place(s, sc, KDP_PLACE_JOURNAL, pos);
	/* what could be read may still be in the device's cache only */
	err = s->ops->flush(s->disk);
	if (err)
		return kdp_store_fail(s, "repair: flush failed (error %d)",
				      err);
	for (slot = 0; slot < KDP_SUPER_SLOTS; slot++)
		kdp_finish_place(s, sc, KDP_PLACE_SUPER, slot);
	mask = kdp_to_be_current(s, sc);
	for (r = 0; r < KDP_REPLICAS; r++) {
		if (!(mask >> r & 1))
			continue;
		s->super.geometry.replica[r].health = KDP_REPLICA_CURRENT;
		s->health_changed = true;
		kdp_log(info, s, "metadata copy R%u is up to date again", r);
	}
	return s->health_changed ? kdp_super_write(s, 1) : 0;
}

static bool kdp_same_checkpoint(const struct kdp_checkpoint_ref *a,
				const struct kdp_checkpoint_ref *b)
{
	return a->slot == b->slot && a->epoch == b->epoch &&
	       a->sequence == b->sequence;
}

/* One attempt at the end; *@behind: the journal has grown by too much. */
static int kdp_finish_try(struct kdp_store *s, struct kdp_scrub *sc,
			  u64 *behind)
{
	int err;

	mutex_lock(&s->commit_lock);
	*behind = 0;
	if (s->mode != KDP_STORE_ACTIVE)
		err = -EROFS;
	else if (!kdp_same_checkpoint(&s->super.checkpoint, &sc->ref))
		err = -EAGAIN;
	else if (!kdp_to_be_current(s, sc))
		err = 0;
	else if (s->pos - sc->journal_end > KDP_SCRUB_BATCH)
		err = -EBUSY;
	else
		err = kdp_finish_locked(s, sc);
	if (err == -EBUSY)
		*behind = s->pos;
	mutex_unlock(&s->commit_lock);
	return err;
}

/* checkpoint_lock */
static int kdp_repair_finish(struct kdp_store *s, struct kdp_scrub *sc)
{
	u64 end;
	int err;

	do {
		err = kdp_finish_try(s, sc, &end);
		if (err != -EBUSY)
			return err;
		err = kdp_walk(s, sc, KDP_PLACE_JOURNAL, sc->journal_end, end);
		sc->journal_end = end;
	} while (!err);
	return err;
}

static void kdp_repair_hold(struct kdp_store *s, struct kdp_scrub *sc)
{
	if (sc->hurry)
		return;
	mutex_lock(&s->checkpoint_lock);
	sc->hurry = true;
}

/* @hold: no checkpoint shall come between. */
static int kdp_repair_pass(struct kdp_store *s, struct kdp_scrub *sc, bool hold)
{
	int err;

	if (hold)
		kdp_repair_hold(s, sc);
	err = kdp_walk_begin(s, sc);
	if (!err)
		err = kdp_walk_all(s, sc);
	if (!err && !sc->gone) {
		kdp_repair_hold(s, sc);
		err = kdp_repair_finish(s, sc);
	}
	if (sc->hurry)
		mutex_unlock(&s->checkpoint_lock);
	sc->hurry = false;
	return err;
}

/* Write a checkpoint that replaces what nobody has a good copy of. */
static int kdp_repair_rewrite(struct kdp_store *s)
{
	int err = kdp_checkpoint_rewrite(s);

	mutex_lock(&s->commit_lock);
	s->rewrite = err;
	s->rewrites += !err;
	mutex_unlock(&s->commit_lock);
	return err;
}

static int kdp_repair_passes(struct kdp_store *s, struct kdp_scrub *sc)
{
	u32 tries;
	int err = -EAGAIN;

	for (tries = 0; tries < KDP_REPAIR_TRIES; tries++) {
		err = kdp_repair_pass(s, sc, tries >= KDP_REPAIR_FREE_TRIES);
		if (!err && sc->gone) {
			err = kdp_repair_rewrite(s);
			if (!err)
				err = -EAGAIN;
		}
		if (err != -EAGAIN)
			break;
	}
	return err;
}

/* Whom a repair is about; a bit for each replica. */
struct kdp_patients {
	u32 all;
	u32 counted;		/* the attempt counts */
	u32 last;		/* it is the last one: a move may follow */
};

static void kdp_repair_begin(struct kdp_store *s, const struct kdp_worker *w,
			     bool asked, struct kdp_patients *p)
{
	u32 r, degraded = 0;

	mutex_lock(&s->commit_lock);
	for (r = 0; asked && r < KDP_REPLICAS; r++) {
		degraded |= (u32)s->care[r].degraded << r;
		kdp_care_forgive(s, r);
	}
	p->counted = kdp_care_begin(s, w->now);
	p->all = asked ? KDP_ALL_REPLICAS : p->counted;
	p->last = degraded | kdp_care_last(s, p->counted);
	mutex_unlock(&s->commit_lock);
}

/* M1, but for the home.  commit_lock. */
static u32 kdp_to_be_moved(const struct kdp_store *s,
			   const struct kdp_scrub *sc, u32 last)
{
	return last & sc->extent_failed & ~sc->home_failed &
	       ~kdp_replicas_mask(s);
}

/* Those whose extent cannot be written.  True: one has another now. */
static bool kdp_repair_move(struct kdp_store *s, struct kdp_scrub *sc, u32 last)
{
	bool moved = false;
	u32 r, mask;

	mutex_lock(&s->commit_lock);
	mask = kdp_to_be_moved(s, sc, last);
	mutex_unlock(&s->commit_lock);
	for (r = 0; r < KDP_REPLICAS; r++) {
		if (!(mask >> r & 1) || !kdp_replica_move(s, sc, r))
			continue;
		moved = true;
		/* at a place that it has not failed at */
		mutex_lock(&s->commit_lock);
		kdp_care_forgive(s, r);
		mutex_unlock(&s->commit_lock);
	}
	return moved;
}

/* What became of replica @r; true: it is whole.  commit_lock. */
static bool kdp_repair_conclude(struct kdp_store *s, struct kdp_scrub *sc,
				u32 r, bool counted, int err)
{
	struct kdp_care *c = &s->care[r];
	bool whole = kdp_replica_current(s, r) && !sc->left[r];

	c->unreadable = sc->unreadable >> r & 1;
	if (err) {
		/* not all was seen */
		c->damaged = max(c->damaged, sc->left[r]);
		if (counted)
			kdp_care_undo(s, r);
		return false;
	}
	c->damaged = sc->left[r];
	if (whole && sc->mended[r]) {
		s->repairs++;
		s->last_repair = sc->worker->now;
	}
	if (counted || !whole)
		kdp_care_end(s, r, whole, sc->worker->now);
	return whole;
}

static int kdp_repair_end(struct kdp_store *s, struct kdp_scrub *sc,
			  u32 counted, int err)
{
	bool whole = true;
	u32 r;

	mutex_lock(&s->commit_lock);
	for (r = 0; r < KDP_REPLICAS; r++)
		s->care[r].mended += sc->mended[r];
	for (r = 0; r < KDP_REPLICAS; r++)
		if (sc->mend >> r & 1)
			whole &= kdp_repair_conclude(s, sc, r,
						     counted >> r & 1, err);
	if (s->health_changed && s->mode == KDP_STORE_ACTIVE)
		kdp_super_write(s, 1);
	kdp_health_changed(s);
	mutex_unlock(&s->commit_lock);
	return err ?: whole ? 0 : -EIO;
}

int kdp_store_repair(struct kdp_store *s, const struct kdp_worker *w,
		     bool asked)
{
	struct kdp_scrub *sc = kdp_scrub_new();
	struct kdp_patients p;
	int err = 0;

	if (!sc)
		return -ENOMEM;
	sc->worker = w;
	mutex_lock(&s->scrub_lock);
	kdp_repair_begin(s, w, asked, &p);
	sc->mend = p.all;
	sc->look = sc->mend;
	if (READ_ONCE(s->rewrite))
		err = kdp_repair_rewrite(s);
	if (!err && sc->mend)
		err = kdp_repair_passes(s, sc);
	if (!err && kdp_repair_move(s, sc, p.last))
		err = kdp_repair_passes(s, sc);
	err = kdp_repair_end(s, sc, p.counted, err);
	WRITE_ONCE(s->to_scrub, 0);
	mutex_unlock(&s->scrub_lock);
	kdp_scrub_free(sc);
	return err;
}
