// SPDX-License-Identifier: GPL-2.0-only
/*
 * Load the checkpoint that the superblock names, block by block from whichever
 * replica has it valid.  All five copies are read and verified, so that the
 * report tells what must be healed.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "store/private.h"

struct kdp_load {
	struct kdp_ckpt_head head;
	u32 nr_bitmap;
	u32 nr_volume_blocks;
	u32 nr_map_blocks;
	u64 words[KDP_BITMAP_WORDS];
};

static u64 kdp_slot_address(const struct kdp_store *s, u32 r, u32 i)
{
	return kdp_slot_block(&s->super.geometry, r, s->super.checkpoint.slot,
			      i);
}

static enum kdp_fault kdp_load_head(struct kdp_store *s, struct kdp_load *l,
				    const void *block)
{
	enum kdp_fault fault = kdp_ckpt_head_get(block, &l->head);

	if (fault)
		return fault;
	if (1ull + l->head.nr_bitmap + l->head.nr_volume_blocks +
	    l->head.nr_map_blocks != s->super.checkpoint.nr_blocks)
		return KDP_BAD_COUNT;
	return KDP_OK;
}

static enum kdp_fault kdp_load_bitmap(struct kdp_store *s, struct kdp_load *l,
				      const void *block)
{
	struct kdp_space *space = &s->model.space;
	u32 first, i, base;
	enum kdp_fault fault = kdp_ckpt_bitmap_get(block, &first, l->words);

	l->nr_bitmap++;
	if (fault)
		return fault;
	if (first > space->nr_words / KDP_BITMAP_WORDS)
		return KDP_BAD_INDEX;
	base = first * KDP_BITMAP_WORDS;
	for (i = 0; i < KDP_BITMAP_WORDS; i++) {
		if (!l->words[i])
			continue;
		if (base + i >= space->nr_words)
			return KDP_BAD_EXTENT;
		space->used[base + i] |= l->words[i];
	}
	return KDP_OK;
}

static enum kdp_fault kdp_load_volumes(struct kdp_store *s, struct kdp_load *l,
				       const void *block, int *err)
{
	struct kdp_volume_info info;
	enum kdp_fault fault;
	u32 i, count;

	l->nr_volume_blocks++;
	fault = kdp_ckpt_volumes_count(block, &count);
	for (i = 0; !fault && i < count; i++) {
		fault = kdp_ckpt_volumes_get(block, i, &info);
		if (!fault && info.id >= l->head.next_volume)
			fault = KDP_BAD_VOLUME;
		if (!fault)
			fault = kdp_model_load_volume(&s->model, &info, err);
	}
	return fault;
}

static enum kdp_fault kdp_load_map(struct kdp_store *s, struct kdp_load *l,
				   const void *block, int *err)
{
	struct kdp_extent e;
	enum kdp_fault fault;
	u64 volume;
	u32 i, count;

	l->nr_map_blocks++;
	fault = kdp_ckpt_map_count(block, &volume, &count);
	for (i = 0; !fault && i < count; i++) {
		fault = kdp_ckpt_map_get(block, i, &e);
		if (!fault)
			fault = kdp_model_load_extent(&s->model, volume, &e,
						      err);
	}
	return fault;
}

static enum kdp_fault kdp_load_block(struct kdp_store *s, struct kdp_load *l,
				     const void *block, u32 index, u16 type,
				     int *err)
{
	if (!index && type != KDP_BLOCK_CKPT_HEAD)
		return KDP_BAD_TYPE;
	switch (type) {
	case KDP_BLOCK_CKPT_HEAD:
		return index ? KDP_BAD_TYPE : kdp_load_head(s, l, block);
	case KDP_BLOCK_CKPT_BITMAP:
		return kdp_load_bitmap(s, l, block);
	case KDP_BLOCK_CKPT_VOLUMES:
		return kdp_load_volumes(s, l, block, err);
	default:
		return kdp_load_map(s, l, block, err);
	}
}

/* The five copies of a block. */
struct kdp_copies {
	enum kdp_fault fault[KDP_REPLICAS];
	u16 type[KDP_REPLICAS];
	u32 digest[KDP_REPLICAS];
};

static void kdp_look_at_copies(struct kdp_store *s, u32 index, u32 i,
			       struct kdp_copies *c)
{
	u32 r;

	for (r = 0; r < KDP_REPLICAS; r++) {
		const void *block = kdp_io_block(s, r, i);

		c->fault[r] = KDP_BAD_CHECKSUM;
		if (!kdp_read_error(s, r, i))
			c->fault[r] = kdp_ckpt_verify(block, &s->super, r,
						      index, &c->type[r]);
		if (!c->fault[r])
			c->digest[r] = kdp_ckpt_digest(block, c->type[r]);
	}
}

/* Of valid copies that are not the same the one that most replicas have. */
static u32 kdp_elect_copy(const struct kdp_copies *c)
{
	u32 r, other, votes, most = 0, best = KDP_REPLICAS;

	for (r = 0; r < KDP_REPLICAS; r++) {
		votes = 0;
		for (other = 0; other < KDP_REPLICAS; other++)
			votes += !c->fault[r] && !c->fault[other] &&
				 c->digest[r] == c->digest[other];
		if (votes > most) {
			most = votes;
			best = r;
		}
	}
	return best;
}

/* A valid copy of block @index, of those just read; NULL: none. */
static const void *kdp_pick_copy(struct kdp_store *s, u32 index, u32 i,
				 u16 *type)
{
	struct kdp_copies c;
	u32 r, best;

	kdp_look_at_copies(s, index, i, &c);
	best = kdp_elect_copy(&c);
	for (r = 0; r < KDP_REPLICAS; r++) {
		if (!c.fault[r] && c.digest[r] != c.digest[best])
			c.fault[r] = KDP_BAD_CONTENT;
		if (!c.fault[r])
			continue;
		s->report.replica[r].checkpoint_bad++;
		kdp_report_fault(s, r, kdp_slot_address(s, r, index),
				 c.fault[r]);
	}
	if (best == KDP_REPLICAS)
		return NULL;
	*type = c.type[best];
	s->digests[s->super.checkpoint.slot][index] = c.digest[best];
	return kdp_io_block(s, best, i);
}

static int kdp_load_one(struct kdp_store *s, struct kdp_load *l, u32 index,
			u32 i)
{
	enum kdp_fault fault;
	const void *block;
	u16 type = 0;
	int err = 0;

	block = kdp_pick_copy(s, index, i, &type);
	if (!block)
		return kdp_explain(s, -EUCLEAN,
			"checkpoint: block %u is damaged in all five copies; run \"kdevpool-admin check\" on the device",
			index);
	fault = kdp_load_block(s, l, block, index, type, &err);
	if (err)
		return err;
	if (fault)
		return kdp_explain(s, -EUCLEAN,
			"checkpoint: block %u: %s, in all copies", index,
			kdp_fault_name(fault));
	return 0;
}

static int kdp_load_stream(struct kdp_store *s, struct kdp_load *l)
{
	u32 n = s->super.checkpoint.nr_blocks;
	u32 first, i, part;
	int err;

	for (first = 0; first < n; first += part) {
		part = min(n - first, KDP_WINDOW);
		kdp_replicas_read(s, first, part, kdp_slot_address);
		for (i = 0; i < part; i++) {
			err = kdp_load_one(s, l, first + i, i);
			if (err)
				return err;
		}
	}
	if (l->nr_bitmap != l->head.nr_bitmap ||
	    l->nr_volume_blocks != l->head.nr_volume_blocks ||
	    l->nr_map_blocks != l->head.nr_map_blocks ||
	    s->model.nr_volumes != l->head.nr_volumes)
		return kdp_explain(s, -EUCLEAN,
			"checkpoint: its blocks are not those that its head counts");
	s->model.next_volume = l->head.next_volume;
	return 0;
}

static int kdp_digests_init(struct kdp_store *s)
{
	u32 i;

	for (i = 0; i < KDP_CHECKPOINT_SLOTS; i++) {
		s->digests[i] = kvcalloc(s->super.geometry.slot_blocks,
					 sizeof(u32), GFP_KERNEL);
		if (!s->digests[i])
			return -ENOMEM;
	}
	return 0;
}

int kdp_load_checkpoint(struct kdp_store *s)
{
	struct kdp_load *l;
	int err;

	err = kdp_model_init(&s->model, &s->super.geometry);
	if (!err)
		err = kdp_digests_init(s);
	if (err)
		return err;
	l = kvzalloc(sizeof(*l), GFP_KERNEL);
	if (!l)
		return -ENOMEM;
	err = kdp_load_stream(s, l);
	kvfree(l);
	return err;
}

u32 kdp_store_loaded(const struct kdp_store *s, u32 index)
{
	return s->digests[s->super.checkpoint.slot][index];
}
