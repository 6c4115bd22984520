// SPDX-License-Identifier: GPL-2.0-only
#include <linux/crc32c.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "format/journal.h"

void kdp_journal_seal(const struct kdp_journal_info *info, const u8 *uuid,
		      u8 r, u64 address, void *block)
{
	struct kdp_disk_journal *d = block;
	struct kdp_block_id id = {
		.type = KDP_BLOCK_JOURNAL,
		.replica = r,
		.block = address,
		.epoch = info->epoch,
		.sequence = info->sequence,
		.nonce = info->nonce,
	};

	memcpy(id.uuid, uuid, KDP_UUID_SIZE);
	d->pos = cpu_to_le64(info->pos);
	d->prev_chain = cpu_to_le64(info->prev_chain);
	d->chain = cpu_to_le64(info->chain);
	d->part = cpu_to_le16(info->part);
	d->nr_parts = cpu_to_le16(info->nr_parts);
	d->used = cpu_to_le32(info->used);
	memset(d->reserved, 0, sizeof(d->reserved));
	memset((u8 *)kdp_journal_payload(block) + info->used, 0,
	       KDP_JOURNAL_PAYLOAD - info->used);
	kdp_block_seal(block, &id);
}

static enum kdp_fault kdp_journal_check(const struct kdp_disk_journal *d,
					const struct kdp_journal_info *i)
{
	if (d->h.index || !kdp_is_zero(d->reserved, sizeof(d->reserved)))
		return KDP_BAD_RESERVED;
	if (!i->epoch || i->epoch > KDP_MAX_COUNT)
		return KDP_BAD_EPOCH;
	if (!i->sequence || i->sequence > KDP_MAX_COUNT ||
	    i->pos > KDP_MAX_COUNT)
		return KDP_BAD_SEQUENCE;
	if (!i->nr_parts || i->nr_parts > KDP_MAX_PARTS ||
	    i->part >= i->nr_parts)
		return KDP_BAD_COUNT;
	if (i->used > KDP_JOURNAL_PAYLOAD)
		return KDP_BAD_RECORD;
	return KDP_OK;
}

enum kdp_fault kdp_journal_decode(const void *block, const u8 *uuid, u8 r,
				  u64 address, struct kdp_journal_info *info)
{
	const struct kdp_disk_journal *d = block;
	struct kdp_journal_info t;
	enum kdp_fault fault;

	fault = kdp_block_verify(block, KDP_BLOCK_JOURNAL, r, address, uuid);
	if (fault)
		return fault;
	t.epoch = le64_to_cpu(d->h.epoch);
	t.nonce = le64_to_cpu(d->h.nonce);
	t.sequence = le64_to_cpu(d->h.sequence);
	t.pos = le64_to_cpu(d->pos);
	t.prev_chain = le64_to_cpu(d->prev_chain);
	t.chain = le64_to_cpu(d->chain);
	t.part = le16_to_cpu(d->part);
	t.nr_parts = le16_to_cpu(d->nr_parts);
	t.used = le32_to_cpu(d->used);
	fault = kdp_journal_check(d, &t);
	if (!fault)
		*info = t;
	return fault;
}

u32 kdp_journal_digest(void *block, u32 used)
{
	return crc32c(used, kdp_journal_payload(block), used);
}

u64 kdp_chain_start(const u8 *uuid)
{
	return kdp_mix64(crc32c(~0u, uuid, KDP_UUID_SIZE));
}

u64 kdp_chain_begin(u64 prev, u64 epoch, u64 nonce, u64 sequence, u32 nr_parts)
{
	u64 chain = kdp_mix64(prev + kdp_mix64(epoch));

	chain = kdp_mix64(chain ^ nonce);
	return kdp_mix64(chain + (sequence << 8) + nr_parts);
}

u64 kdp_chain_feed(u64 chain, const void *records, u32 used)
{
	u64 crc = crc32c(~0u, records, used);

	return kdp_mix64(chain ^ (crc << 32 | used));
}
