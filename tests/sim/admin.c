// SPDX-License-Identifier: GPL-2.0-only
/* What messages and timers make the pool do. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

/* Thin ones may be far larger than the pool. */
static uint32_t new_size(struct sim *sim, bool thin)
{
	if (!thin)
		return 1 + sim_random(sim, 12);
	if (sim_random(sim, 4))
		return 1 + sim_random(sim, SIM_MAX_CHUNKS);
	return SIM_MAX_CHUNKS * (2 + sim_random(sim, 48));
}

static void new_create(struct sim *sim, struct kdp_op *op)
{
	bool thin = sim_random(sim, 2);

	memset(op, 0, sizeof(*op));
	op->type = KDP_OP_CREATE;
	op->info.flags = thin ? KDP_VOLUME_THIN : 0;
	op->info.sectors = (u64)new_size(sim, thin) *
			   sim->geometry.chunk_blocks * KDP_SECTORS_PER_BLOCK;
	snprintf(op->info.name, sizeof(op->info.name), "v%u", sim->names++);
}

static void learn_created(struct sim *sim, const struct kdp_op *op, int state)
{
	uint64_t chunks = op->info.sectors /
		(sim->geometry.chunk_blocks * KDP_SECTORS_PER_BLOCK);

	sim_volume_learn(sim, op->info.id, chunks)->state = state;
}

static uint32_t nr_free_volumes(const struct sim *sim)
{
	uint32_t i, n = 0;

	for (i = 0; i < SIM_MAX_VOLUMES; i++)
		n += !sim->volume[i].id;
	return n;
}

void sim_do_create(struct sim_task *t)
{
	struct sim *sim = t->sim;
	uint32_t i, nr = sim_random(sim, 4) ? 1 : 3;
	char why[KDP_REASON_SIZE];
	struct kdp_op ops[3];

	/* other tasks may create as many at the same time */
	if (nr_free_volumes(sim) < 3 * SIM_WORKERS)
		return;
	for (i = 0; i < nr; i++)
		new_create(sim, &ops[i]);
	t->applied = -1;
	if (kdp_store_execute(sim->store, ops, nr, why))
		return;
	sim_ack(sim, t->applied);
	for (i = 0; i < nr; i++)
		learn_created(sim, &ops[i], t->applied);
}

/* Any volume, in use by nobody because of us; NULL: none. */
static struct sim_volume *any_volume(struct sim *sim)
{
	struct kdp_volume *v;
	struct sim_volume *sv = sim_volume_bind(sim, &v, false);

	if (sv)
		kdp_store_volume_put(sim->store, v);
	return sv;
}

/* Execute one operation on a volume; true: it is done, and promised. */
static bool change(struct sim_task *t, const struct sim_volume *sv,
		   struct kdp_op *op)
{
	char why[KDP_REASON_SIZE];

	op->info.id = sv->id;
	t->applied = -1;
	if (kdp_store_execute(t->sim->store, op, 1, why))
		return false;
	sim_ack(t->sim, t->applied);
	return true;
}

void sim_do_remove(struct sim_task *t)
{
	struct kdp_op op = { .type = KDP_OP_REMOVE };
	struct sim_volume *sv = any_volume(t->sim);

	if (sv && change(t, sv, &op))
		sv->id = 0;
}

/* A new name that nobody has, and a new owner, in one message. */
void sim_do_set(struct sim_task *t)
{
	struct sim *sim = t->sim;
	struct kdp_op op = {
		.type = KDP_OP_SET,
		.changes = KDP_SET_NAME | KDP_SET_UID | KDP_SET_TAGS,
	};
	struct sim_volume *sv = any_volume(sim);

	if (!sv)
		return;
	op.change.uid = sim_random(sim, 1000);
	snprintf(op.change.name, sizeof(op.change.name), "v%u", sim->names++);
	snprintf(op.change.tags, sizeof(op.change.tags), "t%u", op.change.uid);
	change(t, sv, &op);
}

void sim_do_commit(struct sim_task *t)
{
	int state = t->sim->nr_states - 1;

	if (!kdp_store_commit(t->sim->store, NULL))
		sim_ack(t->sim, state);
}

void sim_do_checkpoint(struct sim_task *t)
{
	int state = t->sim->nr_states - 1;

	if (!kdp_store_checkpoint(t->sim->store))
		sim_ack(t->sim, state);
}

void sim_do_clean(struct sim_task *t)
{
	int state = t->sim->nr_states - 1;

	if (!kdp_store_clean(t->sim->store))
		sim_ack(t->sim, state);
}

void sim_do_upkeep(struct sim_task *t)
{
	kdp_store_upkeep(t->sim->store);
}

static struct kdp_worker worker(const struct sim *sim)
{
	return (struct kdp_worker){ .now = sim_now(sim) };
}

/* Whole, the store says, and nothing was done to it since: so it must be. */
static void believe(struct sim *sim, uint32_t r, uint32_t since)
{
	if (sim->hurt[r] && sim->hurt[r] <= since &&
	    kdp_replica_current(sim->store, r))
		sim->hurt[r] = 0;
}

void sim_do_scrub(struct sim_task *t)
{
	struct sim *sim = t->sim;
	struct kdp_worker w = worker(sim);
	struct kdp_scrub_result res;
	uint32_t since = sim->harms, r;

	if (kdp_store_scrub(sim->store, &w, &res))
		return;
	if (simdisk_is_dead(sim->disk))
		return;
	if (res.crossed && (res.cross.leaked || res.cross.mapped_but_free ||
			    res.cross.doubly_mapped))
		sim_wrong(sim, "scrub: bitmap and maps disagree");
	for (r = 0; r < KDP_REPLICAS; r++)
		if (!res.bad[r])
			believe(sim, r, since);
}

/* Asked for. */
void sim_do_repair(struct sim_task *t)
{
	struct sim *sim = t->sim;
	struct kdp_worker w = worker(sim);
	uint32_t since = sim->harms, r;

	if (kdp_store_repair(sim->store, &w, true) ||
	    simdisk_is_dead(sim->disk))
		return;
	for (r = 0; r < KDP_REPLICAS; r++)
		believe(sim, r, since);
}

void sim_do_due_repair(struct sim_task *t)
{
	struct kdp_worker w = worker(t->sim);

	kdp_store_repair(t->sim->store, &w, false);
}
