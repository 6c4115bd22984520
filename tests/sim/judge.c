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
			  "bitmap and maps: %u leaked, %u mapped but free, %u doubly mapped",
			  c->leaked, c->mapped_but_free, c->doubly_mapped);
}

/* What a reader would get. */
static uint64_t content(struct sim *sim, const struct kdp_volume *v,
			uint32_t chunk, uint32_t sub)
{
	struct kdp_mapping m;

	kdp_map_lookup(&v->map, chunk, 1, &m);
	if (m.state != KDP_CHUNK_WRITTEN)
		return 0;
	return simdisk_read_tag(sim->disk, (uint64_t)m.physical * 16 + sub);
}

static void judge_block(struct sim *sim, const struct kdp_volume *v,
			uint32_t chunk, uint32_t sub, struct sim_block *b)
{
	uint64_t got = content(sim, v, chunk, sub);
	uint32_t stamp = (uint32_t)got;

	if (got && got != sim_tag(v->info.id, chunk, sub, stamp))
		sim_wrong(sim,
			  "promise 3: volume %llu chunk %u.%u reads %llx, written by another",
			  v->info.id, chunk, sub, (unsigned long long)got);
	else if (stamp < b->promised)
		sim_wrong(sim,
			  "promise 1: volume %llu chunk %u.%u has write %u, %u was flushed",
			  v->info.id, chunk, sub, stamp, b->promised);
	b->completed = b->promised = stamp;
	b->busy = false;
}

/* A create that was not acknowledged may be there all the same. */
static struct sim_volume *known_volume(struct sim *sim,
				       const struct kdp_volume *v)
{
	struct sim_volume *sv = sim_volume_find(sim, v->info.id);

	if (sv)
		return sv;
	sv = sim_volume_find(sim, 0);
	if (!sv)
		abort();
	memset(sv, 0, sizeof(*sv));
	sv->id = v->info.id;
	sv->nr_chunks = v->nr_chunks;
	return sv;
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
	uint32_t chunk, sub;

	judge_state(sim);
	forget_the_gone(sim);
	list_for_each_entry(v, &sim->store->model.volumes, all) {
		sv = known_volume(sim, v);
		for (chunk = 0; chunk < v->nr_chunks; chunk++)
			for (sub = 0; sub < SIM_SUBS; sub++)
				judge_block(sim, v, chunk, sub,
					    &sv->block[chunk][sub]);
	}
}
