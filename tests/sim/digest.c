// SPDX-License-Identifier: GPL-2.0-only
/* The simulator and the exhaustive proof tell states apart by this. */
#include "digest.h"
#include "format/block.h"

static uint64_t digest_extent(uint64_t h, const struct kdp_extent *e)
{
	h = kdp_mix64(h ^ ((uint64_t)e->logical << 32 | e->physical));
	return kdp_mix64(h ^ ((uint64_t)e->count << 1 | e->unwritten));
}

/* What a set may change. */
static uint64_t digest_info(uint64_t h, const struct kdp_volume_info *i)
{
	const char *p;

	for (p = i->name; *p; p++)
		h = kdp_mix64(h ^ *p);
	for (p = i->tags; *p; p++)
		h = kdp_mix64(h ^ *p);
	return kdp_mix64(h ^ (uint64_t)i->uid << 32 ^ i->pid);
}

uint64_t sim_digest(const struct kdp_store *s)
{
	const struct kdp_volume *v;
	struct kdp_extent e;
	uint64_t h = 1;

	list_for_each_entry(v, &s->model.volumes, all) {
		u32 logical = 0;

		h = kdp_mix64(h ^ v->info.id);
		h = kdp_mix64(h ^ v->info.sectors << 1 ^ v->info.flags);
		h = digest_info(h, &v->info);
		while (kdp_map_next_extent(&v->map, &logical, &e))
			h = digest_extent(h, &e);
	}
	return h;
}
