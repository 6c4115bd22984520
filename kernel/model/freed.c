// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bug.h>
#include <linux/slab.h>

#include "model/freed.h"

struct kdp_freed *kdp_freed_new(struct kdp_volume *volume,
				const struct kdp_run *run)
{
	struct kdp_freed *f = kzalloc(sizeof(*f), GFP_NOIO);

	if (!f)
		return NULL;
	INIT_LIST_HEAD(&f->entry);
	f->volume = volume;
	if (run)
		f->run = *run;
	f->nr_chunks = volume ? volume->map.nr_mapped : f->run.count;
	return f;
}

void kdp_freed_advance(struct list_head *list, enum kdp_freed_state state)
{
	struct kdp_freed *f;

	list_for_each_entry(f, list, entry)
		if (!WARN_ON_ONCE(f->state != state))
			f->state = state + 1;
}

bool kdp_freed_next_run(const struct kdp_freed *f, u32 *cursor,
			struct kdp_run *run)
{
	struct kdp_extent e;

	if (!f->volume) {
		*run = f->run;
		return !(*cursor)++;
	}
	if (!kdp_map_next_extent(&f->volume->map, cursor, &e))
		return false;
	run->first = e.physical;
	run->count = e.count;
	return true;
}

void kdp_freed_drop(struct kdp_freed *f)
{
	if (!f)
		return;
	list_del(&f->entry);
	kdp_volume_free(f->volume);
	kfree(f);
}

void kdp_freed_release(struct kdp_model *m, struct kdp_freed *f)
{
	struct kdp_run run;
	u32 cursor = 0;

	if (!WARN_ON_ONCE(f->state != KDP_FREED_DISCARDED))
		while (kdp_freed_next_run(f, &cursor, &run))
			kdp_space_unbusy(&m->space, run.first, run.count);
	kdp_freed_drop(f);
}
