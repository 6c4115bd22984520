// SPDX-License-Identifier: GPL-2.0-only
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "pool.h"

#define KDP_POOL_BLOCKS	262144u	/* 1 GiB */

int kdp_pool_init(struct kdp_model *m)
{
	static const struct kdp_geometry_request want = {
		.device_blocks = KDP_POOL_BLOCKS,
		.chunk_blocks = KDP_POOL_CHUNK_BLOCKS,
		.max_volumes = 64,
	};
	struct kdp_geometry g;
	const char *why;

	if (kdp_geometry_make(&want, &g, &why))
		return -EINVAL;
	return kdp_model_init(m, &g);
}

struct kdp_volume *kdp_pool_volume(struct kdp_model *m, const char *name,
				   u32 nr_chunks)
{
	struct kdp_volume_info info = {
		.id = m->next_volume,
		.sectors = (u64)nr_chunks * kdp_chunk_sectors(m),
		.flags = KDP_VOLUME_THIN,
	};
	struct kdp_volume *v;

	strscpy(info.name, name, sizeof(info.name));
	v = kdp_volume_new(m, &info);
	if (v)
		kdp_model_insert(m, v);
	return v;
}

int kdp_pool_fill(struct kdp_model *m, struct kdp_volume *v, u32 logical,
		  u32 count)
{
	struct kdp_extent e = { .logical = logical };
	struct kdp_run run;
	int err = 0;

	while (!err && count) {
		err = kdp_space_reserve_some(&m->space, count, &run);
		if (err)
			return err;
		e.physical = run.first;
		e.count = run.count;
		err = kdp_model_map(m, v, &e);
		e.logical += run.count;
		count -= run.count;
	}
	return err;
}

u32 kdp_pool_exhaust(struct kdp_model *m)
{
	struct kdp_run run;
	u32 n = 0;

	while (!kdp_space_reserve_some(&m->space, m->space.nr_chunks, &run))
		n += run.count;
	return n;
}

bool kdp_pool_is_full(struct kdp_model *m)
{
	struct kdp_run run;
	u32 least;

	return m->space.nr_busy == m->space.nr_chunks &&
	       kdp_space_plan(&m->space, 1, &least) == -ENOSPC &&
	       kdp_space_reserve(&m->space, 1, 1, &run) == -ENOSPC &&
	       kdp_space_reserve_some(&m->space, 1, &run) == -ENOSPC;
}

bool kdp_fail_allocations(bool on)
{
	void *p;

	current->make_it_fail = on;
	p = kmalloc(64, GFP_NOIO | __GFP_NOWARN);
	kfree(p);
	return on == !p;
}

void kdp_fail_one(u32 n)
{
	current->fail_nth = n;
}

bool kdp_failed_one(void)
{
	bool failed = !current->fail_nth;

	current->fail_nth = 0;
	return failed;
}
