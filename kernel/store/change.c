// SPDX-License-Identifier: GPL-2.0-only
/* What data I/O changes of a volume's map: first writes and discards. */
#include <linux/errno.h>
#include <linux/kernel.h>

#include "store/private.h"

/*
 * Put @rec into the batch and set the mark, before the map changes: who sees
 * the change also sees that the volume needs a commit.  -EAGAIN: the batch is
 * full.
 */
static int kdp_record(struct kdp_store *s, struct kdp_volume *v,
		      const struct kdp_record *rec)
{
	if (!kdp_batch_add(s->filling, rec))
		return -EAGAIN;
	atomic64_set(&v->dirty, s->filling->sequence);
	/* pairs with the acquire in kdp_store_volume_dirty() */
	smp_mb();
	return 0;
}

/* One change of the map; model_lock.  -EAGAIN: commit, and try again. */
typedef int (*kdp_change_fn)(struct kdp_store *s, struct kdp_volume *v,
			     struct kdp_extent *e);

static int kdp_change(struct kdp_store *s, struct kdp_volume *v,
		      struct kdp_extent *e, kdp_change_fn change)
{
	int err;

	for (;;) {
		mutex_lock(&s->model_lock);
		err = s->mode == KDP_STORE_ACTIVE ? change(s, v, e) : -EROFS;
		mutex_unlock(&s->model_lock);
		if (err != -EAGAIN)
			return err;
		err = kdp_commit_recorded(s, NULL);
		if (err)
			return err;
	}
}

static int kdp_try_written(struct kdp_store *s, struct kdp_volume *v,
			   struct kdp_extent *e)
{
	struct kdp_record rec = {
		.type = KDP_RECORD_WRITTEN,
		.volume = v->info.id,
		.extent = { .logical = e->logical, .count = e->count },
	};
	int err = kdp_map_prepare(&v->map, e->logical, e->count);

	if (!err)
		err = kdp_record(s, v, &rec);
	if (!err)
		err = kdp_map_set_written(&v->map, e->logical, e->count);
	return err;
}

int kdp_store_written(struct kdp_store *s, struct kdp_volume *v, u32 logical,
		      u32 count)
{
	struct kdp_extent e = { .logical = logical, .count = count };

	return kdp_change(s, v, &e, kdp_try_written);
}

int kdp_store_reserve(struct kdp_store *s, struct kdp_volume *v, u32 *physical)
{
	int err;

	mutex_lock(&s->model_lock);
	err = kdp_model_reserve_chunk(&s->model, v, physical);
	if (err) {
		kdp_model_drop_windows(&s->model);
		err = kdp_model_reserve_chunk(&s->model, v, physical);
	}
	if (err && s->nr_freed)
		err = -EAGAIN;
	mutex_unlock(&s->model_lock);
	if (err == -EAGAIN && kdp_commit_recorded(s, NULL))
		err = -ENOSPC;
	return err;
}

bool kdp_store_reserve_now(struct kdp_store *s, struct kdp_volume *v,
			   u32 *physical)
{
	bool reserved;

	if (!mutex_trylock(&s->model_lock))
		return false;
	reserved = !kdp_model_reserve_chunk(&s->model, v, physical);
	mutex_unlock(&s->model_lock);
	return reserved;
}

void kdp_store_unreserve(struct kdp_store *s, u32 physical)
{
	mutex_lock(&s->model_lock);
	kdp_model_unreserve(&s->model, physical);
	mutex_unlock(&s->model_lock);
}

static int kdp_try_map(struct kdp_store *s, struct kdp_volume *v,
		       struct kdp_extent *e)
{
	struct kdp_record rec = {
		.type = KDP_RECORD_MAP,
		.volume = v->info.id,
		.extent = *e,
	};
	int err = kdp_map_prepare(&v->map, e->logical, e->count);

	if (!err)
		err = kdp_record(s, v, &rec);
	if (!err)
		err = kdp_model_map(&s->model, v, e);
	return err;
}

int kdp_store_map(struct kdp_store *s, struct kdp_volume *v, u32 logical,
		  u32 physical)
{
	struct kdp_extent e = {
		.logical = logical, .physical = physical, .count = 1,
		.birth = v->info.birth,
	};

	return kdp_change(s, v, &e, kdp_try_map);
}

int kdp_record_first_writes(struct kdp_store *s, struct kdp_volume *v,
			    struct kdp_extent *e, bool holes)
{
	return kdp_change(s, v, e, holes ? kdp_try_map : kdp_try_written);
}

/* The next chunks of [@e->logical, + @e->count) that hold something. */
static bool kdp_next_discard(struct kdp_volume *v, const struct kdp_extent *e,
			     struct kdp_extent *found)
{
	u64 end = (u64)e->logical + e->count;
	u32 logical = e->logical;
	bool thin = v->info.flags & KDP_VOLUME_THIN;

	while (kdp_map_next_extent(&v->map, &logical, found)) {
		if (found->logical >= end)
			return false;
		found->count = min_t(u64, found->count, end - found->logical);
		if (thin || !found->unwritten)
			return true;
	}
	return false;
}

static int kdp_unmap_extent(struct kdp_store *s, struct kdp_volume *v,
			    const struct kdp_extent *found,
			    const struct kdp_record *rec)
{
	struct kdp_run run = { .first = found->physical, .count = found->count };
	struct kdp_freed *f = kdp_freed_new(NULL, &run);
	int err = f ? kdp_record(s, v, rec) : -ENOMEM;

	if (!err)
		err = kdp_model_unmap(&s->model, v, found);
	if (err) {
		kdp_freed_drop(f);
		return err;
	}
	kdp_batch_free_chunks(s, f);
	return 0;
}

static int kdp_discard_extent(struct kdp_store *s, struct kdp_volume *v,
			      const struct kdp_extent *found)
{
	struct kdp_record rec = {
		.type = KDP_RECORD_UNWRITTEN,
		.volume = v->info.id,
		.extent = { .logical = found->logical, .count = found->count },
	};
	int err = kdp_map_prepare(&v->map, found->logical, found->count);

	if (err)
		return err;
	if (v->info.flags & KDP_VOLUME_THIN) {
		rec.type = KDP_RECORD_UNMAP;
		return kdp_unmap_extent(s, v, found, &rec);
	}
	err = kdp_record(s, v, &rec);
	if (!err)
		err = kdp_map_set_unwritten(&v->map, found->logical,
					    found->count);
	return err;
}

/* One extent of what is left in @e, which is moved on; -ENOENT: no more. */
static int kdp_try_discard(struct kdp_store *s, struct kdp_volume *v,
			   struct kdp_extent *e)
{
	struct kdp_extent found;
	u32 end = e->logical + e->count;
	int err;

	if (!kdp_next_discard(v, e, &found))
		return -ENOENT;
	err = kdp_discard_extent(s, v, &found);
	if (!err) {
		e->logical = found.logical + found.count;
		e->count = end - e->logical;
	}
	return err;
}

int kdp_store_discard(struct kdp_store *s, struct kdp_volume *v, u32 logical,
		      u32 count)
{
	struct kdp_extent e = { .logical = logical, .count = count };
	int err = 0;

	if (logical > v->nr_chunks || count > v->nr_chunks - logical)
		return -ERANGE;
	/* what the map does not say cannot be taken out of it */
	if (atomic_read(&v->landed))
		err = kdp_store_record_landed(s);
	while (!err && e.count)
		err = kdp_change(s, v, &e, kdp_try_discard);
	return err == -ENOENT ? 0 : err;
}
