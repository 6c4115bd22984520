// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "model/map-word.h"
#include "model/snapshot.h"

#define KDP_RELEASE_WORDS	2048u	/* of directories, at a time */

void kdp_view_live(const struct kdp_model *m, struct kdp_view *view)
{
	view->used = m->space.used;
	view->nr_words = m->space.nr_words;
	view->next_volume = m->next_volume;
	view->volumes = &m->volumes;
}

size_t kdp_snapshot_size(const struct kdp_model *m)
{
	return (size_t)m->space.nr_words * sizeof(u64) +
	       m->nr_volumes * sizeof(struct kdp_volume) +
	       m->nr_dir_words * sizeof(u64);
}

int kdp_snapshot_alloc(struct kdp_snapshot *snap, size_t size)
{
	memset(snap, 0, sizeof(*snap));
	INIT_LIST_HEAD(&snap->volumes);
	snap->memory = kvmalloc(size, GFP_KERNEL | __GFP_NOWARN);
	snap->size = size;
	return snap->memory ? 0 : -ENOMEM;
}

void kdp_snapshot_free(struct kdp_snapshot *snap)
{
	kvfree(snap->memory);
	snap->memory = NULL;
}

/* Copy a volume to @copy and its directory to @dir, sharing the leaves. */
static void kdp_snapshot_volume(const struct kdp_volume *v,
				struct kdp_volume *copy, u64 *dir)
{
	u32 i, n = kdp_dir_size(v->map.nr_chunks);

	copy->info = v->info;
	copy->nr_chunks = v->nr_chunks;
	copy->map = v->map;
	copy->map.dir = dir;
	memcpy(dir, v->map.dir, n * sizeof(u64));
	for (i = 0; i < n; i++)
		if (kdp_word_is_leaf(dir[i]))
			kdp_word_leaf(dir[i])->refs++;
}

bool kdp_snapshot_take(struct kdp_model *m, struct kdp_snapshot *snap)
{
	u64 *words = snap->memory;
	struct kdp_volume *copy;
	const struct kdp_volume *v;
	u64 *dir;

	if (kdp_snapshot_size(m) > snap->size)
		return false;
	m->leaves.given_up = false;
	memcpy(words, m->space.used, m->space.nr_words * sizeof(u64));
	copy = (struct kdp_volume *)(words + m->space.nr_words);
	dir = (u64 *)(copy + m->nr_volumes);
	list_for_each_entry(v, &m->volumes, all) {
		kdp_snapshot_volume(v, copy, dir);
		list_add_tail(&copy->all, &snap->volumes);
		dir += kdp_dir_size(v->map.nr_chunks);
		copy++;
	}
	snap->view.used = words;
	snap->view.nr_words = m->space.nr_words;
	snap->view.next_volume = m->next_volume;
	snap->view.volumes = &snap->volumes;
	snap->taken = true;
	return true;
}

/* Drop leaves of @map from its end; true when it has none any more. */
static bool kdp_release_map(struct kdp_map *map, u32 *budget)
{
	u32 n = kdp_dir_size(map->nr_chunks);

	for (; n && *budget; n--, (*budget)--)
		if (kdp_word_is_leaf(map->dir[n - 1]))
			kdp_leaf_put(kdp_word_leaf(map->dir[n - 1]));
	map->nr_chunks = n * KDP_LEAF_CHUNKS;
	return !n;
}

bool kdp_snapshot_release(struct kdp_model *m, struct kdp_snapshot *snap)
{
	u32 budget = KDP_RELEASE_WORDS;
	struct kdp_volume *v;

	if (!snap->taken)
		return true;
	while (!list_empty(&snap->volumes)) {
		v = list_first_entry(&snap->volumes, struct kdp_volume, all);
		if (!kdp_release_map(&v->map, &budget))
			return false;
		list_del(&v->all);
	}
	m->leaves.given_up = false;
	snap->taken = false;
	return true;
}
