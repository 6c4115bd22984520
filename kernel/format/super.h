/* SPDX-License-Identifier: GPL-2.0-only */
/* The superblock.  Pure functions, any context. */
#ifndef KDP_FORMAT_SUPER_H
#define KDP_FORMAT_SUPER_H

#include "format/block.h"
#include "format/geometry.h"

struct kdp_checkpoint_ref {
	u32 slot;
	u32 nr_blocks;
	u64 epoch;
	u64 sequence;
	u64 chain;
	u64 journal_pos;
};

struct kdp_super {
	u8 uuid[KDP_UUID_SIZE];
	char name[KDP_POOL_NAME_SIZE];	/* NUL terminated */
	u64 epoch;
	u64 sequence;		/* of superblock writes; orders within an epoch */
	u64 nonce;
	u32 flags;		/* KDP_SUPER_* */
	u64 compat;
	u64 ro_compat;
	u64 incompat;
	struct kdp_geometry geometry;
	struct kdp_checkpoint_ref checkpoint;
	u64 start_sequence;
	u64 start_chain;
	u64 created;
	u64 activated;
	u8 machine_id[KDP_UUID_SIZE];
	char host[KDP_HOST_SIZE];	/* NUL terminated */
	char serial[KDP_SERIAL_SIZE];	/* NUL terminated */
};

/* Fill and seal a block for slot @slot of replica @r. */
void kdp_super_encode(const struct kdp_super *s, u32 r, u32 slot, void *block);

/*
 * Check and decode a block that was read from @address as replica @r's.
 * *@s is changed only on KDP_OK.
 */
enum kdp_fault kdp_super_decode(const void *block, u32 r, u64 address,
				struct kdp_super *s);

/* Below, equal, above zero as @a is older, as old, newer than @b. */
int kdp_super_compare(const struct kdp_super *a, const struct kdp_super *b);

#endif
