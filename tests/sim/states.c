// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every change of the model happens under model_lock, so the states seen when
 * that lock is released are all states that the pool was ever in, in order.
 */
#include <stdlib.h>
#include <string.h>

#include "format/block.h"
#include "sim.h"

/*
 * Every change of the model adds a record to the batch, or continues its last
 * one; as long as neither has happened there is no need to look at the model.
 */
static uint64_t batch_fingerprint(const struct kdp_batch *b)
{
	uint64_t h = kdp_mix64(b->sequence), word;
	const uint8_t *record = b->last;
	uint32_t i, size;

	h = kdp_mix64(h ^ b->nr_blocks);
	if (!b->nr_blocks || !record)
		return h;
	h = kdp_mix64(h ^ b->used[b->nr_blocks - 1]);
	size = record[2] | record[3] << 8;
	for (i = 0; i + sizeof(word) <= size; i += sizeof(word)) {
		memcpy(&word, record + i, sizeof(word));
		h = kdp_mix64(h ^ word);
	}
	return h;
}

void sim_states_begin(struct sim *sim)
{
	uint32_t i;

	sim->nr_states = 1;
	sim->noting = true;
	sim->state[0] = sim_digest(sim->store);
	sim->acked = 0;
	sim->batch_seen = batch_fingerprint(sim->store->filling);
	for (i = 0; i < SIM_MAX_VOLUMES; i++)
		sim->volume[i].state = -1;
}

void sim_note_state(struct sim *sim)
{
	uint64_t seen = batch_fingerprint(sim->store->filling), digest;
	struct sim_task *t = sched_arg(sim->sched);

	if (seen == sim->batch_seen)
		return;
	sim->batch_seen = seen;
	digest = sim_digest(sim->store);
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
