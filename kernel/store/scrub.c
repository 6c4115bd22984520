// SPDX-License-Identifier: GPL-2.0-only
/* Scrub: a walk that only looks, and compares the bitmap with the maps. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "store/scrub.h"

#define KDP_SCRUB_TRIES	4u	/* checkpoints may overtake it */

/* Those that could not be read when they were given up: can they now? */
static bool kdp_scrub_ask_degraded(struct kdp_store *s)
{
	bool news = false;
	u32 r;

	for (r = 0; r < KDP_REPLICAS; r++) {
		if (!s->care[r].degraded || !s->care[r].unreadable)
			continue;
		if (kdp_read_one(s, kdp_super_block(&s->super.geometry, r, 0),
				 kdp_io_block(s, r, 0)))
			continue;
		kdp_log(info, s, "metadata copy R%u answers again", r);
		kdp_care_forgive(s, r);
		news = true;
	}
	return news;
}

/* Keep what was found for the repair. */
static void kdp_scrub_conclude(struct kdp_store *s, struct kdp_scrub *sc,
			       const struct kdp_scrub_result *res)
{
	const struct kdp_cross_check *c = &res->cross;
	u32 r, known = 0, found = 0;
	bool news;

	mutex_lock(&s->commit_lock);
	for (r = 0; r < KDP_REPLICAS; r++) {
		known += s->care[r].damaged;
		found += sc->left[r];
		s->care[r].damaged = sc->left[r];
		if (kdp_replica_current(s, r))
			s->care[r].unreadable = sc->unreadable >> r & 1;
	}
	news = kdp_scrub_ask_degraded(s);
	if (res->crossed && (c->mapped_but_free || c->doubly_mapped ||
			     c->leaked > s->report.cross.leaked)) {
		kdp_log(err, s,
			"checkpoint: bitmap and maps disagree: %u chunks mapped but free, %u mapped twice, %u leaked; it is written anew",
			c->mapped_but_free, c->doubly_mapped, c->leaked);
		s->rewrite = true;
	}
	if (news || known || found || s->rewrite)
		kdp_health_changed(s);
	mutex_unlock(&s->commit_lock);
}

static int kdp_scrub_once(struct kdp_store *s, struct kdp_scrub *sc,
			  struct kdp_scrub_result *res)
{
	int err = kdp_walk_begin(s, sc);

	if (err)
		return err;
	sc->cross = kdp_cross_new(&s->super.geometry);
	sc->cross_gap = false;
	err = kdp_walk_all(s, sc);
	if (!err && sc->cross && !sc->cross_gap) {
		kdp_cross_end(sc->cross, &res->cross);
		res->crossed = true;
	}
	kdp_cross_free(sc->cross);
	sc->cross = NULL;
	return err;
}

int kdp_store_scrub(struct kdp_store *s, const struct kdp_worker *w,
		    struct kdp_scrub_result *res)
{
	u32 tries = KDP_SCRUB_TRIES;
	struct kdp_scrub *sc;
	int err;

	memset(res, 0, sizeof(*res));
	sc = kdp_scrub_new();
	if (!sc)
		return -ENOMEM;
	sc->worker = w;
	sc->look = KDP_ALL_REPLICAS;
	mutex_lock(&s->scrub_lock);
	do {
		err = kdp_scrub_once(s, sc, res);
	} while (err == -EAGAIN && --tries);
	res->places = sc->places;
	memcpy(res->bad, sc->bad, sizeof(res->bad));
	if (!err)
		kdp_scrub_conclude(s, sc, res);
	WRITE_ONCE(s->to_scrub, 0);
	mutex_unlock(&s->scrub_lock);
	kdp_scrub_free(sc);
	return err;
}
