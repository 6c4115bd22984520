// SPDX-License-Identifier: GPL-2.0-only
/* A pool is made, opened, closed, and made again over an older one. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

#define MAX_FIRST	2u	/* volumes that a new pool has */

struct new_pool {
	struct kdp_format_request req;
	struct kdp_op ops[MAX_FIRST];
};

static void set_kinds(struct sim *sim, const struct kdp_geometry *g)
{
	uint32_t r;

	sim->geometry = *g;
	simdisk_forget_kinds(sim->disk);
	for (r = 0; r < KDP_REPLICAS; r++) {
		simdisk_set_kind(sim->disk, g->replica[r].super,
				 KDP_SUPER_SLOTS, SIMDISK_SUPER);
		simdisk_set_kind(sim->disk, g->replica[r].extent,
				 g->journal_blocks, SIMDISK_JOURNAL);
		simdisk_set_kind(sim->disk, kdp_slot_block(g, r, 0, 0),
				 2ull * g->slot_blocks, SIMDISK_SLOT);
	}
}

static bool has_moved(const struct sim *sim, uint32_t r)
{
	return sim->store->super.geometry.replica[r].extent !=
	       sim->geometry.replica[r].extent;
}

void sim_follow_moves(struct sim *sim)
{
	uint32_t r, moved = 0;

	for (r = 0; r < KDP_REPLICAS; r++)
		moved += has_moved(sim, r);
	if (!moved)
		return;
	sim_say(sim, "%u replicas have moved", moved);
	sim->cover->moves += moved;
	sim_fault(sim, SIM_FAULT_MOVED);
	set_kinds(sim, &sim->store->super.geometry);
}

/*
 * The power failed before a move was durable: the new place is anybody's.  What
 * was kept of it must not come back, and what is gone is gone at the old one.
 */
void sim_follow_recovery(struct sim *sim)
{
	const struct kdp_geometry *g = &sim->store->super.geometry;
	uint32_t r;
	bool gone;

	for (r = 0; r < KDP_REPLICAS; r++) {
		if (!has_moved(sim, r))
			continue;
		sim_drop_old(sim);
		sim->cover->moves_lost++;
		gone = sim->gone[r];
		if (gone)
			sim_set_gone(sim, r, false);
		sim->geometry.replica[r] = g->replica[r];
		if (gone)
			sim_set_gone(sim, r, true);
	}
	set_kinds(sim, g);
}

/*
 * Large chunks on a small disk, so that few of them are free and what is given
 * back is soon somebody else's.
 */
static void new_geometry(struct sim *sim, struct kdp_geometry *g)
{
	struct kdp_geometry_request want = {
		.device_blocks = SIM_BLOCKS,
		.chunk_blocks = sim_random(sim, 3) ? 256 : 128,
		.journal_blocks = 8 + sim_random(sim, 4) * 4,
		.max_volumes = 32,
	};
	const char *why;

	if (kdp_geometry_make(&want, g, &why))
		abort();
}

static void new_volume(struct sim *sim, const struct kdp_geometry *g,
		       struct kdp_op *op)
{
	op->type = KDP_OP_CREATE;
	op->info.flags = sim_random(sim, 2) ? KDP_VOLUME_THIN : 0;
	op->info.sectors = (1 + sim_random(sim, 8)) *
			   g->chunk_blocks * KDP_SECTORS_PER_BLOCK;
	snprintf(op->info.name, sizeof(op->info.name), "v%u", sim->names++);
}

static void new_pool(struct sim *sim, struct new_pool *n)
{
	struct kdp_format_request *req = &n->req;
	uint32_t i;

	memset(n, 0, sizeof(*n));
	memcpy(req->uuid, "simulated--pool", KDP_UUID_SIZE);
	req->uuid[0] = sim->pools + 1;
	strcpy(req->name, "sim");
	req->who.nonce = rng_next(&sim->rng);
	req->who.now = 1;
	new_geometry(sim, &req->geometry);
	req->ops = n->ops;
	req->nr_ops = sim_random(sim, MAX_FIRST + 1);
	for (i = 0; i < req->nr_ops; i++)
		new_volume(sim, &req->geometry, &n->ops[i]);
}

/* The new pool is there; nothing of an older one counts any longer. */
static void adopt(struct sim *sim, const struct new_pool *n)
{
	sim->pools++;
	sim_drop_old(sim);
	memset(sim->volume, 0, sizeof(sim->volume));
	set_kinds(sim, &n->req.geometry);
}

static int format(struct sim *sim, struct new_pool *n)
{
	char why[KDP_REASON_SIZE];

	return kdp_store_format(&simdisk_ops, sim->disk, &n->req, why);
}

void sim_format(struct sim *sim)
{
	struct new_pool n;

	new_pool(sim, &n);
	if (format(sim, &n))
		sim_wrong(sim, "format failed");
	adopt(sim, &n);
}

void sim_close(struct sim *sim)
{
	kdp_store_free(sim->store);
	sim->store = NULL;
	sim->noting = false;
	memset(sim->device, 0, sizeof(sim->device));
}

static int open_store(struct sim *sim)
{
	sim->store = kdp_store_new(&simdisk_ops, sim->disk, SIM_BLOCKS);
	if (!sim->store)
		abort();
	sim->phase = SIM_OPENING;
	return kdp_store_open(sim->store);
}

int sim_look(struct sim *sim)
{
	enum sim_phase phase = sim->phase;
	int err = open_store(sim);

	sim->phase = phase;
	if (err)
		sim_close(sim);
	return err;
}

int sim_attempt(struct sim *sim)
{
	struct kdp_activation who = { .nonce = rng_next(&sim->rng), .now = 2 };
	char why[KDP_REASON_SIZE];
	int err;

	err = open_store(sim);
	sim->phase = SIM_ACTIVATING;
	if (!err)
		err = kdp_store_activate(sim->store, &who);
	sim->phase = SIM_RUNNING;
	/* the last transfer may be the one that was cut */
	if (simdisk_is_dead(sim->disk))
		err = -EIO;
	if (!err) {
		sim_follow_recovery(sim);
		return 0;
	}
	kdp_store_reason(sim->store, why, sizeof(why));
	sim_close(sim);
	if (!simdisk_is_dead(sim->disk))
		sim_wrong(sim, "promise 2: recovery refused: error %d, %s", err,
			  why);
	return err;
}

void sim_power_cycle(struct sim *sim)
{
	struct simdisk_stats was = *simdisk_stats(sim->disk);
	const struct simdisk_stats *now = simdisk_stats(sim->disk);

	simdisk_power_cycle(sim->disk, sim->plan.style);
	if (now->lost != was.lost)
		sim_fault(sim, SIM_FAULT_LOST);
	if (now->torn != was.torn)
		sim_fault(sim, SIM_FAULT_TORN);
	if (now->reordered != was.reordered)
		sim_fault(sim, SIM_FAULT_REORDERED);
}

void sim_recover(struct sim *sim)
{
	uint32_t left = sim->plan.recrashes;
	int err;

	do {
		if (left) {
			left--;
			sim_aim_at_recovery(sim);
		}
		err = sim_attempt(sim);
		if (err && !sim->wrong[0]) {
			sim_fault(sim, SIM_FAULT_RECRASH);
			sim_power_cycle(sim);
		}
		sim_aim_at_nothing(sim);
	} while (err && !sim->wrong[0]);
}

/* The new one, complete: it has the volumes it was made with. */
static void judge_new(struct sim *sim, const struct new_pool *n)
{
	const struct kdp_volume *v;
	uint32_t i = 0;

	list_for_each_entry(v, &sim->store->model.volumes, all) {
		if (i == n->req.nr_ops ||
		    v->info.sectors != n->ops[i].info.sectors ||
		    strcmp(v->info.name, n->ops[i].info.name))
			sim_wrong(sim,
				  "promise 5: a new pool has volumes that it was not made with");
		i++;
	}
	if (i != n->req.nr_ops)
		sim_wrong(sim, "promise 5: a new pool has %u of its %u volumes",
			  i, n->req.nr_ops);
}

/* After a power failure: the old pool as it was, none, or the new one. */
static void judge_format(struct sim *sim, struct new_pool *n, uint64_t old)
{
	int err = sim_look(sim);

	if (err == -ENODEV) {
		if (format(sim, n))
			sim_wrong(sim, "promise 5: formatting failed");
		adopt(sim, n);
	} else if (err) {
		sim_wrong(sim, "promise 5: after a power failure while formatting: error %d",
			  err);
	} else if (!memcmp(sim->store->super.uuid, n->req.uuid,
			   KDP_UUID_SIZE)) {
		judge_new(sim, n);
		adopt(sim, n);
	} else if (sim_digest(sim->store) != old) {
		sim_wrong(sim, "promise 5: formatting has changed the old pool");
	}
	if (!err)
		sim_close(sim);
}

void sim_reformat(struct sim *sim)
{
	struct kdp_geometry before = sim->geometry;
	uint64_t old = sim_digest(sim->store);
	uint32_t pools = sim->pools;
	struct new_pool n;

	sim_close(sim);
	new_pool(sim, &n);
	sim_fault(sim, SIM_FAULT_REFORMAT);
	set_kinds(sim, &n.req.geometry);
	sim_aim_at_format(sim);
	sim->phase = SIM_FORMATTING;
	sim->streamed = false;
	format(sim, &n);
	sim->phase = SIM_RUNNING;
	sim_aim_at_nothing(sim);
	if (!simdisk_is_dead(sim->disk)) {
		adopt(sim, &n);
		sim_attempt(sim);
		return;
	}
	sim_power_cycle(sim);
	sim_cover_note(sim->cover, sim->faults, 1u << SIM_OP_NONE,
		       sim->position);
	judge_format(sim, &n, old);
	if (sim->pools == pools)
		set_kinds(sim, &before);
	if (!sim->wrong[0])
		sim_attempt(sim);
}
