// SPDX-License-Identifier: GPL-2.0-only
/* What goes wrong while the pool works. */
#include "sim.h"

uint32_t sim_nr_gone(const struct sim *sim)
{
	uint32_t r, n = 0;

	for (r = 0; r < KDP_REPLICAS; r++)
		n += sim->gone[r];
	return n;
}

uint32_t sim_nr_lost(const struct sim *sim)
{
	uint32_t r, n = 0;

	for (r = 0; r < KDP_REPLICAS; r++)
		n += sim->gone[r] || sim->hurt[r];
	return n;
}

/* May the pool fail before the power does? */
static bool may_fail(const struct sim *sim)
{
	switch (sim->plan.target.position) {
	case SIM_AT_DATA:
	case SIM_AT_FLUSH:
	case SIM_AT_CLOSED:
		return true;
	default:
		return false;
	}
}

static void fail_replica(struct sim *sim, uint32_t r)
{
	const struct kdp_geometry *g = &sim->geometry;
	uint32_t what = sim_random(sim, 3);

	sim_say(sim, "writes of R%u fail", r);
	if (what != 0)
		simdisk_fail_writes(sim->disk, g->replica[r].extent,
				    kdp_extent_blocks(g));
	if (what != 1)
		simdisk_fail_writes(sim->disk, g->replica[r].super,
				    KDP_SUPER_SLOTS);
}

/* Attempts are long, and cycles short: all but the last have been made. */
static void use_up_attempts(struct kdp_store *s, uint32_t r, uint64_t now)
{
	struct kdp_care *c = &s->care[r];

	mutex_lock(&s->commit_lock);
	while (c->nr_attempts < KDP_REPAIR_ATTEMPTS - 1)
		c->attempt[c->nr_attempts++] = now;
	mutex_unlock(&s->commit_lock);
}

/*
 * An extent that cannot be written any more, its home can: when the attempts to
 * mend it are used up the replica is moved.
 */
static void fail_extent(struct sim *sim)
{
	const struct kdp_geometry *g = &sim->geometry;
	uint32_t r = sim_random(sim, KDP_REPLICAS);

	if (sim->gone[r] || sim->hurt[r] ||
	    kdp_replicas_current(sim->store) <= SIM_QUORUM ||
	    kdp_store_wants_repair(sim->store))
		return;
	sim_say(sim, "the extent of R%u cannot be written", r);
	if (sim_random(sim, 8))
		use_up_attempts(sim->store, r, sim_now(sim));
	simdisk_fail_writes(sim->disk, g->replica[r].extent,
			    kdp_extent_blocks(g));
}

static void fail_replicas(struct sim *sim)
{
	uint32_t room = SIM_MAX_GONE - sim_nr_lost(sim);
	uint32_t r = sim_random(sim, KDP_REPLICAS), n;

	n = may_fail(sim) && !sim_random(sim, 3) ?
		3 + sim_random(sim, 2) : sim_random(sim, room + 1);
	for (; n; r = (r + 1) % KDP_REPLICAS, n--)
		fail_replica(sim, r);
}

static void note_lost(struct sim *sim)
{
	uint32_t r;

	for (r = 0; r < KDP_REPLICAS; r++)
		sim->was_lost[r] |= !kdp_replica_current(sim->store, r);
}

void sim_fault_while_running(struct sim *sim)
{
	uint32_t mend = sim_planned(sim, SIM_FAULT_HARMED) ? 15 : 60;

	note_lost(sim);
	if (sim_planned(sim, SIM_FAULT_WRITES) && !sim_random(sim, 20))
		fail_replicas(sim);
	else if (sim_planned(sim, SIM_FAULT_WRITES) && !sim_random(sim, mend))
		simdisk_mend_writes(sim->disk);
	if (sim_planned(sim, SIM_FAULT_MOVED) && !sim_random(sim, 8))
		fail_extent(sim);
	if (sim_planned(sim, SIM_FAULT_HARMED) && !sim_random(sim, 12))
		sim_harm(sim);
	if (sim_planned(sim, SIM_FAULT_HARMED) && sim_nr_gone(sim) &&
	    !sim_random(sim, 20))
		sim_come_back(sim, false);
	if (sim_planned(sim, SIM_FAULT_FLUSH) && may_fail(sim) &&
	    !sim_random(sim, 60))
		simdisk_fail_next_flush(sim->disk);
}

void sim_note_current(struct sim *sim)
{
	uint32_t r;

	for (r = 0; r < KDP_REPLICAS; r++)
		sim->current[r] = kdp_replica_current(sim->store, r);
}
