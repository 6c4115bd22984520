// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "format/name.h"
#include "model/op.h"

/* A thick volume may come in so many pieces, no more. */
#define KDP_MAX_PIECES	4096u
/* A thin volume may be larger than its pool, but its directory is memory. */
#define KDP_MAX_VOLUME_CHUNKS	(4 * KDP_MAX_CHUNKS)

/* Is it a name that @v, NULL for a new volume, may have? */
static int kdp_check_name(struct kdp_model *m, const struct kdp_volume *v,
			  const char *name, char *why)
{
	const struct kdp_volume *other = kdp_model_by_name(m, name);

	if (!kdp_volume_name_ok(name, KDP_VOLUME_NAME_SIZE)) {
		scnprintf(why, KDP_REASON_SIZE,
			  "invalid volume name; expected 1 to 55 of A-Z a-z 0-9 . _ + -, not starting with . or -");
		return -EINVAL;
	}
	if (!other || other == v)
		return 0;
	scnprintf(why, KDP_REASON_SIZE, "%s: a volume of this name exists",
		  name);
	return -EEXIST;
}

static int kdp_check_create(struct kdp_model *m, const struct kdp_op *op,
			    char *why)
{
	const struct kdp_volume_info *info = &op->info;
	int err = kdp_check_name(m, NULL, info->name, why);

	if (err)
		return err;
	if (!info->sectors || info->sectors & (KDP_SECTORS_PER_BLOCK - 1)) {
		scnprintf(why, KDP_REASON_SIZE,
			  "%s: the size must be a multiple of 4 KiB, above 0",
			  info->name);
		return -EINVAL;
	}
	if (info->sectors / kdp_chunk_sectors(m) > KDP_MAX_VOLUME_CHUNKS) {
		scnprintf(why, KDP_REASON_SIZE,
			  "%s: too large: a volume has at most %u chunks of %u KiB",
			  info->name, KDP_MAX_VOLUME_CHUNKS,
			  m->geometry.chunk_blocks * 4);
		return -EINVAL;
	}
	/* what is removed by the same message comes before this in its commit */
	if (m->nr_volumes - m->nr_removing >= m->geometry.max_volumes) {
		scnprintf(why, KDP_REASON_SIZE,
			  "%s: the pool already has %u volumes, its maximum",
			  info->name, m->geometry.max_volumes);
		return -ENFILE;
	}
	if (m->next_volume >= KDP_MAX_COUNT) {
		scnprintf(why, KDP_REASON_SIZE,
			  "%s: the pool has no volume number left", info->name);
		return -ENFILE;
	}
	return 0;
}

/* Take all the chunks of a thick volume and map them, unwritten. */
static int kdp_map_thick(struct kdp_model *m, struct kdp_volume *v)
{
	struct kdp_extent e = { .unwritten = true, .birth = v->info.birth };
	struct kdp_run run;
	u32 least, pieces = 0;
	int err = kdp_space_plan(&m->space, v->nr_chunks, &least);

	if (err)
		return err;
	while (e.logical < v->nr_chunks) {
		if (++pieces > KDP_MAX_PIECES)
			return -ENOSPC;
		err = kdp_space_reserve(&m->space,
					min_t(u32, v->nr_chunks - e.logical,
					      KDP_EXTENT_COUNT_MASK),
					least, &run);
		if (err)
			return err;
		e.physical = run.first;
		e.count = run.count;
		err = kdp_map_add(&v->map, &e);
		if (err) {
			kdp_space_unbusy(&m->space, run.first, run.count);
			return err;
		}
		e.logical += run.count;
	}
	return 0;
}

static int kdp_no_space(struct kdp_model *m, const struct kdp_op *op, u32 need,
			char *why)
{
	u32 free = m->space.nr_chunks - m->space.nr_busy;

	if (need > free)
		scnprintf(why, KDP_REASON_SIZE,
			  "%s: no space: needs %u chunks of %u KiB, %u are free",
			  op->info.name, need, m->geometry.chunk_blocks * 4,
			  free);
	else
		scnprintf(why, KDP_REASON_SIZE,
			  "%s: no space: the %u free chunks are too scattered for a thick volume of %u; make it thin or smaller",
			  op->info.name, free, need);
	return -ENOSPC;
}

static u64 kdp_chunks_of(const struct kdp_model *m, u64 sectors)
{
	u64 chunk = kdp_chunk_sectors(m);

	return (sectors + chunk - 1) >> (__builtin_ctzll(chunk));
}

static int kdp_prepare_create(struct kdp_model *m, struct kdp_op *op, char *why)
{
	u64 need = kdp_chunks_of(m, op->info.sectors);
	struct kdp_volume *v;
	bool thin;
	int err = kdp_check_create(m, op, why);

	if (err)
		return err;
	thin = op->info.flags & KDP_VOLUME_THIN;
	if (!thin && need > m->space.nr_chunks - m->space.nr_busy)
		return kdp_no_space(m, op, min_t(u64, need, ~0u), why);
	op->info.id = m->next_volume;
	v = kdp_volume_new(m, &op->info);
	if (!v)
		goto no_memory;
	err = thin ? 0 : kdp_map_thick(m, v);
	if (err) {
		kdp_model_release(m, v);
		kdp_volume_free(v);
		if (err == -ENOSPC)
			return kdp_no_space(m, op, need, why);
		goto no_memory;
	}
	/* in the tables at once: later operations of the message see it */
	kdp_model_insert(m, v);
	op->volume = v;
	return 0;
no_memory:
	scnprintf(why, KDP_REASON_SIZE, "%s: out of memory", op->info.name);
	return -ENOMEM;
}

/* The record that a set makes: what the volume was, with the changes. */
static void kdp_set_result(const struct kdp_op *op, struct kdp_volume_info *to)
{
	const struct kdp_volume_info *c = &op->change;

	*to = op->before;
	if (op->changes & KDP_SET_NAME)
		memcpy(to->name, c->name, sizeof(to->name));
	if (op->changes & KDP_SET_UID)
		to->uid = c->uid;
	if (op->changes & KDP_SET_PID)
		to->pid = c->pid;
	if (op->changes & KDP_SET_PID_START)
		to->pid_start = c->pid_start;
	if (op->changes & KDP_SET_BOOT_ID)
		memcpy(to->boot_id, c->boot_id, sizeof(to->boot_id));
	if (op->changes & KDP_SET_SESSION)
		memcpy(to->session, c->session, sizeof(to->session));
	if (op->changes & KDP_SET_TAGS)
		memcpy(to->tags, c->tags, sizeof(to->tags));
}

static int kdp_no_volume(const struct kdp_op *op, char *why)
{
	if (op->info.name[0])
		scnprintf(why, KDP_REASON_SIZE, "no volume \"%.60s\"",
			  op->info.name);
	else
		scnprintf(why, KDP_REASON_SIZE, "no volume #%llu",
			  (unsigned long long)op->info.id);
	return -ENOENT;
}

/* Takes effect at once, so that later operations of the message see it. */
static int kdp_prepare_set(struct kdp_model *m, struct kdp_op *op, char *why)
{
	struct kdp_volume_info info;
	struct kdp_volume *v;
	int err;

	if (op->info.name[0])
		v = kdp_model_by_name(m, op->info.name);
	else
		v = kdp_model_by_id(m, op->info.id);
	if (!v || v->removing)
		return kdp_no_volume(op, why);
	op->before = v->info;
	kdp_set_result(op, &info);
	err = kdp_check_name(m, v, info.name, why);
	if (err)
		return err;
	kdp_model_set_info(m, v, &info);
	op->info.id = info.id;
	op->volume = v;
	return 0;
}

static int kdp_prepare_remove(struct kdp_model *m, struct kdp_op *op, char *why)
{
	struct kdp_volume *v;

	/* a try that was undone has filled in the rest */
	if (!op->info.id)
		op->named = true;
	if (op->named)
		v = kdp_model_by_name(m, op->info.name);
	else
		v = kdp_model_by_id(m, op->info.id);
	if (!v || v->removing)
		return kdp_no_volume(op, why);
	if (v->users) {
		scnprintf(why, KDP_REASON_SIZE,
			  "%s is in use by %u device(s); remove those first",
			  v->info.name, v->users);
		return -EBUSY;
	}
	if (atomic_read(&v->landed)) {
		scnprintf(why, KDP_REASON_SIZE,
			  "%s: its last writes cannot be recorded yet for want of memory; try again later",
			  v->info.name);
		return -EBUSY;
	}
	op->freed = kdp_freed_new(v, NULL);
	if (!op->freed) {
		scnprintf(why, KDP_REASON_SIZE, "%s: out of memory",
			  v->info.name);
		return -ENOMEM;
	}
	v->removing = true;
	m->nr_removing++;
	op->info = v->info;
	op->volume = v;
	return 0;
}

int kdp_op_prepare(struct kdp_model *m, struct kdp_op *op, char *why)
{
	op->volume = NULL;
	op->freed = NULL;
	switch (op->type) {
	case KDP_OP_CREATE:
		return kdp_prepare_create(m, op, why);
	case KDP_OP_REMOVE:
		return kdp_prepare_remove(m, op, why);
	case KDP_OP_SET:
		return kdp_prepare_set(m, op, why);
	}
	return -EINVAL;
}

void kdp_op_cancel(struct kdp_model *m, struct kdp_op *op)
{
	struct kdp_volume *v = op->volume;

	if (!v)
		return;
	op->volume = NULL;
	if (op->type == KDP_OP_REMOVE) {
		v->removing = false;
		m->nr_removing--;
		op->freed->volume = NULL;
		kdp_freed_drop(op->freed);
		op->freed = NULL;
		return;
	}
	if (op->type == KDP_OP_SET) {
		kdp_model_set_info(m, v, &op->before);
		return;
	}
	kdp_model_detach(m, v);
	kdp_model_release(m, v);
	kdp_volume_free(v);
}

void kdp_op_apply(struct kdp_model *m, struct kdp_op *op)
{
	struct kdp_volume *v = op->volume;
	struct kdp_extent e;
	u32 logical = 0;

	if (op->type == KDP_OP_REMOVE) {
		kdp_model_detach(m, v);
		m->nr_removing--;
	}
	if (op->type != KDP_OP_CREATE)
		return;
	while (kdp_map_next_extent(&v->map, &logical, &e))
		kdp_space_use(&m->space, e.physical, e.count);
}

bool kdp_op_next_record(const struct kdp_op *op, u32 *cursor,
			struct kdp_record *rec)
{
	static const enum kdp_record_type types[] = {
		[KDP_OP_CREATE] = KDP_RECORD_CREATE,
		[KDP_OP_REMOVE] = KDP_RECORD_REMOVE,
		[KDP_OP_SET] = KDP_RECORD_SET,
	};
	u32 logical;

	memset(rec, 0, sizeof(*rec));
	rec->volume = op->info.id;
	if (!*cursor) {
		*cursor = 1;
		rec->type = types[op->type];
		rec->info = op->info;
		if (op->type == KDP_OP_SET)
			kdp_set_result(op, &rec->info);
		return true;
	}
	if (op->type != KDP_OP_CREATE)
		return false;
	/* the cursor is one more than the next logical chunk */
	logical = *cursor - 1;
	rec->type = KDP_RECORD_MAP;
	if (!kdp_map_next_extent(&op->volume->map, &logical, &rec->extent))
		return false;
	*cursor = logical + 1;
	return true;
}
