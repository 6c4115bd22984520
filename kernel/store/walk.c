// SPDX-License-Identifier: GPL-2.0-only
/*
 * The walk over all places.
 *
 * A step copies what some places must say (commit_lock, no I/O), reads all
 * their copies without a lock, and compares.  What looks bad may only have
 * changed meanwhile: it is read again under commit_lock, one place at a time,
 * and only what is bad then, and still in use, is damage.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "store/scrub.h"

#define KDP_SCRUB_LINES	3u	/* in the log, for each replica */

struct kdp_scrub *kdp_scrub_new(void)
{
	struct kdp_scrub *sc = kvzalloc(sizeof(*sc), GFP_KERNEL);

	if (!sc)
		return NULL;
	sc->window = kdp_window_new();
	if (sc->window)
		return sc;
	kvfree(sc);
	return NULL;
}

void kdp_scrub_free(struct kdp_scrub *sc)
{
	kdp_window_free(sc->window);
	kvfree(sc);
}

int kdp_walk_begin(struct kdp_store *s, struct kdp_scrub *sc)
{
	bool active;

	memset(sc->bad, 0, sizeof(sc->bad));
	memset(sc->left, 0, sizeof(sc->left));
	sc->places = 0;
	sc->unreadable = 0;
	sc->home_failed = 0;
	sc->extent_failed = 0;
	sc->gone = false;
	mutex_lock(&s->commit_lock);
	active = s->mode == KDP_STORE_ACTIVE;
	sc->ref = s->super.checkpoint;
	sc->journal_end = s->pos;
	mutex_unlock(&s->commit_lock);
	WRITE_ONCE(s->scrubbed, 0);
	WRITE_ONCE(s->to_scrub, KDP_SUPER_SLOTS + sc->ref.nr_blocks +
		   (u32)(sc->journal_end - sc->ref.journal_pos));
	return active ? 0 : -EROFS;
}

/* The checkpoint that is being walked over is no longer the one.  commit_lock */
static bool kdp_overtaken(const struct kdp_store *s, const struct kdp_scrub *sc)
{
	const struct kdp_checkpoint_ref *ref = &s->super.checkpoint;

	return ref->slot != sc->ref.slot || ref->epoch != sc->ref.epoch ||
	       ref->sequence != sc->ref.sequence;
}

/* What the next places must say.  commit_lock */
static void kdp_walk_expect(struct kdp_store *s, struct kdp_scrub *sc,
			    enum kdp_place_kind kind, u64 from, u32 n)
{
	struct kdp_place p = { .kind = kind };
	struct kdp_expect *e;

	sc->super = s->super;
	memcpy(sc->written, s->written, sizeof(sc->written));
	for (sc->nr = 0; sc->nr < n; sc->nr++) {
		p.index = from + sc->nr;
		e = &sc->expect[sc->nr];
		if (!kdp_place_expect(s, &p, e))
			e->super = NULL;
		else if (kind == KDP_PLACE_SUPER)
			e->super = &sc->written[p.index];
		else
			e->super = &sc->super;
	}
}

static int kdp_walk_aim(struct kdp_store *s, struct kdp_scrub *sc,
			enum kdp_place_kind kind, u64 from, u32 n)
{
	int err = 0;

	mutex_lock(&s->commit_lock);
	if (s->mode != KDP_STORE_ACTIVE)
		err = -EROFS;
	else if (kind == KDP_PLACE_CHECKPOINT && kdp_overtaken(s, sc))
		err = -EAGAIN;
	else
		kdp_walk_expect(s, sc, kind, from, n);
	mutex_unlock(&s->commit_lock);
	return err;
}

/*
 * Copies of replica @r are of interest: of one that is out of date only when it
 * is to become current, and then its superblocks come last (repair.c).
 */
static u32 kdp_walk_mask(const struct kdp_scrub *sc,
			 const struct kdp_super *super,
			 enum kdp_place_kind kind)
{
	u32 r, mask = sc->look;

	for (r = 0; r < KDP_REPLICAS; r++)
		if (super->geometry.replica[r].health != KDP_REPLICA_CURRENT &&
		    (kind == KDP_PLACE_SUPER || !(sc->mend >> r & 1)))
			mask &= ~(1u << r);
	return mask;
}

/* Into the window: replica r's copy of place i. */
static void kdp_walk_read(struct kdp_store *s, struct kdp_scrub *sc, u32 mask)
{
	struct kdp_window *w = sc->window;
	u32 r, i, nr = 0;

	for (i = 0; i < sc->nr; i++) {
		for (r = 0; r < KDP_REPLICAS; r++) {
			if (!(mask >> r & 1) || !sc->expect[i].super)
				continue;
			w->io[nr++] = (struct kdp_io) {
				.op = KDP_IO_READ, .nr_blocks = 1,
				.block = kdp_expect_block(&sc->expect[i], r),
				.data = kdp_window_block(w, r, i),
			};
		}
	}
	if (nr)
		s->ops->submit(s->disk, w->io, nr);
	while (nr--) {
		/* what could not be read is not what it was before */
		if (w->io[nr].error)
			memset(w->io[nr].data, 0, KDP_BLOCK_SIZE);
	}
}

static void kdp_walk_compare(struct kdp_scrub *sc, u32 mask)
{
	void *scratch = kdp_window_block(sc->window, 0, KDP_SCRUB_BATCH);
	const void *good;
	u32 r, i;

	for (i = 0; i < sc->nr; i++) {
		struct kdp_expect *e = &sc->expect[i];

		sc->suspect[i] = 0;
		good = NULL;
		for (r = 0; e->super && r < KDP_REPLICAS; r++) {
			const void *copy = kdp_window_block(sc->window, r, i);

			if (!(mask >> r & 1))
				continue;
			if (kdp_expect_check(e, r, copy, scratch))
				sc->suspect[i] |= 1u << r;
			else
				good = copy;
		}
		if (!sc->cross || e->place.kind != KDP_PLACE_CHECKPOINT)
			continue;
		if (good)
			kdp_cross_feed(sc->cross, good);
		else
			sc->cross_gap = true;
	}
}

static void kdp_walk_tell(struct kdp_store *s, struct kdp_scrub *sc,
			  const struct kdp_place *p, const struct kdp_mend *m,
			  u32 r)
{
	static const char *const kinds[] = {
		[KDP_PLACE_SUPER] = "superblock slot",
		[KDP_PLACE_JOURNAL] = "journal position",
		[KDP_PLACE_CHECKPOINT] = "checkpoint block",
	};
	bool mended = m->mend >> r & 1 && !(m->failed >> r & 1) && !m->gone;

	/* all of one that is out of date is */
	if (!kdp_replica_current(s, r))
		return;
	if (sc->bad[r] < KDP_SCRUB_LINES)
		kdp_log(warn, s,
			"metadata copy R%u: %s %llu at block %llu: %s%s", r,
			kinds[p->kind], (unsigned long long)p->index,
			(unsigned long long)kdp_place_block(s, p, r),
			m->unreadable >> r & 1 ? "cannot be read" :
			kdp_fault_name(m->fault[r]), mended ? "; mended" : "");
	else if (sc->bad[r] == KDP_SCRUB_LINES)
		kdp_log(warn, s, "metadata copy R%u: more of that", r);
}

void kdp_walk_mend(struct kdp_store *s, struct kdp_scrub *sc,
		   const struct kdp_place *p, u32 mask)
{
	struct kdp_mend m = {
		.look = mask, .mend = mask & sc->mend,
		.op = KDP_IO_WRITE_FUA, .verify = true,
	};
	u32 r;

	kdp_place_mend(s, p, &m);
	sc->gone |= m.gone;
	sc->unreadable |= m.unreadable;
	if (p->kind == KDP_PLACE_SUPER)
		sc->home_failed |= m.failed;
	else
		sc->extent_failed |= m.failed;
	for (r = 0; r < KDP_REPLICAS; r++) {
		if (!(m.bad >> r & 1))
			continue;
		kdp_walk_tell(s, sc, p, &m, r);
		sc->bad[r]++;
		if (m.gone || !(m.mend >> r & 1) || m.failed >> r & 1)
			sc->left[r]++;
		else
			sc->mended[r]++;
		if (m.failed >> r & 1)
			kdp_replica_doubt(s, r, kdp_place_block(s, p, r), -EIO);
	}
}

/* Look again at what looked bad, now that nothing changes. */
static int kdp_walk_confirm(struct kdp_store *s, struct kdp_scrub *sc, u32 i)
{
	const struct kdp_place *p = &sc->expect[i].place;
	int err = 0;

	mutex_lock(&s->commit_lock);
	if (s->mode != KDP_STORE_ACTIVE)
		err = -EROFS;
	else if (p->kind == KDP_PLACE_CHECKPOINT && kdp_overtaken(s, sc))
		err = -EAGAIN;
	else
		kdp_walk_mend(s, sc, p, sc->suspect[i] &
			      kdp_walk_mask(sc, &s->super, p->kind));
	mutex_unlock(&s->commit_lock);
	return err;
}

static int kdp_walk_step(struct kdp_store *s, struct kdp_scrub *sc,
			 enum kdp_place_kind kind, u64 from, u32 n)
{
	int err = kdp_walk_aim(s, sc, kind, from, n);
	u32 i, mask;

	if (err)
		return err;
	mask = kdp_walk_mask(sc, &sc->super, kind);
	kdp_walk_read(s, sc, mask);
	kdp_walk_compare(sc, mask);
	for (i = 0; !err && i < sc->nr; i++)
		if (sc->suspect[i])
			err = kdp_walk_confirm(s, sc, i);
	return err;
}

int kdp_walk(struct kdp_store *s, struct kdp_scrub *sc,
	     enum kdp_place_kind kind, u64 from, u64 to)
{
	const struct kdp_worker *w = sc->worker;
	u32 n;
	int err;

	for (; from < to; from += n) {
		n = w->pace ? w->pace(w->data, sc->hurry) : KDP_SCRUB_BATCH;
		if (!n)
			return -EINTR;
		n = min_t(u64, min(n, KDP_SCRUB_BATCH), to - from);
		err = kdp_walk_step(s, sc, kind, from, n);
		if (err)
			return err;
		sc->places += n;
		WRITE_ONCE(s->scrubbed, s->scrubbed + n);
	}
	return 0;
}

int kdp_walk_all(struct kdp_store *s, struct kdp_scrub *sc)
{
	int err = kdp_walk(s, sc, KDP_PLACE_SUPER, 0, KDP_SUPER_SLOTS);

	if (!err)
		err = kdp_walk(s, sc, KDP_PLACE_JOURNAL, sc->ref.journal_pos,
			       sc->journal_end);
	if (!err)
		err = kdp_walk(s, sc, KDP_PLACE_CHECKPOINT, 0,
			       sc->ref.nr_blocks);
	return err;
}
