// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel.h>
#include <linux/string.h>

#include "format/block.h"
#include "format/geometry.h"
#include "format/name.h"
#include "format/record.h"

static const u16 kdp_record_sizes[] = {
	[KDP_RECORD_CREATE] = sizeof(struct kdp_disk_record_create),
	[KDP_RECORD_REMOVE] = sizeof(struct kdp_disk_record_remove),
	[KDP_RECORD_MAP] = sizeof(struct kdp_disk_record_map),
	[KDP_RECORD_WRITTEN] = sizeof(struct kdp_disk_record_map),
	[KDP_RECORD_UNMAP] = sizeof(struct kdp_disk_record_map),
	[KDP_RECORD_UNWRITTEN] = sizeof(struct kdp_disk_record_map),
	[KDP_RECORD_SET] = sizeof(struct kdp_disk_record_create),
};

u32 kdp_record_size(enum kdp_record_type type)
{
	return kdp_record_sizes[type];
}

void kdp_extent_encode(const struct kdp_extent *e, struct kdp_disk_extent *d)
{
	d->logical = cpu_to_le32(e->logical);
	d->physical = cpu_to_le32(e->physical);
	d->count_flags = cpu_to_le32(e->count |
				     (e->unwritten ? KDP_EXTENT_UNWRITTEN : 0));
	d->birth = cpu_to_le32(e->birth);
}

enum kdp_fault kdp_extent_decode(const struct kdp_disk_extent *d,
				 struct kdp_extent *e)
{
	u32 count_flags = le32_to_cpu(d->count_flags);
	struct kdp_extent t = {
		.logical = le32_to_cpu(d->logical),
		.physical = le32_to_cpu(d->physical),
		.count = count_flags & KDP_EXTENT_COUNT_MASK,
		.birth = le32_to_cpu(d->birth),
		.unwritten = count_flags & KDP_EXTENT_UNWRITTEN,
	};

	if (count_flags & ~(KDP_EXTENT_COUNT_MASK | KDP_EXTENT_UNWRITTEN))
		return KDP_BAD_RESERVED;
	if (!t.count || t.logical + t.count < t.logical)
		return KDP_BAD_EXTENT;
	if (t.physical > KDP_MAX_CHUNKS)
		return KDP_BAD_EXTENT;
	*e = t;
	return KDP_OK;
}

void kdp_volume_encode(const struct kdp_volume_info *v,
		       struct kdp_disk_volume *d)
{
	memset(d, 0, sizeof(*d));
	d->id = cpu_to_le64(v->id);
	d->sectors = cpu_to_le64(v->sectors);
	d->created = cpu_to_le64(v->created);
	d->pid_start = cpu_to_le64(v->pid_start);
	d->parent = cpu_to_le64(v->parent);
	d->flags = cpu_to_le32(v->flags);
	d->birth = cpu_to_le32(v->birth);
	d->uid = cpu_to_le32(v->uid);
	d->pid = cpu_to_le32(v->pid);
	memcpy(d->boot_id, v->boot_id, sizeof(d->boot_id));
	memcpy(d->name, v->name, sizeof(d->name));
	memcpy(d->session, v->session, sizeof(d->session));
	memcpy(d->tags, v->tags, sizeof(d->tags));
}

static enum kdp_fault kdp_volume_check(const struct kdp_disk_volume *d)
{
	if (!kdp_is_zero(d->reserved, sizeof(d->reserved)))
		return KDP_BAD_RESERVED;
	if (le32_to_cpu(d->flags) & ~KDP_VOLUME_THIN)
		return KDP_BAD_RESERVED;
	if (!kdp_volume_name_ok(d->name, sizeof(d->name)))
		return KDP_BAD_NAME;
	if (d->session[sizeof(d->session) - 1] || d->tags[sizeof(d->tags) - 1])
		return KDP_BAD_NAME;
	if (!d->id || le64_to_cpu(d->id) >= KDP_MAX_COUNT || !d->sectors)
		return KDP_BAD_VOLUME;
	return KDP_OK;
}

enum kdp_fault kdp_volume_decode(const struct kdp_disk_volume *d,
				 struct kdp_volume_info *v)
{
	enum kdp_fault fault = kdp_volume_check(d);

	if (fault)
		return fault;
	v->id = le64_to_cpu(d->id);
	v->sectors = le64_to_cpu(d->sectors);
	v->created = le64_to_cpu(d->created);
	v->pid_start = le64_to_cpu(d->pid_start);
	v->parent = le64_to_cpu(d->parent);
	v->flags = le32_to_cpu(d->flags);
	v->birth = le32_to_cpu(d->birth);
	v->uid = le32_to_cpu(d->uid);
	v->pid = le32_to_cpu(d->pid);
	memcpy(v->boot_id, d->boot_id, sizeof(v->boot_id));
	memcpy(v->name, d->name, sizeof(v->name));
	memcpy(v->session, d->session, sizeof(v->session));
	memcpy(v->tags, d->tags, sizeof(v->tags));
	return KDP_OK;
}

void kdp_record_encode(const struct kdp_record *rec, void *p)
{
	struct kdp_disk_record *r = p;
	struct kdp_disk_record_create *create = p;
	struct kdp_disk_record_remove *remove = p;
	struct kdp_disk_record_map *map = p;

	r->type = cpu_to_le16(rec->type);
	r->size = cpu_to_le16(kdp_record_size(rec->type));
	r->reserved = 0;
	switch (rec->type) {
	case KDP_RECORD_CREATE:
	case KDP_RECORD_SET:
		kdp_volume_encode(&rec->info, &create->volume);
		break;
	case KDP_RECORD_REMOVE:
		remove->volume = cpu_to_le64(rec->volume);
		break;
	case KDP_RECORD_MAP:
	case KDP_RECORD_WRITTEN:
	case KDP_RECORD_UNMAP:
	case KDP_RECORD_UNWRITTEN:
		map->volume = cpu_to_le64(rec->volume);
		kdp_extent_encode(&rec->extent, &map->extent);
		break;
	}
}

static enum kdp_fault kdp_record_body(const void *p, struct kdp_record *rec)
{
	const struct kdp_disk_record_create *create = p;
	const struct kdp_disk_record_remove *remove = p;
	const struct kdp_disk_record_map *map = p;

	switch (rec->type) {
	case KDP_RECORD_CREATE:
	case KDP_RECORD_SET:
		return kdp_volume_decode(&create->volume, &rec->info);
	case KDP_RECORD_REMOVE:
		rec->volume = le64_to_cpu(remove->volume);
		return KDP_OK;
	case KDP_RECORD_MAP:
	case KDP_RECORD_WRITTEN:
	case KDP_RECORD_UNMAP:
	case KDP_RECORD_UNWRITTEN:
		rec->volume = le64_to_cpu(map->volume);
		return kdp_extent_decode(&map->extent, &rec->extent);
	}
	return KDP_BAD_RECORD;
}

enum kdp_fault kdp_record_decode(const void *p, u32 room,
				 struct kdp_record *rec, u32 *size)
{
	const struct kdp_disk_record *r = p;
	struct kdp_record t = { };
	enum kdp_fault fault;
	u16 type;

	if (room < sizeof(*r))
		return KDP_BAD_RECORD;
	type = le16_to_cpu(r->type);
	if (type < KDP_RECORD_CREATE || type > KDP_RECORD_SET)
		return KDP_BAD_RECORD;
	if (le16_to_cpu(r->size) != kdp_record_sizes[type] ||
	    room < kdp_record_sizes[type])
		return KDP_BAD_RECORD;
	if (r->reserved)
		return KDP_BAD_RESERVED;

	t.type = type;
	fault = kdp_record_body(p, &t);
	if (fault)
		return fault;
	*rec = t;
	*size = kdp_record_sizes[type];
	return KDP_OK;
}
