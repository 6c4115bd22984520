// SPDX-License-Identifier: GPL-2.0-only
/*
 * Replicas that disappear, for some cycles and their recoveries, and come back
 * with just what they had.
 */
#include "sim.h"

void sim_set_gone(struct sim *sim, uint32_t r, bool gone)
{
	const struct kdp_geometry *g = &sim->geometry;

	sim->gone[r] = gone;
	simdisk_set_gone(sim->disk, g->replica[r].super, KDP_SUPER_SLOTS, gone);
	simdisk_set_gone(sim->disk, g->replica[r].extent, kdp_extent_blocks(g),
			 gone);
	sim_say(sim, "R%u %s", r, gone ? "disappears" : "comes back");
}

void sim_come_back(struct sim *sim, bool all)
{
	uint32_t r;

	for (r = 0; r < KDP_REPLICAS; r++) {
		if (!sim->gone[r])
			continue;
		sim_fault(sim, SIM_FAULT_GONE);
		if (!all && sim_random(sim, 2))
			continue;
		sim_set_gone(sim, r, false);
		sim_fault(sim, SIM_FAULT_STALE);
	}
}

/*
 * Those who alone hold a part of the last commit, so that it is not found: when
 * they come back there is another commit of its number, or none.
 */
static uint32_t choose_holders(struct sim *sim)
{
	const struct kdp_geometry *g = &sim->geometry;
	uint32_t r, mask = 0, n = 0;

	for (r = 0; r < KDP_REPLICAS; r++)
		if (simdisk_holds_last(sim->disk, g->replica[r].extent,
				       g->journal_blocks)) {
			mask |= 1u << r;
			n++;
		}
	return n <= SIM_MAX_GONE ? mask : 0;
}

/* When the pool has failed all that was acknowledged is on three. */
static uint32_t nr_current_there(const struct sim *sim)
{
	uint32_t r, n = 0;

	for (r = 0; r < KDP_REPLICAS; r++)
		n += sim->current[r] && !sim->gone[r] && !sim->hurt[r];
	return n;
}

void sim_disappear(struct sim *sim)
{
	uint32_t r, mask;

	if (!sim_planned(sim, SIM_FAULT_GONE))
		return;
	mask = choose_holders(sim);
	if (!mask || !sim_random(sim, 4))
		mask = 1u << sim_random(sim, KDP_REPLICAS) |
		       1u << sim_random(sim, KDP_REPLICAS);
	for (r = 0; r < KDP_REPLICAS; r++) {
		if (!(mask >> r & 1) || sim->gone[r] ||
		    (!sim->hurt[r] && sim_nr_lost(sim) == SIM_MAX_GONE))
			continue;
		if (sim->current[r] && !sim->hurt[r] &&
		    nr_current_there(sim) == 1)
			continue;
		sim_set_gone(sim, r, true);
		sim_fault(sim, SIM_FAULT_GONE);
	}
}
