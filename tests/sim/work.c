// SPDX-License-Identifier: GPL-2.0-only
/* What the tasks do: the same as the target's bio path and messages. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

uint64_t sim_tag(uint64_t id, uint32_t chunk, uint32_t sub, uint32_t stamp)
{
	return id << 40 | (uint64_t)chunk << 34 | (uint64_t)sub << 32 | stamp;
}

struct sim_volume *sim_volume_find(struct sim *sim, uint64_t id)
{
	uint32_t i;

	for (i = 0; i < SIM_MAX_VOLUMES; i++)
		if (sim->volume[i].id == id)
			return &sim->volume[i];
	return NULL;
}

/* A volume that exists, bound; NULL: none. */
static struct sim_volume *bind_any(struct sim *sim, struct kdp_volume **v)
{
	uint32_t i, from = sim_random(sim, SIM_MAX_VOLUMES);
	struct sim_volume *sv;
	char name[32];

	for (i = 0; i < SIM_MAX_VOLUMES; i++) {
		sv = &sim->volume[(from + i) % SIM_MAX_VOLUMES];
		if (!sv->id)
			continue;
		snprintf(name, sizeof(name), "#%llu",
			 (unsigned long long)sv->id);
		/* whoever removes it is just waiting for the commit */
		if (!kdp_store_volume_get(sim->store, name, v))
			return sv;
	}
	return NULL;
}

static void new_create(struct sim *sim, struct kdp_op *op)
{
	memset(op, 0, sizeof(*op));
	op->type = KDP_OP_CREATE;
	op->info.sectors = (1 + sim_random(sim, SIM_MAX_CHUNKS)) * 128;
	snprintf(op->info.name, sizeof(op->info.name), "v%u", sim->names++);
}

static void learn_created(struct sim *sim, const struct kdp_op *op)
{
	struct sim_volume *sv = sim_volume_find(sim, 0);

	if (!sv)
		abort();
	memset(sv, 0, sizeof(*sv));
	sv->id = op->info.id;
	sv->nr_chunks = op->info.sectors / 128;
}

static uint32_t nr_free_volumes(const struct sim *sim)
{
	uint32_t i, n = 0;

	for (i = 0; i < SIM_MAX_VOLUMES; i++)
		n += !sim->volume[i].id;
	return n;
}

static void count_error(struct sim *sim, int err)
{
	if (err == -ENOSPC)
		sim_hit(sim, SIM_NO_SPACE);
	if (err == -ENOMEM)
		sim_hit(sim, SIM_NO_MEMORY);
	if (err == -EBUSY)
		sim_hit(sim, SIM_BUSY);
}

static void do_create(struct sim_task *t)
{
	struct sim *sim = t->sim;
	uint32_t i, nr = sim_random(sim, 4) ? 1 : 3;
	char why[KDP_REASON_SIZE];
	struct kdp_op ops[3];
	int err;

	/* other tasks may create as many at the same time */
	if (nr_free_volumes(sim) < 3 * SIM_TASKS)
		return;
	for (i = 0; i < nr; i++)
		new_create(sim, &ops[i]);
	sim_hit(sim, nr > 1 ? SIM_BATCH : SIM_CREATE);
	t->applied = -1;
	err = kdp_store_execute(sim->store, ops, nr, why);
	count_error(sim, err);
	if (err)
		return;
	sim_ack(sim, t->applied);
	for (i = 0; i < nr; i++)
		learn_created(sim, &ops[i]);
}

static void do_remove(struct sim_task *t)
{
	struct sim *sim = t->sim;
	struct kdp_op op = { .type = KDP_OP_REMOVE };
	char why[KDP_REASON_SIZE];
	struct kdp_volume *v;
	struct sim_volume *sv = bind_any(sim, &v);
	int err;

	if (!sv)
		return;
	kdp_store_volume_put(sim->store, v);
	op.info.id = sv->id;
	sim_hit(sim, SIM_REMOVE);
	t->applied = -1;
	err = kdp_store_execute(sim->store, &op, 1, why);
	count_error(sim, err);
	if (err)
		return;
	sim_ack(sim, t->applied);
	sv->id = 0;
}

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

/* The first write: zeros and data, then the record.  The task owns the fill. */
static int fill_chunk(struct sim_task *t, struct kdp_volume *v, uint32_t chunk,
		      const uint64_t *tags)
{
	struct sim *sim = t->sim;
	struct kdp_mapping m;
	int err;

	kdp_map_lookup(&v->map, chunk, 1, &m);
	if (m.state != KDP_CHUNK_UNWRITTEN)
		return -EAGAIN;
	sim_hit(sim, SIM_FILL);
	err = simdisk_write_tags(sim->disk, (uint64_t)m.physical * 16, tags,
				 SIM_SUBS);
	if (err)
		return err;
	return kdp_store_written(sim->store, v, chunk, 1);
}

static int write_unwritten(struct sim_task *t, struct kdp_volume *v,
			   uint32_t chunk, const uint64_t *tags)
{
	int err;

	t->released = false;
	if (!kdp_fill_begin(&t->sim->fills, &t->fill, v->info.id, chunk)) {
		sim_hit(t->sim, SIM_FILL_WAIT);
		sched_wait(t->sim->sched, is_released, t);
		return -EAGAIN;
	}
	err = fill_chunk(t, v, chunk, tags);
	release_waiters(t->sim, &t->fill);
	return err;
}

/* tags[sub] 0: not written, which in a first write means zeros. */
static int write_chunk(struct sim_task *t, struct kdp_volume *v, uint32_t chunk,
		       const uint64_t *tags)
{
	struct kdp_mapping m;
	uint32_t sub;
	int err;

	for (;;) {
		kdp_map_lookup(&v->map, chunk, 1, &m);
		if (m.state == KDP_CHUNK_WRITTEN)
			break;
		if (m.state == KDP_CHUNK_HOLE) {
			sim_wrong(t->sim, "volume %llu chunk %u is not mapped",
				  (unsigned long long)v->info.id, chunk);
			return -EIO;
		}
		err = write_unwritten(t, v, chunk, tags);
		if (err != -EAGAIN)
			return err;
	}
	for (sub = 0, err = 0; !err && sub < SIM_SUBS; sub++)
		if (tags[sub])
			err = simdisk_write_tag(t->sim->disk,
						(uint64_t)m.physical * 16 + sub,
						tags[sub]);
	return err;
}

/* Which blocks of a chunk are written: one, or all of them. */
static uint32_t choose_subs(struct sim *sim, const struct sim_block *block)
{
	uint32_t sub = sim_random(sim, SIM_SUBS + 1);
	uint32_t mask = sub == SIM_SUBS ? (1u << SIM_SUBS) - 1 : 1u << sub;

	for (sub = 0; sub < SIM_SUBS; sub++)
		if (mask >> sub & 1 && block[sub].busy)
			return 0;
	return mask;
}

static void do_write(struct sim_task *t)
{
	struct sim *sim = t->sim;
	uint64_t tags[SIM_SUBS] = { 0 };
	struct kdp_volume *v;
	struct sim_volume *sv = bind_any(sim, &v);
	struct sim_block *block;
	uint32_t chunk, mask, sub, stamp;
	int err;

	if (!sv)
		return;
	chunk = sim_random(sim, sv->nr_chunks);
	block = sv->block[chunk];
	mask = choose_subs(sim, block);
	stamp = ++sim->stamp;
	for (sub = 0; sub < SIM_SUBS; sub++) {
		if (!(mask >> sub & 1))
			continue;
		block[sub].busy = true;
		tags[sub] = sim_tag(sv->id, chunk, sub, stamp);
	}
	sim_hit(sim, SIM_WRITE);
	err = mask ? write_chunk(t, v, chunk, tags) : 0;
	for (sub = 0; sub < SIM_SUBS; sub++) {
		if (!tags[sub])
			continue;
		block[sub].busy = false;
		if (!err)
			block[sub].completed = stamp;
	}
	kdp_store_volume_put(sim->store, v);
}

static int flush_volume(struct sim *sim, struct kdp_volume *v, int *state)
{
	bool flushed;
	int err;

	*state = -1;
	if (!kdp_store_volume_dirty(sim->store, v)) {
		sim_hit(sim, SIM_FLUSH_PASSED);
		return simdisk_ops.flush(sim->disk);
	}
	sim_hit(sim, SIM_FLUSH_COMMIT);
	*state = sim->nr_states - 1;
	err = kdp_store_commit(sim->store, &flushed);
	if (!err && !flushed)
		err = simdisk_ops.flush(sim->disk);
	return err;
}

static void promise(struct sim_volume *sv, const struct sim_volume *then)
{
	uint32_t chunk, sub;

	for (chunk = 0; chunk < sv->nr_chunks; chunk++)
		for (sub = 0; sub < SIM_SUBS; sub++)
			if (then->block[chunk][sub].completed >
			    sv->block[chunk][sub].promised)
				sv->block[chunk][sub].promised =
					then->block[chunk][sub].completed;
}

static void do_flush(struct sim_task *t)
{
	struct sim *sim = t->sim;
	struct kdp_volume *v;
	struct sim_volume *sv = bind_any(sim, &v), then;
	int state;

	if (!sv)
		return;
	then = *sv;
	if (!flush_volume(sim, v, &state) && !simdisk_is_dead(sim->disk)) {
		promise(sv, &then);
		sim_ack(sim, state);
	}
	kdp_store_volume_put(sim->store, v);
}

static void do_commit(struct sim_task *t)
{
	int state = t->sim->nr_states - 1;

	sim_hit(t->sim, SIM_COMMIT);
	if (!kdp_store_commit(t->sim->store, NULL))
		sim_ack(t->sim, state);
}

static void do_checkpoint(struct sim_task *t)
{
	int state = t->sim->nr_states - 1;
	bool clean = !sim_random(t->sim, 4);
	int err;

	sim_hit(t->sim, clean ? SIM_CLEAN : SIM_CHECKPOINT);
	err = clean ? kdp_store_clean(t->sim->store) :
		      kdp_store_checkpoint(t->sim->store);
	if (!err)
		sim_ack(t->sim, state);
}

static void (*const operations[])(struct sim_task *t) = {
	do_create, do_create, do_remove, do_write, do_write, do_write, do_write,
	do_write, do_write, do_flush, do_flush, do_flush, do_commit,
	do_checkpoint,
};

void sim_work(void *arg)
{
	struct sim_task *t = arg;
	struct sim *sim = t->sim;

	while (t->ops-- && !simdisk_is_dead(sim->disk) && !sim->wrong[0]) {
		operations[sim_random(sim, ARRAY_SIZE(operations))](t);
		sim_fault_while_running(sim);
	}
}
