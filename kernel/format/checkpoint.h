/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The payload of checkpoint blocks.  The blocks are filled in place by the
 * kdp_ckpt_*_init() and add functions, sealed by kdp_ckpt_seal() for each
 * replica, and read back by the get functions after kdp_ckpt_verify().  Pure
 * functions, any context.
 */
#ifndef KDP_FORMAT_CHECKPOINT_H
#define KDP_FORMAT_CHECKPOINT_H

#include "format/record.h"
#include "format/super.h"

struct kdp_ckpt_head {
	u64 next_volume;
	u32 nr_volumes;
	u32 nr_bitmap;
	u32 nr_volume_blocks;
	u32 nr_map_blocks;
};

/* Seal block @index of the stream that @ref describes, for replica @r. */
void kdp_ckpt_seal(void *block, u16 type, const struct kdp_super *s,
		   const struct kdp_checkpoint_ref *ref, u32 r, u32 index);

/* Is @block what replica @r should have at @index?  *@type is its kind. */
enum kdp_fault kdp_ckpt_verify(const void *block, const struct kdp_super *s,
			       u32 r, u32 index, u16 *type);

/* Of all that is the same in every replica's copy but what the header says. */
u32 kdp_ckpt_digest(const void *block, u16 type);

void kdp_ckpt_head_put(void *block, const struct kdp_ckpt_head *head);
enum kdp_fault kdp_ckpt_head_get(const void *block, struct kdp_ckpt_head *head);

/* @words: KDP_BITMAP_WORDS words in host order, bit n of word w is w*64+n. */
void kdp_ckpt_bitmap_put(void *block, u32 first, const u64 *words);
enum kdp_fault kdp_ckpt_bitmap_get(const void *block, u32 *first, u64 *words);

void kdp_ckpt_volumes_init(void *block);
/* False when the block is full. */
bool kdp_ckpt_volumes_add(void *block, const struct kdp_volume_info *v);
enum kdp_fault kdp_ckpt_volumes_count(const void *block, u32 *count);
enum kdp_fault kdp_ckpt_volumes_get(const void *block, u32 i,
				    struct kdp_volume_info *v);

void kdp_ckpt_map_init(void *block, u64 volume);
bool kdp_ckpt_map_add(void *block, const struct kdp_extent *e);
enum kdp_fault kdp_ckpt_map_count(const void *block, u64 *volume, u32 *count);
enum kdp_fault kdp_ckpt_map_get(const void *block, u32 i, struct kdp_extent *e);

#endif
