/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The bytes on the disk.
 *
 * A pool's device is cut into 4 KiB blocks for metadata and into chunks (a
 * power of two from 64 KiB) for data; chunk n starts at byte n * chunk size of
 * the device.  Five replicas R0-R4 hold the same metadata.  Each has a home, a
 * pair of superblock slots at a known place, and an extent: a journal ring
 * followed by two checkpoint slots.  kernel/doc/format.rst tells the whole
 * story; only kernel/format/ reads or writes the structures below.
 *
 * All integers are little endian.  Everything reserved is zero.
 */
#ifndef KDP_FORMAT_DISK_H
#define KDP_FORMAT_DISK_H

#include <linux/build_bug.h>
#include <linux/types.h>

#define KDP_BLOCK_SHIFT		12
#define KDP_BLOCK_SIZE		4096u
#define KDP_SECTORS_PER_BLOCK	8u
#define KDP_REPLICAS		5u
#define KDP_MAX_COUNT		0x4000000000000000ull /* epoch, sequence, position, id */
#define KDP_QUORUM		3u	/* replicas a commit must reach */
#define KDP_SUPER_SLOTS		2u
#define KDP_CHECKPOINT_SLOTS	2u

#define KDP_MAGIC		0x3150444bu	/* "KDP1" */
#define KDP_VERSION		1u

#define KDP_UUID_SIZE		16u
#define KDP_POOL_NAME_SIZE	32u	/* with the final NUL */
#define KDP_VOLUME_NAME_SIZE	56u
#define KDP_SESSION_SIZE	48u
#define KDP_TAGS_SIZE		64u
#define KDP_HOST_SIZE		64u
#define KDP_SERIAL_SIZE		64u

enum kdp_block_type {
	KDP_BLOCK_SUPER = 1,
	KDP_BLOCK_JOURNAL,
	KDP_BLOCK_CKPT_HEAD,
	KDP_BLOCK_CKPT_BITMAP,
	KDP_BLOCK_CKPT_VOLUMES,
	KDP_BLOCK_CKPT_MAP,
};

/* At the start of every metadata block. */
struct kdp_disk_header {
	__le32 magic;
	__le32 checksum;	/* crc32c of the block, this field as zero */
	__le16 type;		/* enum kdp_block_type */
	__u8 replica;
	__u8 reserved0;
	__le32 index;		/* checkpoint: block of the stream; else 0 */
	__u8 uuid[KDP_UUID_SIZE];
	__le64 block;		/* where this block belongs on the device */
	__le64 epoch;
	__le64 sequence;	/* of the superblock, commit or checkpoint */
	__le64 nonce;		/* of the epoch */
};

static_assert(sizeof(struct kdp_disk_header) == 64);

/* Feature bits; an unknown one of the last kind refuses the pool. */
#define KDP_COMPAT_KNOWN	0ull
#define KDP_RO_COMPAT_KNOWN	0ull
#define KDP_INCOMPAT_KNOWN	0ull

#define KDP_SUPER_CLEAN		0x1u	/* closed in order, nothing to replay */

#define KDP_MAX_RETIRED		8u	/* extents that replicas were moved from */

enum kdp_replica_health {
	KDP_REPLICA_CURRENT = 0,
	KDP_REPLICA_OUT_OF_DATE,
};

struct kdp_disk_replica {
	__le64 super;		/* first of its two superblock slots, blocks */
	__le64 extent;		/* journal, then both checkpoint slots, blocks */
	__u8 health;		/* enum kdp_replica_health */
	__u8 reserved[7];
};

static_assert(sizeof(struct kdp_disk_replica) == 24);

struct kdp_disk_checkpoint_ref {
	__le32 slot;
	__le32 nr_blocks;
	__le64 epoch;		/* in the headers of its blocks */
	__le64 sequence;	/* last commit that it contains */
	__le64 chain;		/* chain hash after that commit */
	__le64 journal_pos;	/* where the next commit starts */
};

static_assert(sizeof(struct kdp_disk_checkpoint_ref) == 40);

struct kdp_disk_super {
	struct kdp_disk_header h;
	__le32 version;
	__le32 flags;
	__le64 compat;
	__le64 ro_compat;
	__le64 incompat;
	char name[KDP_POOL_NAME_SIZE];
	__le64 device_blocks;
	__le32 chunk_blocks;
	__le32 nr_chunks;
	__le32 journal_blocks;
	__le32 slot_blocks;
	__le32 max_volumes;
	__le32 reserved0;
	struct kdp_disk_replica replica[KDP_REPLICAS];
	struct kdp_disk_checkpoint_ref checkpoint;
	__le64 start_sequence;	/* commits of older epochs count up to here */
	__le64 start_chain;
	__le64 created;		/* seconds since 1970, UTC */
	__le64 activated;
	__u8 machine_id[KDP_UUID_SIZE];
	char host[KDP_HOST_SIZE];
	char serial[KDP_SERIAL_SIZE];
	__le64 retired[KDP_MAX_RETIRED];	/* extents; 0: none */
};

static_assert(sizeof(struct kdp_disk_super) == 560);

/* A journal block; a commit is one or more of them in a row. */
struct kdp_disk_journal {
	struct kdp_disk_header h;	/* sequence: of the commit */
	__le64 pos;		/* blocks since the pool was made; ring: modulo */
	__le64 prev_chain;
	__le64 chain;		/* after this commit */
	__le16 part;
	__le16 nr_parts;
	__le32 used;		/* bytes of records that follow */
	__le64 reserved[2];
};

static_assert(sizeof(struct kdp_disk_journal) == 112);
#define KDP_JOURNAL_PAYLOAD	(KDP_BLOCK_SIZE - 112u)
#define KDP_MAX_PARTS		64u	/* blocks of one commit */

enum kdp_record_type {
	KDP_RECORD_CREATE = 1,	/* a volume without mappings */
	KDP_RECORD_REMOVE,	/* a volume and all it maps */
	KDP_RECORD_MAP,		/* one extent more */
	KDP_RECORD_WRITTEN,	/* chunks are no longer unwritten */
	KDP_RECORD_UNMAP,	/* chunks become holes, and free */
	KDP_RECORD_UNWRITTEN,	/* chunks read as zeros again */
	KDP_RECORD_SET,		/* name and owner of a volume, as they are now */
};

struct kdp_disk_record {
	__le16 type;
	__le16 size;		/* of the whole record, bytes, a multiple of 8 */
	__le32 reserved;
};

static_assert(sizeof(struct kdp_disk_record) == 8);

#define KDP_VOLUME_THIN		0x1u

struct kdp_disk_volume {
	__le64 id;
	__le64 sectors;
	__le64 created;
	__le64 pid_start;	/* owner's start time, clock ticks since boot */
	__le32 flags;
	__le32 birth;
	__le32 uid;
	__le32 pid;		/* 0: no owning process, the volume is kept */
	__le64 parent;
	__u8 boot_id[KDP_UUID_SIZE];
	char name[KDP_VOLUME_NAME_SIZE];
	char session[KDP_SESSION_SIZE];
	char tags[KDP_TAGS_SIZE];
	__u8 reserved[16];
};

static_assert(sizeof(struct kdp_disk_volume) == 256);

#define KDP_EXTENT_UNWRITTEN	0x01000000u
#define KDP_EXTENT_COUNT_MASK	0x00ffffffu

/* A run of chunks; count in the low 24 bits of count_flags. */
struct kdp_disk_extent {
	__le32 logical;
	__le32 physical;
	__le32 count_flags;
	__le32 birth;
};

static_assert(sizeof(struct kdp_disk_extent) == 16);

/* also for set */
struct kdp_disk_record_create {
	struct kdp_disk_record r;
	struct kdp_disk_volume volume;
};

struct kdp_disk_record_remove {
	struct kdp_disk_record r;
	__le64 volume;
};

/* also for the others of a range, where physical and birth are zero */
struct kdp_disk_record_map {
	struct kdp_disk_record r;
	__le64 volume;
	struct kdp_disk_extent extent;
};

static_assert(sizeof(struct kdp_disk_record_create) == 264);
static_assert(sizeof(struct kdp_disk_record_remove) == 16);
static_assert(sizeof(struct kdp_disk_record_map) == 32);

/* A checkpoint is a stream: head, bitmap, volumes, maps. */
struct kdp_disk_ckpt_head {
	struct kdp_disk_header h;
	__le64 next_volume;
	__le32 nr_volumes;
	__le32 nr_bitmap;	/* blocks of each kind that follow */
	__le32 nr_volume_blocks;
	__le32 nr_map_blocks;
	__le32 reserved[2];
};

static_assert(sizeof(struct kdp_disk_ckpt_head) == 96);

#define KDP_BITMAP_WORDS	500u
#define KDP_BITMAP_BITS		(KDP_BITMAP_WORDS * 64u)

/* Bit set: chunk in use.  Blocks without a bit set are left out. */
struct kdp_disk_ckpt_bitmap {
	struct kdp_disk_header h;
	__le32 first;		/* chunk of the first bit / KDP_BITMAP_BITS */
	__le32 reserved[3];
	__le64 words[KDP_BITMAP_WORDS];
	__u8 pad[16];
};

static_assert(sizeof(struct kdp_disk_ckpt_bitmap) == KDP_BLOCK_SIZE);

#define KDP_VOLUMES_PER_BLOCK	15u

struct kdp_disk_ckpt_volumes {
	struct kdp_disk_header h;
	__le32 count;
	__le32 reserved[3];
	struct kdp_disk_volume volume[KDP_VOLUMES_PER_BLOCK];
	__u8 pad[176];
};

static_assert(sizeof(struct kdp_disk_ckpt_volumes) == KDP_BLOCK_SIZE);

#define KDP_EXTENTS_PER_BLOCK	251u

/* Extents of one volume, ascending; a volume may have several blocks. */
struct kdp_disk_ckpt_map {
	struct kdp_disk_header h;
	__le64 volume;
	__le32 count;
	__le32 reserved;
	struct kdp_disk_extent extent[KDP_EXTENTS_PER_BLOCK];
};

static_assert(sizeof(struct kdp_disk_ckpt_map) == KDP_BLOCK_SIZE);

#endif
