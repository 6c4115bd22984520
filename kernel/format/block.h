/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The header that every metadata block bears.  Pure functions, any context.
 * A block is KDP_BLOCK_SIZE bytes, aligned to 8.
 */
#ifndef KDP_FORMAT_BLOCK_H
#define KDP_FORMAT_BLOCK_H

#include "format/disk.h"
#include "format/fault.h"

/* A header in host order; it says what a block is or is expected to be. */
struct kdp_block_id {
	u8 uuid[KDP_UUID_SIZE];
	u64 block;		/* own address, in 4 KiB blocks */
	u64 epoch;
	u64 sequence;
	u64 nonce;
	u32 index;
	u16 type;
	u8 replica;
};

/* Write the header and, last, the checksum over the finished block. */
void kdp_block_seal(void *block, const struct kdp_block_id *id);

/* Header to host order, unchecked. */
void kdp_block_id_get(const void *block, struct kdp_block_id *id);

/* Magic and checksum: did somebody of us write these bytes, all of them? */
enum kdp_fault kdp_block_intact(const void *block);

/*
 * Intact, and of the wanted type, replica, address and pool.  Epoch, sequence,
 * nonce and index are left to the caller.
 */
enum kdp_fault kdp_block_verify(const void *block, u16 type, u8 replica,
				u64 address, const u8 *uuid);

/* True if all @size bytes at @p are zero. */
bool kdp_is_zero(const void *p, size_t size);

/* A well mixed 64-bit value; a bijection. */
u64 kdp_mix64(u64 x);

#endif
