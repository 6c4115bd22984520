// SPDX-License-Identifier: GPL-2.0-only
/* Reads, writes, discards and flushes: the same as the target's bio path. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

static void release_waiters(struct sim *sim, struct kdp_fill *fill)
{
	struct sim_task *t;
	struct kdp_fill *f, *next;
	LIST_HEAD(waiters);

	kdp_fill_end(&sim->fills, fill, &waiters);
	list_for_each_entry_safe(f, next, &waiters, entry) {
		list_del_init(&f->entry);
		t = container_of(f, struct sim_task, fill);
		t->released = true;
	}
}

static bool is_released(void *task)
{
	return ((struct sim_task *)task)->released;
}

/* Recorded later, or now. */
static int record(struct sim *sim, struct kdp_volume *v, uint32_t logical,
		  uint32_t physical, bool hole)
{
	if (sim_random(sim, 4) &&
	    kdp_store_land(sim->store, v, logical, physical, hole))
		return 0;
	if (hole)
		return kdp_store_map(sim->store, v, logical, physical);
	return kdp_store_written(sim->store, v, logical, 1);
}

static int fill_thick(struct sim_task *t, struct kdp_volume *v,
		      uint32_t logical, uint32_t physical, const uint64_t *tags)
{
	struct sim *sim = t->sim;
	int err;

	sim_say(sim, "  first, at chunk %u", physical);
	t->op = SIM_OP_FILL_THICK;
	err = simdisk_write_tags(sim->disk, sim_block_at(sim, physical), tags,
				 SIM_SUBS, ~0u);
	return err ? err : record(sim, v, logical, physical, false);
}

static int fill_hole(struct sim_task *t, struct kdp_volume *v, uint32_t logical,
		     const uint64_t *tags)
{
	struct sim *sim = t->sim;
	uint32_t physical;
	int err = 0;

	t->op = SIM_OP_FILL_THIN;
	if (!kdp_store_reserve_now(sim->store, v, &physical))
		err = kdp_store_reserve(sim->store, v, &physical);
	if (err) {
		t->wants_upkeep = err == -EAGAIN;
		return err;
	}
	sim_say(sim, "  into a hole, at chunk %u", physical);
	err = simdisk_write_tags(sim->disk, sim_block_at(sim, physical), tags,
				 SIM_SUBS, ~0u);
	if (!err)
		err = record(sim, v, logical, physical, true);
	if (err)
		kdp_store_unreserve(sim->store, physical);
	return err;
}

/* The first write: zeros and data, then the record.  The task owns the fill. */
static int fill_chunk(struct sim_task *t, struct kdp_volume *v,
		      uint32_t logical, const uint64_t *tags)
{
	struct kdp_mapping m;

	kdp_store_look_up(t->sim->store, v, logical, 1, &m);
	if (m.state == KDP_CHUNK_UNWRITTEN)
		return fill_thick(t, v, logical, m.physical, tags);
	if (m.state == KDP_CHUNK_HOLE)
		return fill_hole(t, v, logical, tags);
	return -EAGAIN;
}

/* Within @io, which is ended. */
static int first_write(struct sim_task *t, struct kdp_volume *v,
		       uint32_t logical, const uint64_t *tags, uint64_t io)
{
	struct sim *sim = t->sim;
	int err;

	t->released = false;
	t->wants_upkeep = false;
	if (!kdp_fill_begin(&sim->fills, &t->fill, v->info.id, logical)) {
		simdisk_io_end(sim->disk, io);
		sched_wait(sim->sched, is_released, t);
		return -EAGAIN;
	}
	err = fill_chunk(t, v, logical, tags);
	release_waiters(sim, &t->fill);
	simdisk_io_end(sim->disk, io);
	if (t->wants_upkeep && simdisk_is_dead(sim->disk))
		return -EIO;
	if (t->wants_upkeep)
		kdp_store_upkeep(sim->store);
	return err;
}

/*
 * Blocks of the mask; the others are left as they are, which in a first write
 * means zeros.
 */
static int write_chunk(struct sim_task *t, struct kdp_volume *v,
		       uint32_t logical, const uint64_t *tags, uint32_t mask)
{
	struct sim *sim = t->sim;
	struct kdp_mapping m;
	uint64_t io;
	int err;

	for (;;) {
		io = simdisk_io_begin(sim->disk);
		kdp_store_look_up(sim->store, v, logical, 1, &m);
		if (m.state == KDP_CHUNK_WRITTEN)
			break;
		err = first_write(t, v, logical, tags, io);
		if (err != -EAGAIN)
			return err;
	}
	sim_say(t->sim, "  at chunk %u", m.physical);
	t->op = SIM_OP_WRITE;
	err = simdisk_write_tags(sim->disk, sim_block_at(sim, m.physical), tags,
				 SIM_SUBS, mask);
	simdisk_io_end(sim->disk, io);
	return err;
}

/* Which blocks of a chunk are written: one, or all of them. */
static uint32_t choose_subs(struct sim *sim, const struct sim_block *block)
{
	uint32_t sub = sim_random(sim, SIM_SUBS + 1);
	uint32_t mask = sub == SIM_SUBS ? (1u << SIM_SUBS) - 1 : 1u << sub;

	for (sub = 0; sub < SIM_SUBS; sub++)
		if (mask >> sub & 1 && block[sub].writing)
			return 0;
	return mask;
}

static void write_some(struct sim_task *t, struct kdp_volume *v,
		       struct sim_volume *sv, uint32_t chunk)
{
	struct sim *sim = t->sim;
	struct sim_block *block = sv->block[chunk];
	uint32_t mask = choose_subs(sim, block), sub, stamp = ++sim->stamp;
	uint64_t tags[SIM_SUBS] = { 0 };
	int err;

	if (!mask)
		return;
	for (sub = 0; sub < SIM_SUBS; sub++) {
		if (!(mask >> sub & 1))
			continue;
		sim_write_begins(&block[sub]);
		tags[sub] = sim_tag(sim, sv->id, chunk, sub, stamp);
	}
	t->applied = -1;
	sim_say(sim, "write %u begins: volume %llu chunk %u blocks %x", stamp,
		(unsigned long long)sv->id, chunk, mask);
	err = write_chunk(t, v, chunk * sv->stride, tags, mask);
	sim_say(sim, "write %u ends: error %d", stamp, err);
	if (t->applied > sv->state)
		sv->state = t->applied;
	for (sub = 0; sub < SIM_SUBS; sub++)
		if (mask >> sub & 1)
			sim_write_ends(&block[sub], stamp, !err);
}

/* A device has the volume now, instead of another one, or of this task. */
static void keep_in_use(struct sim *sim, struct kdp_volume *v)
{
	uint32_t i = sim_random(sim, SIM_DEVICES);
	struct kdp_volume *old = sim->device[i];

	sim->device[i] = sim_random(sim, 3) ? v : NULL;
	if (!sim->device[i])
		kdp_store_volume_put(sim->store, v);
	if (old)
		kdp_store_volume_put(sim->store, old);
}

void sim_do_record(struct sim_task *t)
{
	kdp_store_record_landed(t->sim->store);
}

void sim_do_write(struct sim_task *t)
{
	struct kdp_volume *v;
	struct sim_volume *sv = sim_volume_bind(t->sim, &v, false);

	if (!sv)
		return;
	write_some(t, v, sv, sim_random(t->sim, sv->nr_chunks));
	keep_in_use(t->sim, v);
}

/* A chunk's blocks, all at once; -EIO. */
static int read_chunk(struct sim *sim, struct kdp_volume *v,
		      uint32_t logical, uint64_t *tags)
{
	uint64_t io = simdisk_io_begin(sim->disk);
	struct kdp_mapping m;
	int err = 0;

	kdp_store_look_up(sim->store, v, logical, 1, &m);
	if (m.state == KDP_CHUNK_WRITTEN)
		err = simdisk_read_tags(sim->disk,
					sim_block_at(sim, m.physical), tags,
					SIM_SUBS);
	simdisk_io_end(sim->disk, io);
	return err;
}

/* What was complete when the read began must be seen, or what is newer. */
void sim_do_read(struct sim_task *t)
{
	struct sim *sim = t->sim;
	uint64_t tags[SIM_SUBS] = { 0 };
	uint32_t least[SIM_SUBS], chunk, sub;
	struct kdp_volume *v;
	struct sim_volume *sv = sim_volume_bind(sim, &v, false);
	const char *why;

	if (!sv)
		return;
	chunk = sim_random(sim, sv->nr_chunks);
	for (sub = 0; sub < SIM_SUBS; sub++)
		least[sub] = sv->block[chunk][sub].completed;
	if (!read_chunk(sim, v, chunk * sv->stride, tags)) {
		for (sub = 0; sub < SIM_SUBS; sub++) {
			why = sim_illegal(sim, sv, chunk, sub, tags[sub],
					  least[sub]);
			if (why)
				sim_wrong(sim,
					  "%s: a read of volume %llu chunk %u.%u got %llx, completed %u",
					  why, (unsigned long long)sv->id,
					  chunk, sub,
					  (unsigned long long)tags[sub],
					  least[sub]);
		}
	}
	kdp_store_volume_put(sim->store, v);
}

/* First writes that began before us end before us (model/fill.h). */
static int discard_chunks(struct sim_task *t, struct kdp_volume *v,
			  uint32_t logical, uint32_t count)
{
	struct sim *sim = t->sim;
	uint64_t ticket = kdp_fill_ticket(&sim->fills);

	for (;;) {
		t->released = false;
		if (!kdp_fill_wait(&sim->fills, &t->fill, v->info.id, logical,
				   count, ticket))
			break;
		sched_wait(sim->sched, is_released, t);
	}
	return kdp_store_discard(sim->store, v, logical, count);
}

static void discard_range(struct sim_task *t, struct kdp_volume *v,
			  struct sim_volume *sv, uint32_t first, uint32_t nr)
{
	struct sim *sim = t->sim;
	uint32_t i, sub, stamp = ++sim->stamp;
	int err;

	for (i = 0; i < nr; i++)
		for (sub = 0; sub < SIM_SUBS; sub++)
			sim_discard_begins(&sv->block[first + i][sub], stamp);
	t->applied = -1;
	sim_say(sim, "discard %u begins: volume %llu chunks %u+%u", stamp,
		(unsigned long long)sv->id, first, nr);
	err = discard_chunks(t, v, first * sv->stride,
			     (nr - 1) * sv->stride + 1);
	sim_say(sim, "discard %u ends: error %d", stamp, err);
	if (t->applied > sv->state)
		sv->state = t->applied;
	for (i = 0; i < nr; i++)
		for (sub = 0; sub < SIM_SUBS; sub++)
			sim_discard_ends(&sv->block[first + i][sub], stamp,
					 !err);
}

/* Often where a write is under way: that must not land on the next owner's. */
void sim_do_discard(struct sim_task *t)
{
	struct sim *sim = t->sim;
	bool writing = sim_random(sim, 2);
	struct kdp_volume *v;
	struct sim_volume *sv = sim_volume_bind(sim, &v, writing);
	uint32_t first, nr;

	if (!sv)
		return;
	first = sim_chunk_being_written(sv);
	if (!writing || first == sv->nr_chunks)
		first = sim_random(sim, sv->nr_chunks);
	nr = sv->nr_chunks - first;
	nr = 1 + sim_random(sim, min(nr, 1u << sim_random(sim, 5)));
	discard_range(t, v, sv, first, nr);
	kdp_store_volume_put(sim->store, v);
}

/* The disk's flush alone, which may fail without harm to the pool. */
static int pass_flush(struct sim *sim)
{
	if (sim_planned(sim, SIM_FAULT_FLUSH) && !sim_random(sim, 3))
		return simdisk_failing_flush(sim->disk);
	return simdisk_ops.flush(sim->disk);
}

static int flush_volume(struct sim *sim, struct kdp_volume *v)
{
	bool flushed = false;
	int err = 0;

	if (kdp_store_volume_dirty(sim->store, v))
		err = kdp_store_commit_volume(sim->store, v, &flushed);
	if (!err && !flushed)
		err = pass_flush(sim);
	return err;
}

static void promise(struct sim_volume *sv, const struct sim_volume *then)
{
	struct sim_block *to;
	uint32_t chunk, sub;

	for (chunk = 0; chunk < sv->nr_chunks; chunk++)
		for (sub = 0; sub < SIM_SUBS; sub++) {
			to = &sv->block[chunk][sub];
			to->promised = max(to->promised,
					   then->block[chunk][sub].completed);
		}
}

/* It speaks for what this volume's writes and discards had done by then. */
void sim_do_flush(struct sim_task *t)
{
	struct sim *sim = t->sim;
	struct kdp_volume *v;
	struct sim_volume *sv = sim_volume_bind(sim, &v, false), then;

	if (!sv)
		return;
	then = *sv;
	if (!flush_volume(sim, v) && !simdisk_is_dead(sim->disk)) {
		promise(sv, &then);
		sim_ack(sim, then.state);
	}
	kdp_store_volume_put(sim->store, v);
}
