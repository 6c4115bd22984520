/* SPDX-License-Identifier: GPL-2.0-only */
/* A walk over all places: walk.c; scrub.c only looks, repair.c mends. */
#ifndef KDP_STORE_SCRUB_H
#define KDP_STORE_SCRUB_H

#include "store/place.h"

/* Places at a time; the window's last column is scratch. */
#define KDP_SCRUB_BATCH	(KDP_WINDOW - 1)

struct kdp_scrub {
	struct kdp_window *window;
	const struct kdp_worker *worker;
	bool hurry;		/* checkpoint_lock is held */
	u32 look;		/* replicas */
	u32 mend;		/* those that are mended */
	/* what there is to walk over, kdp_walk_begin() */
	struct kdp_checkpoint_ref ref;
	u64 journal_end;
	/* the places of this step, and what their copies must say */
	struct kdp_super super;
	struct kdp_super written[KDP_SUPER_SLOTS];
	struct kdp_expect expect[KDP_SCRUB_BATCH];
	u32 suspect[KDP_SCRUB_BATCH];	/* replicas */
	u32 nr;
	/* results */
	u32 places;
	u32 bad[KDP_REPLICAS];
	u32 left[KDP_REPLICAS];	/* bad, and not mended */
	u32 mended[KDP_REPLICAS];	/* by all passes */
	u32 unreadable;		/* replicas */
	u32 home_failed;	/* replicas: superblocks could not be written, */
	u32 extent_failed;	/* or something else */
	bool gone;		/* nobody has a good copy of something */
	struct kdp_cross *cross;	/* NULL: is not made */
	bool cross_gap;		/* a block that nobody has */
};

struct kdp_scrub *kdp_scrub_new(void);	/* NULL: no memory */
void kdp_scrub_free(struct kdp_scrub *sc);

/* Forget what was found, and see what there is.  0 or -EROFS. */
int kdp_walk_begin(struct kdp_store *s, struct kdp_scrub *sc);
/* Places @from to @to; scrub_lock.  0, -EROFS, -EINTR, -EAGAIN. */
int kdp_walk(struct kdp_store *s, struct kdp_scrub *sc,
	     enum kdp_place_kind kind, u64 from, u64 to);
/* All of them. */
int kdp_walk_all(struct kdp_store *s, struct kdp_scrub *sc);
/*
 * Look at one place and mend it where that is wanted, for replicas in @mask;
 * count, tell, and doubt replicas that cannot be written.  commit_lock.
 */
void kdp_walk_mend(struct kdp_store *s, struct kdp_scrub *sc,
		   const struct kdp_place *p, u32 mask);

/*
 * move.c: give replica @r, which is out of date, another extent, if its home
 * answers and there is room.  True: it has one, with nothing in it.  scrub_lock.
 */
bool kdp_replica_move(struct kdp_store *s, struct kdp_scrub *sc, u32 r);

/* cross.c: the bitmap against the maps of a checkpoint, block by block. */
struct kdp_cross *kdp_cross_new(const struct kdp_geometry *g);
void kdp_cross_free(struct kdp_cross *x);
void kdp_cross_feed(struct kdp_cross *x, const void *block);
/* After the last block. */
void kdp_cross_end(struct kdp_cross *x, struct kdp_cross_check *c);

#endif
