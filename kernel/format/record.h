/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records hold results: replaying one never allocates a chunk and never reads
 * a clock.  Pure functions, any context.
 */
#ifndef KDP_FORMAT_RECORD_H
#define KDP_FORMAT_RECORD_H

#include "format/disk.h"
#include "format/fault.h"

struct kdp_extent {
	u32 logical;		/* chunks from the start of the volume */
	u32 physical;		/* chunks from the start of the device */
	u32 count;
	u32 birth;
	bool unwritten;
};

struct kdp_volume_info {
	u64 id;
	u64 sectors;
	u64 created;		/* seconds since 1970, UTC */
	u64 pid_start;
	u64 parent;
	u32 flags;		/* KDP_VOLUME_* */
	u32 birth;
	u32 uid;
	u32 pid;
	u8 boot_id[KDP_UUID_SIZE];
	char name[KDP_VOLUME_NAME_SIZE];
	char session[KDP_SESSION_SIZE];
	char tags[KDP_TAGS_SIZE];
};

struct kdp_record {
	enum kdp_record_type type;
	u64 volume;			/* not for those with an info */
	struct kdp_extent extent;	/* of a range: map to unwritten */
	struct kdp_volume_info info;	/* create, set */
};

#define KDP_MAX_RECORD_SIZE	264u

/* Bytes that @type takes in a journal block. */
u32 kdp_record_size(enum kdp_record_type type);

/* Write @rec to @p, which has room for kdp_record_size() bytes. */
void kdp_record_encode(const struct kdp_record *rec, void *p);

/*
 * Decode the record at @p of which at most @room bytes are there; *@size is
 * what it took.  Ranges that depend on the pool are left to the model.
 */
enum kdp_fault kdp_record_decode(const void *p, u32 room,
				 struct kdp_record *rec, u32 *size);

void kdp_volume_encode(const struct kdp_volume_info *v,
		       struct kdp_disk_volume *d);
enum kdp_fault kdp_volume_decode(const struct kdp_disk_volume *d,
				 struct kdp_volume_info *v);
void kdp_extent_encode(const struct kdp_extent *e, struct kdp_disk_extent *d);
enum kdp_fault kdp_extent_decode(const struct kdp_disk_extent *d,
				 struct kdp_extent *e);

#endif
