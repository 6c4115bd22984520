// SPDX-License-Identifier: GPL-2.0-only
#include <linux/crc32c.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "format/checkpoint.h"

void kdp_ckpt_seal(void *block, u16 type, const struct kdp_super *s,
		   const struct kdp_checkpoint_ref *ref, u32 r, u32 index)
{
	struct kdp_block_id id = {
		.type = type,
		.replica = r,
		.index = index,
		.block = kdp_slot_block(&s->geometry, r, ref->slot, index),
		.epoch = ref->epoch,
		.sequence = ref->sequence,
	};

	memcpy(id.uuid, s->uuid, KDP_UUID_SIZE);
	kdp_block_seal(block, &id);
}

enum kdp_fault kdp_ckpt_verify(const void *block, const struct kdp_super *s,
			       u32 r, u32 index, u16 *type)
{
	const struct kdp_checkpoint_ref *ref = &s->checkpoint;
	u64 address = kdp_slot_block(&s->geometry, r, ref->slot, index);
	struct kdp_block_id id;
	enum kdp_fault fault;

	kdp_block_id_get(block, &id);
	if (id.type < KDP_BLOCK_CKPT_HEAD || id.type > KDP_BLOCK_CKPT_MAP)
		return kdp_block_intact(block) ?: KDP_BAD_TYPE;
	fault = kdp_block_verify(block, id.type, r, address, s->uuid);
	if (fault)
		return fault;
	if (id.epoch != ref->epoch)
		return KDP_BAD_EPOCH;
	if (id.sequence != ref->sequence)
		return KDP_BAD_SEQUENCE;
	if (id.index != index)
		return KDP_BAD_INDEX;
	if (id.nonce)
		return KDP_BAD_RESERVED;
	*type = id.type;
	return KDP_OK;
}

u32 kdp_ckpt_digest(const void *block, u16 type)
{
	const size_t skip = sizeof(struct kdp_disk_header);

	return crc32c(type, (const u8 *)block + skip, KDP_BLOCK_SIZE - skip);
}

void kdp_ckpt_head_put(void *block, const struct kdp_ckpt_head *head)
{
	struct kdp_disk_ckpt_head *d = block;

	memset(block, 0, KDP_BLOCK_SIZE);
	d->next_volume = cpu_to_le64(head->next_volume);
	d->nr_volumes = cpu_to_le32(head->nr_volumes);
	d->nr_bitmap = cpu_to_le32(head->nr_bitmap);
	d->nr_volume_blocks = cpu_to_le32(head->nr_volume_blocks);
	d->nr_map_blocks = cpu_to_le32(head->nr_map_blocks);
}

enum kdp_fault kdp_ckpt_head_get(const void *block, struct kdp_ckpt_head *head)
{
	const struct kdp_disk_ckpt_head *d = block;

	if (!kdp_is_zero(d->reserved, sizeof(d->reserved)) ||
	    !kdp_is_zero((const u8 *)block + sizeof(*d),
			 KDP_BLOCK_SIZE - sizeof(*d)))
		return KDP_BAD_RESERVED;
	head->next_volume = le64_to_cpu(d->next_volume);
	head->nr_volumes = le32_to_cpu(d->nr_volumes);
	head->nr_bitmap = le32_to_cpu(d->nr_bitmap);
	head->nr_volume_blocks = le32_to_cpu(d->nr_volume_blocks);
	head->nr_map_blocks = le32_to_cpu(d->nr_map_blocks);
	if (!head->next_volume || head->next_volume > KDP_MAX_COUNT)
		return KDP_BAD_VOLUME;
	return KDP_OK;
}

void kdp_ckpt_bitmap_put(void *block, u32 first, const u64 *words)
{
	struct kdp_disk_ckpt_bitmap *d = block;
	u32 i;

	memset(block, 0, KDP_BLOCK_SIZE);
	d->first = cpu_to_le32(first);
	for (i = 0; i < KDP_BITMAP_WORDS; i++)
		d->words[i] = cpu_to_le64(words[i]);
}

enum kdp_fault kdp_ckpt_bitmap_get(const void *block, u32 *first, u64 *words)
{
	const struct kdp_disk_ckpt_bitmap *d = block;
	u32 i;

	if (!kdp_is_zero(d->reserved, sizeof(d->reserved)) ||
	    !kdp_is_zero(d->pad, sizeof(d->pad)))
		return KDP_BAD_RESERVED;
	*first = le32_to_cpu(d->first);
	for (i = 0; i < KDP_BITMAP_WORDS; i++)
		words[i] = le64_to_cpu(d->words[i]);
	return KDP_OK;
}

void kdp_ckpt_volumes_init(void *block)
{
	memset(block, 0, KDP_BLOCK_SIZE);
}

bool kdp_ckpt_volumes_add(void *block, const struct kdp_volume_info *v)
{
	struct kdp_disk_ckpt_volumes *d = block;
	u32 count = le32_to_cpu(d->count);

	if (count >= KDP_VOLUMES_PER_BLOCK)
		return false;
	kdp_volume_encode(v, &d->volume[count]);
	d->count = cpu_to_le32(count + 1);
	return true;
}

enum kdp_fault kdp_ckpt_volumes_count(const void *block, u32 *count)
{
	const struct kdp_disk_ckpt_volumes *d = block;

	if (le32_to_cpu(d->count) > KDP_VOLUMES_PER_BLOCK)
		return KDP_BAD_COUNT;
	if (!kdp_is_zero(d->reserved, sizeof(d->reserved)))
		return KDP_BAD_RESERVED;
	*count = le32_to_cpu(d->count);
	return KDP_OK;
}

enum kdp_fault kdp_ckpt_volumes_get(const void *block, u32 i,
				    struct kdp_volume_info *v)
{
	const struct kdp_disk_ckpt_volumes *d = block;

	return kdp_volume_decode(&d->volume[i], v);
}

void kdp_ckpt_map_init(void *block, u64 volume)
{
	struct kdp_disk_ckpt_map *d = block;

	memset(block, 0, KDP_BLOCK_SIZE);
	d->volume = cpu_to_le64(volume);
}

bool kdp_ckpt_map_add(void *block, const struct kdp_extent *e)
{
	struct kdp_disk_ckpt_map *d = block;
	u32 count = le32_to_cpu(d->count);

	if (count >= KDP_EXTENTS_PER_BLOCK)
		return false;
	kdp_extent_encode(e, &d->extent[count]);
	d->count = cpu_to_le32(count + 1);
	return true;
}

enum kdp_fault kdp_ckpt_map_count(const void *block, u64 *volume, u32 *count)
{
	const struct kdp_disk_ckpt_map *d = block;

	if (d->reserved)
		return KDP_BAD_RESERVED;
	if (le32_to_cpu(d->count) > KDP_EXTENTS_PER_BLOCK)
		return KDP_BAD_COUNT;
	*volume = le64_to_cpu(d->volume);
	*count = le32_to_cpu(d->count);
	return KDP_OK;
}

enum kdp_fault kdp_ckpt_map_get(const void *block, u32 i, struct kdp_extent *e)
{
	const struct kdp_disk_ckpt_map *d = block;

	return kdp_extent_decode(&d->extent[i], e);
}
