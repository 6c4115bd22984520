// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "format/block.h"
#include "model/model.h"

#define KDP_WINDOW_CHUNKS	16u	/* of a thin volume */

static struct hlist_head *kdp_id_bucket(struct kdp_model *m, u64 id)
{
	return &m->by_id[kdp_mix64(id) & (m->nr_buckets - 1)];
}

static struct hlist_head *kdp_name_bucket(struct kdp_model *m, const char *name)
{
	u64 hash = 0;

	for (; *name; name++)
		hash = kdp_mix64(hash ^ (u8)*name);
	return &m->by_name[hash & (m->nr_buckets - 1)];
}

static void kdp_model_reserve(struct kdp_model *m)
{
	u32 i, first, count;

	for (i = 0; i < KDP_RESERVED_RUNS; i++) {
		kdp_reserved_run(&m->geometry, i, &first, &count);
		kdp_space_use(&m->space, first, count);
		kdp_space_busy(&m->space, first, count);
	}
}

int kdp_model_init(struct kdp_model *m, const struct kdp_geometry *g)
{
	memset(m, 0, sizeof(*m));
	INIT_LIST_HEAD(&m->volumes);
	m->geometry = *g;
	m->next_volume = 1;
	kdp_leaves_init(&m->leaves);
	m->nr_buckets = roundup_pow_of_two(clamp(g->max_volumes, 64u, 65536u));
	m->by_id = kvcalloc(m->nr_buckets, sizeof(*m->by_id), GFP_KERNEL);
	m->by_name = kvcalloc(m->nr_buckets, sizeof(*m->by_name), GFP_KERNEL);
	if (!m->by_id || !m->by_name ||
	    kdp_space_init(&m->space, g->nr_chunks)) {
		kdp_model_destroy(m);
		return -ENOMEM;
	}
	kdp_model_reserve(m);
	return 0;
}

void kdp_model_destroy(struct kdp_model *m)
{
	struct kdp_volume *v, *next;

	if (m->volumes.next)
		list_for_each_entry_safe(v, next, &m->volumes, all)
			kdp_volume_free(v);
	kdp_leaves_destroy(&m->leaves);
	kdp_space_destroy(&m->space);
	kvfree(m->by_id);
	kvfree(m->by_name);
	memset(m, 0, sizeof(*m));
}

struct kdp_volume *kdp_model_by_id(struct kdp_model *m, u64 id)
{
	struct kdp_volume *v;

	hlist_for_each_entry(v, kdp_id_bucket(m, id), by_id)
		if (v->info.id == id)
			return v;
	return NULL;
}

struct kdp_volume *kdp_model_by_name(struct kdp_model *m, const char *name)
{
	struct kdp_volume *v;

	hlist_for_each_entry(v, kdp_name_bucket(m, name), by_name)
		if (!v->removing && !strcmp(v->info.name, name))
			return v;
	return NULL;
}

struct kdp_volume *kdp_volume_new(struct kdp_model *m,
				  const struct kdp_volume_info *info)
{
	u32 sectors = kdp_chunk_sectors(m);
	u64 chunks = div_u64(info->sectors, sectors) +
		     !!(info->sectors & (sectors - 1));
	struct kdp_volume *v;

	if (chunks > U32_MAX / 2)
		return NULL;
	v = kzalloc(sizeof(*v), GFP_KERNEL);
	if (!v)
		return NULL;
	v->info = *info;
	v->nr_chunks = chunks;
	INIT_LIST_HEAD(&v->all);
	INIT_HLIST_NODE(&v->by_id);
	INIT_HLIST_NODE(&v->by_name);
	if (kdp_map_init(&v->map, chunks, &m->leaves)) {
		kfree(v);
		return NULL;
	}
	return v;
}

void kdp_volume_free(struct kdp_volume *v)
{
	if (!v)
		return;
	kdp_map_destroy(&v->map);
	kfree(v);
}

void kdp_model_insert(struct kdp_model *m, struct kdp_volume *v)
{
	hlist_add_head(&v->by_id, kdp_id_bucket(m, v->info.id));
	hlist_add_head(&v->by_name, kdp_name_bucket(m, v->info.name));
	list_add_tail(&v->all, &m->volumes);
	m->nr_volumes++;
	m->nr_dir_words += kdp_dir_size(v->nr_chunks);
	if (v->info.id >= m->next_volume)
		m->next_volume = v->info.id + 1;
}

void kdp_model_set_info(struct kdp_model *m, struct kdp_volume *v,
			const struct kdp_volume_info *info)
{
	hlist_del_init(&v->by_name);
	v->info = *info;
	hlist_add_head(&v->by_name, kdp_name_bucket(m, v->info.name));
}

void kdp_model_detach(struct kdp_model *m, struct kdp_volume *v)
{
	struct kdp_extent e;
	u32 logical = 0;

	while (kdp_map_next_extent(&v->map, &logical, &e))
		kdp_space_unuse(&m->space, e.physical, e.count);
	hlist_del_init(&v->by_id);
	hlist_del_init(&v->by_name);
	list_del_init(&v->all);
	m->nr_volumes--;
	m->nr_dir_words -= kdp_dir_size(v->nr_chunks);
	kdp_model_drop_window(m, v);
}

void kdp_model_release(struct kdp_model *m, const struct kdp_volume *v)
{
	struct kdp_extent e;
	u32 logical = 0;

	while (kdp_map_next_extent(&v->map, &logical, &e))
		kdp_space_unbusy(&m->space, e.physical, e.count);
}

int kdp_model_reserve_chunk(struct kdp_model *m, struct kdp_volume *v,
			    u32 *physical)
{
	int err;

	if (!v->window.count) {
		err = kdp_space_reserve_some(&m->space, KDP_WINDOW_CHUNKS,
					     &v->window);
		if (err)
			return err;
	}
	*physical = v->window.first++;
	v->window.count--;
	return 0;
}

void kdp_model_unreserve(struct kdp_model *m, u32 physical)
{
	kdp_space_unbusy(&m->space, physical, 1);
}

void kdp_model_drop_window(struct kdp_model *m, struct kdp_volume *v)
{
	kdp_space_unbusy(&m->space, v->window.first, v->window.count);
	v->window.count = 0;
}

void kdp_model_drop_windows(struct kdp_model *m)
{
	struct kdp_volume *v;

	list_for_each_entry(v, &m->volumes, all)
		kdp_model_drop_window(m, v);
}

int kdp_model_map(struct kdp_model *m, struct kdp_volume *v,
		  const struct kdp_extent *e)
{
	int err = kdp_map_add(&v->map, e);

	if (!err)
		kdp_space_use(&m->space, e->physical, e->count);
	return err;
}

int kdp_model_unmap(struct kdp_model *m, struct kdp_volume *v,
		    const struct kdp_extent *e)
{
	int err = kdp_map_unmap(&v->map, e->logical, e->count);

	if (!err)
		kdp_space_unuse(&m->space, e->physical, e->count);
	return err;
}

enum kdp_fault kdp_model_load_volume(struct kdp_model *m,
				     const struct kdp_volume_info *info,
				     int *err)
{
	struct kdp_volume *v;

	if (kdp_model_by_id(m, info->id) || kdp_model_by_name(m, info->name))
		return KDP_BAD_VOLUME;
	if (m->nr_volumes >= m->geometry.max_volumes)
		return KDP_BAD_COUNT;
	if (!list_empty(&m->volumes) &&
	    list_last_entry(&m->volumes, struct kdp_volume, all)->info.id >=
	    info->id)
		return KDP_BAD_VOLUME;
	if (div_u64(info->sectors, kdp_chunk_sectors(m)) >= U32_MAX / 2)
		return KDP_BAD_VOLUME;
	v = kdp_volume_new(m, info);
	if (!v) {
		*err = -ENOMEM;
		return KDP_BAD_VOLUME;
	}
	kdp_model_insert(m, v);
	return KDP_OK;
}

static enum kdp_fault kdp_map_fault(int result, int *err)
{
	if (result == -ENOMEM)
		*err = -ENOMEM;
	return result ? KDP_BAD_MAPPING : KDP_OK;
}

enum kdp_fault kdp_model_load_extent(struct kdp_model *m, u64 volume,
				     const struct kdp_extent *e, int *err)
{
	struct kdp_volume *v = kdp_model_by_id(m, volume);

	if (!v)
		return KDP_BAD_VOLUME;
	if (e->count > m->space.nr_chunks ||
	    e->physical > m->space.nr_chunks - e->count)
		return KDP_BAD_EXTENT;
	return kdp_map_fault(kdp_map_add(&v->map, e), err);
}

static enum kdp_fault kdp_replay_map(struct kdp_model *m,
				     const struct kdp_record *rec, int *err)
{
	enum kdp_fault fault;

	fault = kdp_model_load_extent(m, rec->volume, &rec->extent, err);
	if (!fault)
		kdp_space_use(&m->space, rec->extent.physical,
			      rec->extent.count);
	return fault;
}

static enum kdp_fault kdp_replay_remove(struct kdp_model *m,
					const struct kdp_record *rec)
{
	struct kdp_volume *v = kdp_model_by_id(m, rec->volume);

	if (!v)
		return KDP_BAD_VOLUME;
	kdp_model_detach(m, v);
	kdp_volume_free(v);
	return KDP_OK;
}

/* Only what an operation may set has changed, and the name is its own. */
static enum kdp_fault kdp_replay_set(struct kdp_model *m,
				     const struct kdp_volume_info *info)
{
	struct kdp_volume *v = kdp_model_by_id(m, info->id);
	const struct kdp_volume *other = kdp_model_by_name(m, info->name);

	if (!v || (other && other != v))
		return KDP_BAD_VOLUME;
	if (v->info.sectors != info->sectors || v->info.flags != info->flags ||
	    v->info.birth != info->birth || v->info.parent != info->parent ||
	    v->info.created != info->created)
		return KDP_BAD_VOLUME;
	kdp_model_set_info(m, v, info);
	return KDP_OK;
}

/* All of a range becomes holes, wherever its chunks are. */
static int kdp_unmap_range(struct kdp_model *m, struct kdp_volume *v,
			   u32 logical, u32 count)
{
	struct kdp_extent e;
	u64 end = (u64)logical + count;
	int err = kdp_map_prepare(&v->map, logical, count);

	while (!err && logical < end) {
		e.logical = logical;
		if (!kdp_map_next_extent(&v->map, &logical, &e) ||
		    e.logical >= end)
			return -ENOENT;
		e.count = min_t(u64, e.count, end - e.logical);
		logical = e.logical + e.count;
		err = kdp_model_unmap(m, v, &e);
	}
	return err;
}

/* Chunks that are mapped change their state. */
static enum kdp_fault kdp_replay_change(struct kdp_model *m,
					const struct kdp_record *rec, int *err)
{
	struct kdp_volume *v = kdp_model_by_id(m, rec->volume);
	const struct kdp_extent *e = &rec->extent;
	int r;

	if (!v)
		return KDP_BAD_VOLUME;
	if (rec->type == KDP_RECORD_UNMAP)
		r = kdp_unmap_range(m, v, e->logical, e->count);
	else if (rec->type == KDP_RECORD_WRITTEN)
		r = kdp_map_set_written(&v->map, e->logical, e->count);
	else
		r = kdp_map_set_unwritten(&v->map, e->logical, e->count);
	return kdp_map_fault(r, err);
}

enum kdp_fault kdp_model_replay(struct kdp_model *m,
				const struct kdp_record *rec, int *err)
{
	switch (rec->type) {
	case KDP_RECORD_CREATE:
		if (rec->info.id < m->next_volume)
			return KDP_BAD_VOLUME;
		return kdp_model_load_volume(m, &rec->info, err);
	case KDP_RECORD_REMOVE:
		return kdp_replay_remove(m, rec);
	case KDP_RECORD_SET:
		return kdp_replay_set(m, &rec->info);
	case KDP_RECORD_MAP:
		return kdp_replay_map(m, rec, err);
	case KDP_RECORD_WRITTEN:
	case KDP_RECORD_UNMAP:
	case KDP_RECORD_UNWRITTEN:
		return kdp_replay_change(m, rec, err);
	}
	return KDP_BAD_RECORD;
}

/* Build "busy" anew from reserved runs and maps, counting double mappings. */
static void kdp_mark_mapped(struct kdp_model *m, struct kdp_cross_check *c)
{
	struct kdp_space *s = &m->space;
	struct kdp_volume *v;
	struct kdp_extent e;
	u32 i, first, count;

	kdp_space_unbusy(s, 0, s->nr_chunks);
	for (i = 0; i < KDP_RESERVED_RUNS; i++) {
		kdp_reserved_run(&m->geometry, i, &first, &count);
		kdp_space_busy(s, first, count);
	}
	list_for_each_entry(v, &m->volumes, all) {
		u32 logical = 0;

		while (kdp_map_next_extent(&v->map, &logical, &e))
			c->doubly_mapped += e.count -
				kdp_space_busy(s, e.physical, e.count);
	}
}

void kdp_model_cross_check(struct kdp_model *m, struct kdp_cross_check *c)
{
	memset(c, 0, sizeof(*c));
	kdp_mark_mapped(m, c);
	kdp_space_merge(&m->space, &c->leaked, &c->mapped_but_free);
}
