// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pool at work.  Every change of the model happens under model_lock, so
 * the states seen when that is released are all that the pool was ever in.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exhaust.h"

struct x_live *x_live_now;

/* What is promised has changed: from here on crashes are judged by that. */
static void floor_new(struct x_live *l)
{
	struct x_floor *f;
	u32 i;

	if (l->nr_floors == X_FLOORS)
		abort();
	f = &l->floor[l->nr_floors++];
	f->acked = l->acked;
	f->nr_states = l->nr_states;
	for (i = 0; i < X_SPOTS; i++)
		f->promised[i] = l->spot[i].promised;
	l->disk->floor = l->nr_floors - 1;
}

void x_live_begin(struct x_live *l, struct x_disk *d)
{
	*l = x_base_live;
	l->disk = d;
	l->store = x_pool_start(d);
	l->state[0] = sim_digest(l->store);
	l->nr_states = 1;
	floor_new(l);
	x_live_now = l;
}

void x_live_note(struct x_live *l)
{
	u64 digest = sim_digest(l->store);

	if (digest == l->state[l->nr_states - 1])
		return;
	if (l->nr_states == X_STATES)
		abort();
	l->state[l->nr_states++] = digest;
	floor_new(l);
}

void x_live_unlocked(struct mutex *m)
{
	struct x_live *l = x_live_now;

	if (l && l->store && m == &l->store->model_lock)
		x_live_note(l);
}

void x_live_ack(struct x_live *l, u32 state)
{
	if (state <= l->acked)
		return;
	l->acked = state;
	floor_new(l);
}

void x_live_promise(struct x_live *l, u64 volume)
{
	u32 i;

	for (i = 0; i < l->nr_spots; i++)
		if (!volume || l->spot[i].volume == volume)
			l->spot[i].promised = l->spot[i].nr - 1;
	floor_new(l);
}

void x_live_wrong(struct x_live *l, const char *what, int err)
{
	char why[120];

	kdp_store_reason(l->store, why, sizeof(why));
	if (!l->wrong[0])
		snprintf(l->wrong, sizeof(l->wrong), "%s failed: %d %s", what,
			 err, why);
}

u64 x_tag(u64 volume, u32 chunk, u32 sub, u32 stamp)
{
	return volume << 40 | (u64)chunk << 34 | (u64)sub << 32 | stamp;
}

struct x_spot *x_spot(struct x_live *l, u64 volume, u32 chunk, u32 sub)
{
	struct x_spot *s;
	u32 i;

	for (i = 0; i < l->nr_spots; i++) {
		s = &l->spot[i];
		if (s->volume == volume && s->chunk == chunk && s->sub == sub)
			return s;
	}
	if (l->nr_spots == X_SPOTS)
		abort();
	s = &l->spot[l->nr_spots++];
	*s = (struct x_spot){ .volume = volume, .chunk = chunk, .sub = sub };
	x_spot_event(s, 0);
	return s;
}

void x_spot_event(struct x_spot *spot, u64 value)
{
	if (spot->nr == X_EVENTS)
		abort();
	spot->value[spot->nr] = value;
	spot->state[spot->nr++] = X_NO_RECORD;
}

/* The record of the newest event of a chunk is in the newest state. */
static void recorded(struct x_live *l, const struct kdp_volume *v, u32 chunk)
{
	struct x_spot *s;
	u32 sub;

	for (sub = 0; sub < X_SUBS; sub++) {
		s = x_spot(l, v->info.id, chunk, sub);
		s->state[s->nr - 1] = l->nr_states - 1;
	}
	l->touched_state = l->nr_states - 1;
}

static void touch(struct x_live *l, const struct kdp_volume *v)
{
	if (l->touched != v->info.id)
		l->touched_state = 0;
	l->touched = v->info.id;
}

/* One block of tag, and zeros in the others of the first @nr. */
static void write_data(struct x_live *l, const struct kdp_volume *v, u32 chunk,
		       u32 physical, u32 nr)
{
	static u64 block[X_SUBS][KDP_BLOCK_SIZE / 8]
		__attribute__((aligned(64)));
	struct kdp_io io[X_SUBS];
	u32 sub;

	l->stamp++;
	for (sub = 0; sub < nr; sub++) {
		block[sub][0] = sub ? 0 :
				x_tag(v->info.id, chunk, sub, l->stamp);
		io[sub] = (struct kdp_io){
			.op = KDP_IO_WRITE, .nr_blocks = 1, .data = block[sub],
			.block = (u64)physical * x_geometry.chunk_blocks + sub,
		};
		x_spot_event(x_spot(l, v->info.id, chunk, sub), block[sub][0]);
	}
	touch(l, v);
	x_disk_ops.submit(l->disk, io, nr);
}

static int first_write_thick(struct x_live *l, struct kdp_volume *v, u32 chunk,
			     u32 physical)
{
	int err;

	write_data(l, v, chunk, physical, X_SUBS);
	err = kdp_store_written(l->store, v, chunk, 1);
	if (!err)
		recorded(l, v, chunk);
	return err;
}

static int first_write_thin(struct x_live *l, struct kdp_volume *v, u32 chunk)
{
	u32 physical;
	int err = kdp_store_reserve(l->store, v, &physical);

	if (err)
		return err;
	write_data(l, v, chunk, physical, X_SUBS);
	err = kdp_store_map(l->store, v, chunk, physical);
	if (err)
		kdp_store_unreserve(l->store, physical);
	else
		recorded(l, v, chunk);
	return err;
}

/* As the target does it; the chunk is not yet written. */
int x_write(struct x_live *l, struct kdp_volume *v, u32 chunk)
{
	struct kdp_mapping m;
	u32 tries = 0;
	int err;

	do {
		kdp_map_lookup(&v->map, chunk, 1, &m);
		if (m.state == KDP_CHUNK_UNWRITTEN)
			err = first_write_thick(l, v, chunk, m.physical);
		else
			err = first_write_thin(l, v, chunk);
		if (err == -EAGAIN)
			kdp_store_upkeep(l->store);
	} while (err == -EAGAIN && tries++ < 3);
	return err;
}

int x_overwrite(struct x_live *l, struct kdp_volume *v, u32 chunk)
{
	struct kdp_mapping m;

	kdp_map_lookup(&v->map, chunk, 1, &m);
	write_data(l, v, chunk, m.physical, 1);
	return 0;
}

int x_discard(struct x_live *l, struct kdp_volume *v, u32 chunk)
{
	u32 sub;
	int err;

	for (sub = 0; sub < X_SUBS; sub++)
		x_spot_event(x_spot(l, v->info.id, chunk, sub), 0);
	touch(l, v);
	err = kdp_store_discard(l->store, v, chunk, 1);
	if (!err)
		recorded(l, v, chunk);
	return err;
}

int x_flush(struct x_live *l, struct kdp_volume *v)
{
	u32 state = l->touched == v->info.id ? l->touched_state : 0;
	bool flushed = false;
	int err = 0;

	if (kdp_store_volume_dirty(l->store, v))
		err = kdp_store_commit_volume(l->store, v, &flushed);
	if (!err && !flushed)
		err = x_disk_ops.flush(l->disk);
	if (err)
		return err;
	x_live_ack(l, state);
	x_live_promise(l, v->info.id);
	return 0;
}
