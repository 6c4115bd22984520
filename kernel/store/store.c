// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "store/private.h"
#include "store/stream.h"

static void kdp_store_init_locks(struct kdp_store *s)
{
	mutex_init(&s->scrub_lock);
	mutex_init(&s->reclaim_lock);
	mutex_init(&s->checkpoint_lock);
	mutex_init(&s->commit_lock);
	mutex_init(&s->model_lock);
	mutex_init(&s->reason_lock);
}

static void kdp_store_free_memory(struct kdp_store *s)
{
	kdp_stream_free(s->stream);
	kdp_window_free(s->window);
	kdp_landings_free(s->landings);
	kvfree(s);
}

struct kdp_store *kdp_store_new(const struct kdp_disk_ops *ops, void *disk,
				u64 device_blocks)
{
	struct kdp_store *s = kvzalloc(sizeof(*s), GFP_KERNEL);

	if (!s)
		return NULL;
	s->window = kdp_window_new();
	s->stream = kdp_stream_new();
	s->landings = kdp_landings_new();
	if (!s->window || !s->stream || !s->landings) {
		kdp_store_free_memory(s);
		return NULL;
	}
	s->ops = ops;
	s->disk = disk;
	s->device_blocks = device_blocks;
	s->repair_period = KDP_REPAIR_PERIOD;
	kdp_store_init_locks(s);
	INIT_LIST_HEAD(&s->freed);
	INIT_LIST_HEAD(&s->batch[0].freed);
	INIT_LIST_HEAD(&s->batch[1].freed);
	s->filling = &s->batch[0];
	return s;
}

void kdp_store_free(struct kdp_store *s)
{
	struct kdp_freed *f, *next;

	if (!s)
		return;
	kdp_batches_free(s);
	kvfree(s->taken);
	kvfree(s->digests[0]);
	kvfree(s->digests[1]);
	list_for_each_entry_safe(f, next, &s->freed, entry)
		kdp_freed_drop(f);
	kdp_model_destroy(&s->model);
	mutex_destroy(&s->scrub_lock);
	mutex_destroy(&s->reclaim_lock);
	mutex_destroy(&s->checkpoint_lock);
	mutex_destroy(&s->commit_lock);
	mutex_destroy(&s->model_lock);
	mutex_destroy(&s->reason_lock);
	kdp_store_free_memory(s);
}

int kdp_explain(struct kdp_store *s, int err, const char *fmt, ...)
{
	va_list args;

	mutex_lock(&s->reason_lock);
	va_start(args, fmt);
	vsnprintf(s->reason, sizeof(s->reason), fmt, args);
	va_end(args);
	mutex_unlock(&s->reason_lock);
	return err;
}

int kdp_store_fail(struct kdp_store *s, const char *fmt, ...)
{
	va_list args;

	mutex_lock(&s->reason_lock);
	va_start(args, fmt);
	vsnprintf(s->reason, sizeof(s->reason), fmt, args);
	va_end(args);
	kdp_log(err, s, "%s; the pool is read-only until it is activated again",
		s->reason);
	mutex_unlock(&s->reason_lock);
	WRITE_ONCE(s->mode, KDP_STORE_FAILED);
	return -EIO;
}

void kdp_store_reason(struct kdp_store *s, char *buf, size_t size)
{
	mutex_lock(&s->reason_lock);
	strscpy(buf, s->reason, size);
	mutex_unlock(&s->reason_lock);
}

enum kdp_store_mode kdp_store_mode(const struct kdp_store *s)
{
	return READ_ONCE(s->mode);
}

const char *kdp_store_mode_name(enum kdp_store_mode mode)
{
	static const char *const names[] = {
		[KDP_STORE_CLOSED] = "closed",
		[KDP_STORE_OPEN] = "open",
		[KDP_STORE_ACTIVE] = "active",
		[KDP_STORE_READ_ONLY] = "read-only",
		[KDP_STORE_FAILED] = "failed",
	};

	return mode < ARRAY_SIZE(names) ? names[mode] : "unknown";
}

void kdp_store_set_read_only(struct kdp_store *s)
{
	mutex_lock(&s->commit_lock);
	if (s->mode == KDP_STORE_OPEN || s->mode == KDP_STORE_ACTIVE) {
		WRITE_ONCE(s->mode, KDP_STORE_READ_ONLY);
		kdp_explain(s, 0, "activated read-only on request");
	}
	mutex_unlock(&s->commit_lock);
}

bool kdp_store_volume_dirty(const struct kdp_store *s,
			    const struct kdp_volume *v)
{
	/*
	 * A landing is counted until the mark is set.  So look there first;
	 * pairs with the order in kdp_landing_over().
	 */
	if (atomic_read_acquire(&v->landed))
		return true;
	/*
	 * Pairs with the release in kdp_batch_write().  The mark is set under
	 * model_lock before the map entry is changed, so whoever saw the entry
	 * and completed a write through it sees the mark.
	 */
	return atomic64_read_acquire(&s->durable) < atomic64_read(&v->dirty);
}

const struct kdp_report *kdp_store_report(const struct kdp_store *s)
{
	return &s->report;
}

void kdp_store_info(struct kdp_store *s, struct kdp_store_info *info)
{
	memset(info, 0, sizeof(*info));
	mutex_lock(&s->commit_lock);
	info->super = s->super;
	info->sequence = s->sequence;
	info->replicas_current = kdp_replicas_current(s);
	info->journal_used = s->journal_used;
	mutex_lock(&s->model_lock);
	info->chunks_used = s->model.space.nr_used;
	info->chunks_free = s->model.space.nr_chunks - s->model.space.nr_busy;
	info->chunks_freed = s->nr_freed;
	info->nr_volumes = s->model.nr_volumes;
	mutex_unlock(&s->model_lock);
	mutex_unlock(&s->commit_lock);
	info->mode = kdp_store_mode(s);
	info->durable = atomic64_read(&s->durable);
}

void kdp_store_for_each(struct kdp_store *s,
			bool (*fn)(const struct kdp_volume *v, void *data),
			void *data)
{
	const struct kdp_volume *v;

	mutex_lock(&s->model_lock);
	if (s->mode != KDP_STORE_CLOSED)
		list_for_each_entry(v, &s->model.volumes, all)
			if (!fn(v, data))
				break;
	mutex_unlock(&s->model_lock);
}

int kdp_store_volume_get(struct kdp_store *s, const char *name_or_id,
			 struct kdp_volume **out)
{
	struct kdp_volume *v = NULL;
	u64 id;

	mutex_lock(&s->model_lock);
	if (s->mode != KDP_STORE_CLOSED) {
		if (name_or_id[0] != '#')
			v = kdp_model_by_name(&s->model, name_or_id);
		else if (!kstrtou64(name_or_id + 1, 10, &id))
			v = kdp_model_by_id(&s->model, id);
	}
	if (v)
		v->users++;
	mutex_unlock(&s->model_lock);
	if (!v)
		return kdp_explain(s, -ENOENT, "no volume \"%.60s\"",
				   name_or_id);
	*out = v;
	return 0;
}

void kdp_store_volume_name(struct kdp_store *s, const struct kdp_volume *v,
			   char name[KDP_VOLUME_NAME_SIZE])
{
	mutex_lock(&s->model_lock);
	memcpy(name, v->info.name, KDP_VOLUME_NAME_SIZE);
	mutex_unlock(&s->model_lock);
}

void kdp_store_volume_put(struct kdp_store *s, struct kdp_volume *v)
{
	mutex_lock(&s->model_lock);
	if (!--v->users)
		kdp_model_drop_window(&s->model, v);
	mutex_unlock(&s->model_lock);
}
