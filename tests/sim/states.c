// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every change of the model happens under model_lock, so the states seen when
 * that lock is released are all states that the pool was ever in, in order.
 */
#include <stdlib.h>

#include "format/block.h"
#include "sim.h"

static uint64_t digest_extent(uint64_t h, const struct kdp_extent *e)
{
	h = kdp_mix64(h ^ ((uint64_t)e->logical << 32 | e->physical));
	return kdp_mix64(h ^ ((uint64_t)e->count << 1 | e->unwritten));
}

uint64_t sim_digest(struct kdp_store *s)
{
	const struct kdp_volume *v;
	struct kdp_extent e;
	uint64_t h = 1;

	list_for_each_entry(v, &s->model.volumes, all) {
		u32 logical = 0;

		h = kdp_mix64(h ^ v->info.id);
		h = kdp_mix64(h ^ v->info.sectors);
		while (kdp_map_next_extent(&v->map, &logical, &e))
			h = digest_extent(h, &e);
	}
	return h;
}

void sim_states_begin(struct sim *sim)
{
	sim->nr_states = 1;
	sim->state[0] = sim_digest(sim->store);
	sim->acked = 0;
}

void sim_note_state(struct sim *sim)
{
	struct sim_task *t = sched_arg(sim->sched);
	uint64_t digest = sim_digest(sim->store);

	if (digest == sim->state[sim->nr_states - 1])
		return;
	if (sim->nr_states == SIM_MAX_STATES)
		abort();
	sim->state[sim->nr_states++] = digest;
	if (t)
		t->applied = sim->nr_states - 1;
}

/* Nobody hears what is said when the power is off. */
void sim_ack(struct sim *sim, int index)
{
	if (simdisk_is_dead(sim->disk))
		return;
	if (index > (int)sim->acked)
		sim->acked = index;
}
