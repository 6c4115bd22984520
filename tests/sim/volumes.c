// SPDX-License-Identifier: GPL-2.0-only
/* What the simulator knows of volumes and of each of their blocks. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

/* pool 8, volume 20, chunk 6, sub 2, stamp 28 bits: of ever one writer */
uint64_t sim_tag(const struct sim *sim, uint64_t id, uint32_t chunk,
		 uint32_t sub, uint32_t stamp)
{
	return (uint64_t)(uint8_t)sim->pools << 56 | id << 36 |
	       (uint64_t)chunk << 30 | (uint64_t)sub << 28 | stamp;
}

uint32_t sim_stamp_of(uint64_t tag)
{
	return tag & 0xfffffff;
}

uint64_t sim_block_at(const struct sim *sim, uint32_t physical)
{
	return (uint64_t)physical * sim->geometry.chunk_blocks;
}

struct sim_volume *sim_volume_find(struct sim *sim, uint64_t id)
{
	uint32_t i;

	for (i = 0; i < SIM_MAX_VOLUMES; i++)
		if (sim->volume[i].id == id)
			return &sim->volume[i];
	return NULL;
}

/* Of a volume with many chunks only some are used, far from each other. */
struct sim_volume *sim_volume_learn(struct sim *sim, uint64_t id,
				    uint32_t nr_chunks)
{
	struct sim_volume *sv = sim_volume_find(sim, 0);

	if (!sv)
		abort();
	memset(sv, 0, sizeof(*sv));
	sv->id = id;
	sv->state = -1;
	sv->stride = (nr_chunks + SIM_MAX_CHUNKS - 1) / SIM_MAX_CHUNKS;
	sv->nr_chunks = nr_chunks / sv->stride;
	return sv;
}

uint32_t sim_chunk_being_written(const struct sim_volume *sv)
{
	uint32_t chunk, sub;

	for (chunk = 0; chunk < sv->nr_chunks; chunk++)
		for (sub = 0; sub < SIM_SUBS; sub++)
			if (sv->block[chunk][sub].writing)
				return chunk;
	return sv->nr_chunks;
}

struct sim_volume *sim_volume_bind(struct sim *sim, struct kdp_volume **v,
				   bool writing)
{
	uint32_t i, from = sim_random(sim, SIM_MAX_VOLUMES);
	struct sim_volume *sv;
	char name[32];

	for (i = 0; i < SIM_MAX_VOLUMES; i++) {
		sv = &sim->volume[(from + i) % SIM_MAX_VOLUMES];
		if (!sv->id || (writing &&
				sim_chunk_being_written(sv) == sv->nr_chunks))
			continue;
		snprintf(name, sizeof(name), "#%llu",
			 (unsigned long long)sv->id);
		/* whoever removes it is just waiting for the commit */
		if (!kdp_store_volume_get(sim->store, name, v))
			return sv;
	}
	return NULL;
}

const char *sim_illegal(const struct sim *sim, const struct sim_volume *sv,
			uint32_t chunk, uint32_t sub, uint64_t tag,
			uint32_t least)
{
	uint32_t stamp = sim_stamp_of(tag);

	if (tag && tag != sim_tag(sim, sv->id, chunk, sub, stamp))
		return "promise 3: holds what another wrote";
	if (stamp >= least)
		return NULL;
	if (stamp)
		return "promise 1: holds what is older than it may";
	if (sv->block[chunk][sub].discarded >= least)
		return NULL;
	return "promise 1: has lost what was written";
}

void sim_write_begins(struct sim_block *b)
{
	b->writing = true;
	b->mixed |= b->discarding;
}

static void overlap_ends(struct sim_block *b)
{
	if (!b->writing && !b->discarding)
		b->mixed = false;
}

void sim_write_ends(struct sim_block *b, uint32_t stamp, bool good)
{
	if (good && !b->mixed)
		b->completed = stamp;
	b->writing = false;
	overlap_ends(b);
}

void sim_discard_begins(struct sim_block *b, uint32_t stamp)
{
	b->discarded = stamp;
	b->discarding++;
	b->mixed |= b->writing;
}

void sim_discard_ends(struct sim_block *b, uint32_t stamp, bool good)
{
	if (good && !b->mixed && stamp > b->completed)
		b->completed = stamp;
	b->discarding--;
	overlap_ends(b);
}
