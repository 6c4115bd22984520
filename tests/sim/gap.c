// SPDX-License-Identifier: GPL-2.0-only
/*
 * Beyond what is promised: a commit's blocks are gone on all replicas while a
 * later one of the same epoch is there.  That is damage and not an end, so the
 * pool must be refused, and nothing be written; then the blocks come back.
 */
#include <errno.h>

#include "sim.h"

struct gap {
	uint64_t first, count;	/* positions in the journal */
};

/* A commit of this epoch that is not the last. */
static bool is_candidate(const struct kdp_store *s,
			 const struct kdp_journal_info *i)
{
	return i->epoch == s->super.epoch && i->nonce == s->super.nonce &&
	       i->sequence > s->super.checkpoint.sequence &&
	       i->sequence > s->super.start_sequence &&
	       i->sequence < s->sequence;
}

static bool find_commit(struct sim *sim, const struct kdp_store *s,
			struct gap *gap)
{
	const struct kdp_geometry *g = &sim->geometry;
	struct kdp_journal_info info;
	uint32_t r, p, n = 0;
	const void *page;
	uint64_t at;

	for (r = 0; r < KDP_REPLICAS; r++) {
		for (p = 0; p < g->journal_blocks; p++) {
			at = kdp_journal_block(g, r, p);
			page = simdisk_page(sim->disk, at);
			if (!page || kdp_journal_decode(page, s->super.uuid, r,
							at, &info) ||
			    !is_candidate(s, &info))
				continue;
			if (sim_random(sim, ++n))
				continue;
			gap->first = info.pos - info.part;
			gap->count = info.nr_parts;
		}
	}
	return n;
}

static void must_refuse(struct sim *sim)
{
	uint64_t writes = simdisk_stats(sim->disk)->writes;
	int err = sim_look(sim);

	if (err != -EUCLEAN)
		sim_wrong(sim,
			  "promise 2: a commit is gone in all copies and a later one is there: error %d instead of a refusal",
			  err);
	if (simdisk_stats(sim->disk)->writes != writes)
		sim_wrong(sim, "promise 2: a pool that is refused was written to");
	if (!err)
		sim_close(sim);
}

static void try_commit(struct sim *sim, const struct gap *gap)
{
	const struct kdp_geometry *g = &sim->geometry;
	struct simdisk_copy *copy[KDP_REPLICAS];
	uint32_t r, i;

	for (r = 0; r < KDP_REPLICAS; r++) {
		copy[r] = simdisk_save(sim->disk, g->replica[r].extent,
				       g->journal_blocks);
		for (i = 0; i < gap->count; i++)
			simdisk_damage(sim->disk,
				       kdp_journal_block(g, r, gap->first + i),
				       1);
	}
	must_refuse(sim);
	for (r = 0; r < KDP_REPLICAS; r++) {
		simdisk_restore(sim->disk, copy[r]);
		simdisk_copy_free(copy[r]);
	}
}

void sim_try_gap(struct sim *sim)
{
	struct gap gap;
	bool found;

	if (!sim_planned(sim, SIM_FAULT_GAP))
		return;
	if (sim_look(sim))
		return;
	sim_follow_recovery(sim);
	found = find_commit(sim, sim->store, &gap);
	sim_close(sim);
	if (!found)
		return;
	sim_say(sim, "journal position %llu is gone everywhere",
		(unsigned long long)gap.first);
	sim_fault(sim, SIM_FAULT_GAP);
	try_commit(sim, &gap);
}
