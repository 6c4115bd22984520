// SPDX-License-Identifier: GPL-2.0-only
/* Is what was recovered what had been promised? */
#include <stdlib.h>
#include <string.h>

#include "sim.h"

static void judge_state(struct sim *sim)
{
	const struct kdp_cross_check *c = &sim->store->report.cross;
	uint64_t digest = sim_digest(sim->store);
	int i = sim->nr_states - 1;

	while (i >= 0 && sim->state[i] != digest)
		i--;
	if (i < 0)
		sim_wrong(sim, "promise 1: the pool was never in this state");
	else if (i < (int)sim->acked)
		sim_wrong(sim, "promise 1: state %d of %u, %u was acknowledged",
			  i, sim->nr_states, sim->acked);
	if (c->leaked || c->mapped_but_free || c->doubly_mapped)
		sim_wrong(sim,
			  "promise 1: bitmap and maps: %u leaked, %u mapped but free, %u doubly mapped",
			  c->leaked, c->mapped_but_free, c->doubly_mapped);
}

/* What a reader would get. */
static uint64_t content(struct sim *sim, const struct kdp_mapping *m,
			uint32_t sub)
{
	if (m->state != KDP_CHUNK_WRITTEN)
		return 0;
	return simdisk_tag(sim->disk, sim_block_at(sim, m->physical) + sub);
}

/* What is there now is what must be there from now on. */
static void learn(struct sim *sim, struct sim_block *b, uint64_t tag)
{
	memset(b, 0, sizeof(*b));
	b->promised = sim_stamp_of(tag);
	if (!tag) {
		b->discarded = ++sim->stamp;
		b->promised = b->discarded;
	}
	b->completed = b->promised;
}

static void judge_chunk(struct sim *sim, const struct kdp_volume *v,
			struct sim_volume *sv, uint32_t chunk)
{
	struct kdp_mapping m;
	struct sim_block *b;
	const char *why;
	uint64_t tag;
	uint32_t sub;

	kdp_map_lookup(&v->map, chunk * sv->stride, 1, &m);
	for (sub = 0; sub < SIM_SUBS; sub++) {
		b = &sv->block[chunk][sub];
		tag = content(sim, &m, sub);
		why = sim_illegal(sim, sv, chunk, sub, tag, b->promised);
		if (why)
			sim_wrong(sim,
				  "%s: volume %llu chunk %u.%u has %llx, stamp %u; promised %u, discarded %u",
				  why, (unsigned long long)sv->id, chunk, sub,
				  (unsigned long long)tag, sim_stamp_of(tag),
				  b->promised, b->discarded);
		learn(sim, b, tag);
	}
}

static void forget_the_gone(struct sim *sim)
{
	uint32_t i;

	for (i = 0; i < SIM_MAX_VOLUMES; i++)
		if (sim->volume[i].id &&
		    !kdp_model_by_id(&sim->store->model, sim->volume[i].id))
			sim->volume[i].id = 0;
}

void sim_judge(struct sim *sim)
{
	const struct kdp_volume *v;
	struct sim_volume *sv;
	uint32_t chunk;

	judge_state(sim);
	forget_the_gone(sim);
	list_for_each_entry(v, &sim->store->model.volumes, all) {
		/* a create that was not acknowledged may be there as well */
		sv = sim_volume_find(sim, v->info.id);
		if (!sv)
			sv = sim_volume_learn(sim, v->info.id, v->nr_chunks);
		for (chunk = 0; chunk < sv->nr_chunks; chunk++)
			judge_chunk(sim, v, sv, chunk);
	}
}
