// SPDX-License-Identifier: GPL-2.0-only
#include <linux/crc32c.h>
#include <linux/kernel.h>
#include <linux/stddef.h>
#include <linux/string.h>

#include "format/block.h"

#define KDP_CSUM_OFFSET	offsetof(struct kdp_disk_header, checksum)

static u32 kdp_block_checksum(const void *block)
{
	static const u8 zero[4];
	const u8 *p = block;
	u32 crc;

	crc = crc32c(~0u, p, KDP_CSUM_OFFSET);
	crc = crc32c(crc, zero, sizeof(zero));
	return ~crc32c(crc, p + KDP_CSUM_OFFSET + sizeof(zero),
		       KDP_BLOCK_SIZE - KDP_CSUM_OFFSET - sizeof(zero));
}

void kdp_block_seal(void *block, const struct kdp_block_id *id)
{
	struct kdp_disk_header *h = block;

	h->magic = cpu_to_le32(KDP_MAGIC);
	h->type = cpu_to_le16(id->type);
	h->replica = id->replica;
	h->reserved0 = 0;
	h->index = cpu_to_le32(id->index);
	memcpy(h->uuid, id->uuid, KDP_UUID_SIZE);
	h->block = cpu_to_le64(id->block);
	h->epoch = cpu_to_le64(id->epoch);
	h->sequence = cpu_to_le64(id->sequence);
	h->nonce = cpu_to_le64(id->nonce);
	h->checksum = cpu_to_le32(kdp_block_checksum(block));
}

void kdp_block_id_get(const void *block, struct kdp_block_id *id)
{
	const struct kdp_disk_header *h = block;

	id->type = le16_to_cpu(h->type);
	id->replica = h->replica;
	id->index = le32_to_cpu(h->index);
	memcpy(id->uuid, h->uuid, KDP_UUID_SIZE);
	id->block = le64_to_cpu(h->block);
	id->epoch = le64_to_cpu(h->epoch);
	id->sequence = le64_to_cpu(h->sequence);
	id->nonce = le64_to_cpu(h->nonce);
}

enum kdp_fault kdp_block_intact(const void *block)
{
	const struct kdp_disk_header *h = block;

	if (le32_to_cpu(h->magic) != KDP_MAGIC)
		return KDP_BAD_MAGIC;
	if (le32_to_cpu(h->checksum) != kdp_block_checksum(block))
		return KDP_BAD_CHECKSUM;
	return KDP_OK;
}

enum kdp_fault kdp_block_verify(const void *block, u16 type, u8 replica,
				u64 address, const u8 *uuid)
{
	const struct kdp_disk_header *h = block;
	enum kdp_fault fault = kdp_block_intact(block);

	if (fault)
		return fault;
	if (le16_to_cpu(h->type) != type)
		return KDP_BAD_TYPE;
	if (h->reserved0)
		return KDP_BAD_RESERVED;
	if (h->replica != replica)
		return KDP_BAD_REPLICA;
	if (le64_to_cpu(h->block) != address)
		return KDP_BAD_ADDRESS;
	if (memcmp(h->uuid, uuid, KDP_UUID_SIZE))
		return KDP_BAD_UUID;
	return KDP_OK;
}

bool kdp_is_zero(const void *p, size_t size)
{
	return !memchr_inv(p, 0, size);
}

u64 kdp_mix64(u64 x)
{
	x ^= x >> 32;
	x *= 0x9fb21c651e98df25ull;
	x ^= x >> 29;
	x *= 0xd6e8feb86659fd93ull;
	return x ^ (x >> 32);
}
