// SPDX-License-Identifier: GPL-2.0-only
/* What goes wrong, while the pool works and while the power is off. */
#include "sim.h"

static const struct kdp_geometry *geometry(const struct sim *sim)
{
	return &sim->store->super.geometry;
}

void sim_fault_while_running(struct sim *sim)
{
	const struct kdp_geometry *g = geometry(sim);
	uint32_t r = sim_random(sim, KDP_REPLICAS);

	switch (sim_random(sim, 400)) {
	case 0:
		sim_hit(sim, SIM_REPLICA_FAILS);
		simdisk_fail_writes(sim->disk, g->replica[r].extent,
				    kdp_extent_blocks(g));
		break;
	case 1:
		sim_hit(sim, SIM_REPLICA_FAILS);
		simdisk_fail_writes(sim->disk, g->replica[r].super,
				    KDP_SUPER_SLOTS);
		break;
	case 2:
	case 3:
		sim_hit(sim, SIM_REPLICA_COMES_BACK);
		simdisk_fail_writes(sim->disk, 0, 0);
		break;
	case 4:
		sim_hit(sim, SIM_FLUSH_FAILS);
		simdisk_fail_next_flush(sim->disk);
		break;
	}
}

void sim_drop_old(struct sim *sim)
{
	uint32_t r, i;

	for (r = 0; r < KDP_REPLICAS; r++)
		for (i = 0; i < 2; i++) {
			simdisk_copy_free(sim->old[r][i]);
			sim->old[r][i] = NULL;
		}
}

/*
 * The replicas as they are now, to come back as stale ones: between cycles, or
 * as a power failure left them, with commits that were never acknowledged.
 */
void sim_save_old(struct sim *sim)
{
	const struct kdp_geometry *g = geometry(sim);
	uint32_t r;

	sim_drop_old(sim);
	for (r = 0; r < KDP_REPLICAS; r++) {
		sim->old[r][0] = simdisk_save(sim->disk, g->replica[r].super,
					      KDP_SUPER_SLOTS);
		sim->old[r][1] = simdisk_save(sim->disk, g->replica[r].extent,
					      kdp_extent_blocks(g));
	}
}

static void misdirect(struct sim *sim, uint32_t r)
{
	const struct kdp_geometry *g = geometry(sim);
	uint64_t n = kdp_extent_blocks(g);
	uint32_t other = sim_random(sim, KDP_REPLICAS);

	simdisk_misdirect(sim->disk,
			  g->replica[other].extent + sim_random(sim, n),
			  g->replica[r].extent + sim_random(sim, n));
}

static void damage_replica(struct sim *sim, uint32_t r)
{
	const struct kdp_geometry *g = geometry(sim);

	switch (sim_random(sim, 4)) {
	case 0:
		sim_hit(sim, SIM_DAMAGE_SUPER);
		simdisk_damage(sim->disk, g->replica[r].super +
			       sim_random(sim, 2), 1);
		break;
	case 1:
		sim_hit(sim, SIM_DAMAGE_EXTENT);
		simdisk_damage(sim->disk, g->replica[r].super, 2);
		simdisk_damage(sim->disk, g->replica[r].extent,
			       kdp_extent_blocks(g));
		break;
	case 2:
		sim_hit(sim, SIM_STALE);
		simdisk_restore(sim->disk, sim->old[r][0]);
		simdisk_restore(sim->disk, sim->old[r][1]);
		break;
	default:
		sim_hit(sim, SIM_MISDIRECT);
		misdirect(sim, r);
	}
}

void sim_note_current(void *arg)
{
	struct sim *sim = arg;
	uint32_t r;

	if (!sim->store)
		return;
	for (r = 0; r < KDP_REPLICAS; r++)
		sim->current[r] = kdp_replica_current(sim->store, r);
}

/*
 * Promise 2: of the replicas that are current all but one may go.  Those out
 * of date may go as well, they do not count.
 */
void sim_fault_after_crash(struct sim *sim)
{
	uint32_t keep = sim_random(sim, KDP_REPLICAS), r, n = 0;
	bool save = !sim_random(sim, 3);

	if (sim_random(sim, 2))
		return;
	while (!sim->current[keep])
		keep = (keep + 1) % KDP_REPLICAS;
	/* what a replica has now may come back after the next crash */
	if (save)
		sim_save_old(sim);
	for (r = 0; r < KDP_REPLICAS; r++) {
		if (r == keep || !sim_random(sim, 3))
			continue;
		damage_replica(sim, r);
		n++;
	}
	if (n == KDP_REPLICAS - 1)
		sim_hit(sim, SIM_FOUR_DAMAGED);
}
