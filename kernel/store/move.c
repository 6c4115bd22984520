// SPDX-License-Identifier: GPL-2.0-only
/*
 * Moving a replica whose extent cannot be written to an extent made of free
 * chunks (kernel/doc/recovery.rst, M1 to M6).
 *
 * It is a checkpoint with two additions: before it begins the new chunks are
 * marked, so that it has them in use; and the superblocks that name it name
 * the new extent as well, with the replica out of date.  Nothing is copied
 * here: the repair that follows makes it current, as it would at the old place.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/string.h>

#include "store/scrub.h"

/* Superblocks have no other place.  @r is out of date: nobody else writes. */
static bool kdp_move_home_answers(struct kdp_store *s, struct kdp_scrub *sc,
				  u32 r)
{
	void *block = kdp_window_block(sc->window, r, 0);
	u64 address;
	u32 slot;

	for (slot = 0; slot < KDP_SUPER_SLOTS; slot++) {
		address = kdp_super_block(&s->super.geometry, r, slot);
		if (kdp_read_one(s, address, block) ||
		    kdp_write_one(s, address, block, KDP_IO_WRITE_FUA))
			return false;
	}
	return true;
}

/* Chunks in a row for @m, busy and in use.  0 or -ENOSPC. */
static int kdp_move_take(struct kdp_store *s, struct kdp_move *m)
{
	const struct kdp_geometry *g = &s->super.geometry;
	u64 blocks = kdp_extent_blocks(g) + g->chunk_blocks - 1;
	struct kdp_geometry after;
	u32 want = div_u64(blocks, g->chunk_blocks);
	int err;

	mutex_lock(&s->model_lock);
	err = kdp_space_reserve(&s->model.space, want, want, &m->run);
	if (err) {
		kdp_model_drop_windows(&s->model);
		err = kdp_space_reserve(&s->model.space, want, want, &m->run);
	}
	if (!err)
		kdp_space_use(&s->model.space, m->run.first, m->run.count);
	else
		m->run.count = 0;
	mutex_unlock(&s->model_lock);
	if (err)
		return err;
	m->extent = (u64)m->run.first * g->chunk_blocks;
	/* as it will be, or the superblocks could not be read again */
	after = *g;
	return kdp_geometry_move(&after, m->replica, m->extent) ? -ENOSPC : 0;
}

static void kdp_move_give_back(struct kdp_store *s, const struct kdp_move *m)
{
	mutex_lock(&s->model_lock);
	kdp_space_unuse(&s->model.space, m->run.first, m->run.count);
	kdp_space_unbusy(&s->model.space, m->run.first, m->run.count);
	mutex_unlock(&s->model_lock);
}

/* Zeros over the new ring; the checkpoint's flush makes them durable. */
static int kdp_move_blank(struct kdp_store *s, struct kdp_scrub *sc,
			  const struct kdp_move *m)
{
	struct kdp_window *w = sc->window;
	u32 first, i, n, all = s->super.geometry.journal_blocks;

	memset(kdp_window_block(w, 0, 0), 0, KDP_BLOCK_SIZE);
	for (first = 0; first < all; first += n) {
		n = min(all - first, KDP_WINDOW);
		for (i = 0; i < n; i++)
			w->io[i] = (struct kdp_io) {
				.op = KDP_IO_WRITE, .nr_blocks = 1,
				.block = m->extent + first + i,
				.data = kdp_window_block(w, 0, 0),
			};
		s->ops->submit(s->disk, w->io, n);
		for (i = 0; i < n; i++)
			if (w->io[i].error)
				return w->io[i].error;
	}
	return 0;
}

void kdp_move_name(struct kdp_store *s, const struct kdp_move *m)
{
	struct kdp_geometry *g = &s->super.geometry;

	/* kdp_move_take() has seen that it can be */
	kdp_geometry_move(g, m->replica, m->extent);
	mutex_lock(&s->model_lock);
	s->model.geometry = *g;
	mutex_unlock(&s->model_lock);
	s->care[m->replica].moved_from = m->from;
}

/* checkpoint_lock */
static int kdp_move_locked(struct kdp_store *s, struct kdp_scrub *sc,
			   struct kdp_move *m)
{
	const struct kdp_replica_place *p;
	int err;

	p = &s->super.geometry.replica[m->replica];
	m->from = p->extent;
	err = kdp_move_take(s, m);
	if (!err)
		err = kdp_move_blank(s, sc, m);
	if (!err)
		err = kdp_checkpoint_move(s, m);
	/* once it is named it is used, even if the pool has failed meanwhile */
	if (m->run.count && p->extent != m->extent)
		kdp_move_give_back(s, m);
	return err;
}

bool kdp_replica_move(struct kdp_store *s, struct kdp_scrub *sc, u32 r)
{
	struct kdp_move m = { .replica = r };
	int err;

	if (!kdp_move_home_answers(s, sc, r)) {
		kdp_log(err, s,
			"metadata copy R%u: its home does not answer; it is not moved",
			r);
		return false;
	}
	mutex_lock(&s->checkpoint_lock);
	err = kdp_move_locked(s, sc, &m);
	mutex_unlock(&s->checkpoint_lock);
	if (err == -ENOSPC)
		kdp_log(err, s,
			"metadata copy R%u: no room for another extent: %llu KiB of free chunks in a row are needed, and at most %u extents are given up",
			r, (unsigned long long)
			kdp_extent_blocks(&s->super.geometry) * 4,
			KDP_MAX_RETIRED);
	else if (err)
		kdp_log(err, s, "metadata copy R%u: cannot be moved (error %d)",
			r, err);
	else
		kdp_log(warn, s,
			"metadata copy R%u: its extent cannot be written; moved from block %llu to %llu",
			r, (unsigned long long)m.from,
			(unsigned long long)m.extent);
	return !err;
}
