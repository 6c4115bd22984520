// SPDX-License-Identifier: GPL-2.0-only
/* What happens to the copies of the metadata while the power is off. */
#include <string.h>

#include "sim.h"

static void drop_copies(struct simdisk_copy *(*old)[2])
{
	uint32_t r, i;

	for (r = 0; r < KDP_REPLICAS; r++)
		for (i = 0; i < 2; i++) {
			simdisk_copy_free(old[r][i]);
			old[r][i] = NULL;
		}
}

void sim_drop_old(struct sim *sim)
{
	drop_copies(sim->old);
}

/*
 * The replicas as they are now, to come back as stale ones: between cycles, or
 * as a power failure left them, with commits that were never acknowledged.
 */
static void save_copies(struct sim *sim, struct simdisk_copy *(*old)[2])
{
	const struct kdp_geometry *g = &sim->geometry;
	uint32_t r;

	for (r = 0; r < KDP_REPLICAS; r++) {
		old[r][0] = simdisk_save(sim->disk, g->replica[r].super,
					 KDP_SUPER_SLOTS);
		old[r][1] = simdisk_save(sim->disk, g->replica[r].extent,
					 kdp_extent_blocks(g));
	}
}

void sim_save_old(struct sim *sim)
{
	sim_drop_old(sim);
	save_copies(sim, sim->old);
}

/* A block of replica @r that is likely to matter. */
static uint64_t some_block(struct sim *sim, uint32_t r)
{
	const struct kdp_geometry *g = &sim->geometry;

	switch (sim_random(sim, 4)) {
	case 0:
		return kdp_super_block(g, r, sim_random(sim, KDP_SUPER_SLOTS));
	case 1:
		return kdp_slot_block(g, r, sim_random(sim, 2),
				      sim_random(sim, min(g->slot_blocks, 6u)));
	default:
		return kdp_journal_block(g, r, sim_random(sim,
							  g->journal_blocks));
	}
}

static void misdirect(struct sim *sim, uint32_t r)
{
	uint32_t n = 1 + sim_random(sim, 3), other;

	while (n--) {
		other = sim_random(sim, KDP_REPLICAS);
		simdisk_misdirect(sim->disk, some_block(sim, other),
				  some_block(sim, r));
	}
}

static void corrupt(struct sim *sim, uint32_t r)
{
	uint32_t n = 1 + sim_random(sim, 4);

	while (n--)
		simdisk_corrupt(sim->disk, some_block(sim, r));
}

static void make_stale(struct sim *sim, uint32_t r)
{
	simdisk_restore(sim->disk, sim->old[r][0]);
	simdisk_restore(sim->disk, sim->old[r][1]);
}

/* All of it, or the superblocks, or the rest. */
static void wipe(struct sim *sim, uint32_t r)
{
	const struct kdp_geometry *g = &sim->geometry;
	uint32_t what = sim_random(sim, 4);

	if (what != 0)
		simdisk_damage(sim->disk, g->replica[r].super, KDP_SUPER_SLOTS);
	if (what != 1)
		simdisk_damage(sim->disk, g->replica[r].extent,
			       kdp_extent_blocks(g));
}

static const struct {
	enum sim_fault fault;
	void (*harm)(struct sim *sim, uint32_t r);
} harms[] = {
	{ SIM_FAULT_MISDIRECTED, misdirect }, { SIM_FAULT_CORRUPTED, corrupt },
	{ SIM_FAULT_STALE, make_stale }, { SIM_FAULT_DAMAGED, wipe },
};

/* One of the things that were planned. */
static void harm(struct sim *sim, uint32_t r)
{
	uint32_t i, n = ARRAY_SIZE(harms), from = sim_random(sim, n);

	for (i = 0; i < n; i++)
		if (sim_planned(sim, harms[(from + i) % n].fault))
			break;
	i = (from + i) % n;
	sim_say(sim, "R%u is damaged, kind %u", r, i);
	harms[i].harm(sim, r);
	sim_fault(sim, harms[i].fault);
}

/*
 * Not while a checkpoint is under way: what it has written to a block that is
 * harmed then will be looked at only when it is named.
 */
void sim_harm(struct sim *sim)
{
	uint32_t r = sim_random(sim, KDP_REPLICAS);

	if (sim->gone[r] || sim->store->checkpoint_lock.held ||
	    kdp_store_mode(sim->store) != KDP_STORE_ACTIVE)
		return;
	if (!sim->hurt[r] && sim_nr_lost(sim) == SIM_MAX_GONE)
		return;
	harm(sim, r);
	sim->hurt[r] = ++sim->harms;
	sim_fault(sim, SIM_FAULT_HARMED);
}

static uint32_t nr_current(const struct sim *sim)
{
	uint32_t r, n = 0;

	for (r = 0; r < KDP_REPLICAS; r++)
		n += sim->current[r];
	return n;
}

/*
 * Promise 2: of the replicas that are current all but one may go, and those
 * out of date as well, they do not count.  When fewer than three are current
 * the pool has failed, and what it had acknowledged before is on three: any two
 * may go.  The one to be spared; KDP_REPLICAS: any.
 */
static uint32_t choose_spared(struct sim *sim)
{
	uint32_t r = sim_random(sim, KDP_REPLICAS), i;

	if (nr_current(sim) < SIM_QUORUM)
		return KDP_REPLICAS;
	/* rather one that was brought up to date */
	for (i = 0; i < KDP_REPLICAS && sim_random(sim, 4); i++)
		if (!sim->was_lost[r] || !sim->current[r])
			r = (r + 1) % KDP_REPLICAS;
	for (i = 0; i < KDP_REPLICAS; i++, r = (r + 1) % KDP_REPLICAS)
		if (sim->current[r] && !sim->gone[r] && !sim->hurt[r])
			return r;
	return KDP_REPLICAS;
}

static void damage(struct sim *sim)
{
	uint32_t spared = choose_spared(sim), lost = sim_nr_lost(sim);
	uint32_t most = spared == KDP_REPLICAS ? 2 : KDP_REPLICAS - 1;
	uint32_t r = sim_random(sim, KDP_REPLICAS), i, n = 0;

	for (i = 0; i < KDP_REPLICAS; i++, r = (r + 1) % KDP_REPLICAS) {
		if (r == spared || sim->gone[r])
			continue;
		if (n == sim->plan.damaged ||
		    n + lost - !!sim->hurt[r] >= most)
			break;
		lost -= !!sim->hurt[r];
		harm(sim, r);
		n++;
	}
	if (!n)
		return;
	sim->faults &= ~(1u << SIM_FAULT_DAMAGED);
	sim_fault(sim, SIM_FAULT_DAMAGED + n - 1);
}

/*
 * Beyond promise 2, but by design: either superblock slot alone, the same on
 * all replicas, leads to the same state.
 */
static void damage_slot(struct sim *sim)
{
	uint32_t slot = sim_random(sim, KDP_SUPER_SLOTS), r;

	for (r = 0; r < KDP_REPLICAS; r++)
		simdisk_damage(sim->disk, kdp_super_block(&sim->geometry, r,
							  slot), 1);
	sim_say(sim, "superblock slot %u is damaged everywhere", slot);
	sim_fault(sim, SIM_FAULT_SLOT);
}

void sim_fault_after_crash(struct sim *sim)
{
	bool save = !sim_random(sim, 6);
	struct simdisk_copy *newer[KDP_REPLICAS][2] = { 0 };

	/* what a replica has now may come back after another crash */
	if (save)
		save_copies(sim, newer);
	sim_come_back(sim, false);
	if (sim_planned(sim, SIM_FAULT_SLOT) && !sim_nr_lost(sim)) {
		damage_slot(sim);
	} else {
		sim_disappear(sim);
		damage(sim);
	}
	if (save) {
		sim_drop_old(sim);
		memcpy(sim->old, newer, sizeof(newer));
	}
}
