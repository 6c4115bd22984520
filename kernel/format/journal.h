/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Journal blocks and the chain of commits.  Pure functions, any context.
 *
 * Each commit carries the chain hash after it, over what is the same on all
 * replicas: the chain before it, epoch, nonce, sequence and the records of all
 * its blocks.
 */
#ifndef KDP_FORMAT_JOURNAL_H
#define KDP_FORMAT_JOURNAL_H

#include "format/block.h"

struct kdp_journal_info {
	u64 epoch;
	u64 nonce;
	u64 sequence;
	u64 pos;
	u64 prev_chain;
	u64 chain;
	u16 part;
	u16 nr_parts;
	u32 used;
};

/*
 * Is it the same block of the same commit?  The chain stands for the records,
 * so @used is not looked at.
 */
static inline bool kdp_journal_same(const struct kdp_journal_info *a,
				    const struct kdp_journal_info *b)
{
	return a->epoch == b->epoch && a->nonce == b->nonce &&
	       a->sequence == b->sequence && a->pos == b->pos &&
	       a->prev_chain == b->prev_chain && a->chain == b->chain &&
	       a->part == b->part && a->nr_parts == b->nr_parts;
}

/* Where the records are in a journal block of KDP_BLOCK_SIZE bytes. */
static inline void *kdp_journal_payload(void *block)
{
	return (u8 *)block + sizeof(struct kdp_disk_journal);
}

/*
 * Fill everything but the records, zero what is behind them and seal the
 * block for replica @r at @address.
 */
void kdp_journal_seal(const struct kdp_journal_info *info, const u8 *uuid,
		      u8 r, u64 address, void *block);

/* Check a block read from @address as replica @r's; *@info only on KDP_OK. */
enum kdp_fault kdp_journal_decode(const void *block, const u8 *uuid, u8 r,
				  u64 address, struct kdp_journal_info *info);

/* Of the records, as they are in a block that was read or is to be sealed. */
u32 kdp_journal_digest(void *block, u32 used);

/* The chain at the birth of a pool, and of an epoch's first commit on. */
u64 kdp_chain_start(const u8 *uuid);

/* Begin the hash of a commit; then feed each block's records in order. */
u64 kdp_chain_begin(u64 prev, u64 epoch, u64 nonce, u64 sequence, u32 nr_parts);
u64 kdp_chain_feed(u64 chain, const void *records, u32 used);

#endif
