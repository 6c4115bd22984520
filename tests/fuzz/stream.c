// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mutations of checkpoints that keep the counts right: in the head, in the
 * superblock, in the blocks of volumes and maps.
 */
#include <string.h>

#include <linux/kernel.h>
#include <linux/stddef.h>

#include "case.h"

/* The array in a block of volumes or of a map. */
struct entries {
	u8 *first;
	u32 size;		/* of one */
	u32 max;
	u32 count;
	__le32 *on_disk;
};

static bool entries_of(u8 *block, struct entries *e)
{
	struct kdp_disk_ckpt_volumes *v = (void *)block;
	struct kdp_disk_ckpt_map *m = (void *)block;

	switch (le16_to_cpu(v->h.type)) {
	case KDP_BLOCK_CKPT_VOLUMES:
		*e = (struct entries){ (u8 *)v->volume, sizeof(v->volume[0]),
				       KDP_VOLUMES_PER_BLOCK, 0, &v->count };
		break;
	case KDP_BLOCK_CKPT_MAP:
		*e = (struct entries){ (u8 *)m->extent, sizeof(m->extent[0]),
				       KDP_EXTENTS_PER_BLOCK, 0, &m->count };
		break;
	default:
		return false;
	}
	e->count = min(le32_to_cpu(*e->on_disk), e->max);
	return true;
}

static u8 *entry(const struct entries *e, u32 i)
{
	return e->first + (size_t)i * e->size;
}

/* Another volume or extent than the one that is there. */
static void entry_vary(struct fcase *c, const struct entries *e, u32 i)
{
	struct kdp_disk_volume *v = (void *)entry(e, i);
	struct kdp_disk_extent *x = (void *)entry(e, i);
	u32 chunks = c->base->super.geometry.nr_chunks;

	if (e->max == KDP_VOLUMES_PER_BLOCK) {
		v->id = cpu_to_le64(rng_below(&c->rng, c->next_volume + 1));
		if (rng_percent(&c->rng, 80))
			v->name[0] = 'a' + rng_below(&c->rng, 26);
		if (rng_percent(&c->rng, 50))
			v->sectors = cpu_to_le64(value_any(c,
						le64_to_cpu(v->sectors),
						sizeof(u64)));
		return;
	}
	x->logical = cpu_to_le32(le32_to_cpu(x->logical) +
				 rng_below(&c->rng, 3));
	x->physical = cpu_to_le32(rng_below(&c->rng, chunks));
	if (rng_percent(&c->rng, 50))
		x->count_flags = cpu_to_le32(1 + rng_below(&c->rng, 4));
}

static void entries_change(struct fcase *c, struct entries *e)
{
	u32 i = rng_below(&c->rng, e->count), k = rng_below(&c->rng, e->count);
	u8 keep[sizeof(struct kdp_disk_volume)];

	switch (rng_below(&c->rng, 4)) {
	case 0:
		memcpy(keep, entry(e, i), e->size);
		memcpy(entry(e, i), entry(e, k), e->size);
		memcpy(entry(e, k), keep, e->size);
		break;
	case 1:
		e->count--;
		memmove(entry(e, i), entry(e, i + 1), (e->count - i) * e->size);
		memset(entry(e, e->count), 0, e->size);
		break;
	case 2:
		if (e->count < e->max)
			k = e->count++;
		memcpy(entry(e, k), entry(e, i), e->size);
		if (rng_percent(&c->rng, 70))
			entry_vary(c, e, k);
		break;
	default:
		entry_vary(c, e, i);
	}
}

/* Add to counts of the head and of the superblocks that name the checkpoint. */
static void add_to_head(struct fcase *c, u32 offset, u32 n)
{
	struct place p = { AREA_CHECKPOINT, c->base->super.checkpoint.slot, 0 };
	u32 r;

	for (r = 0; r < KDP_REPLICAS; r++) {
		__le32 *count = (void *)(place_edit(c, &p, r) + offset);

		if (case_has(c, r))
			*count = cpu_to_le32(le32_to_cpu(*count) + n);
	}
}

static void set_nr_blocks(struct fcase *c, u32 n)
{
	struct place p = { AREA_SUPER, 0, 0 };
	struct kdp_disk_super *s;
	u32 r;

	for (p.index = 0; p.index < KDP_SUPER_SLOTS; p.index++) {
		for (r = 0; r < KDP_REPLICAS; r++) {
			s = (void *)place_edit(c, &p, r);
			if (case_has(c, r) &&
			    le32_to_cpu(s->checkpoint.slot) ==
			    c->base->super.checkpoint.slot)
				s->checkpoint.nr_blocks = cpu_to_le32(n);
		}
	}
}

bool mutate_entries(struct fcase *c)
{
	struct entries e;
	struct place p;
	u32 before, n = 1;
	u8 *block;

	place_checkpoint(c, &p);
	block = place_edit(c, &p, c->reference);
	if (!entries_of(block, &e) || !e.count)
		return false;
	before = e.count;
	while (n < 4 && rng_percent(&c->rng, 30))
		n++;
	while (n-- && e.count)
		entries_change(c, &e);
	*e.on_disk = cpu_to_le32(e.count);
	case_spread(c, &p, c->reference, false);
	if (e.max == KDP_EXTENTS_PER_BLOCK) {
		case_hit(c, S_EXTENT);
		return true;
	}
	case_hit(c, S_VOLUME);
	if (rng_percent(&c->rng, 90))
		add_to_head(c, offsetof(struct kdp_disk_ckpt_head, nr_volumes),
			    e.count - before);
	return true;
}

/* The head's count of blocks of this kind; 0: it counts none. */
static u32 count_offset(const u8 *block)
{
	switch (place_structure(block)) {
	case S_BITMAP:
		return offsetof(struct kdp_disk_ckpt_head, nr_bitmap);
	case S_VOLUMES:
		return offsetof(struct kdp_disk_ckpt_head, nr_volume_blocks);
	case S_MAP:
		return offsetof(struct kdp_disk_ckpt_head, nr_map_blocks);
	}
	return 0;
}

static void vary_appended(struct fcase *c, u8 *block)
{
	struct kdp_disk_ckpt_bitmap *b = (void *)block;
	struct kdp_disk_ckpt_map *m = (void *)block;
	u32 i, pick = rng_below(&c->rng, c->base->nr_volumes);
	struct entries e;

	if (place_structure(block) == S_BITMAP)
		b->first = cpu_to_le32(value_any(c, le32_to_cpu(b->first),
						 sizeof(u32)));
	if (place_structure(block) == S_MAP && c->base->nr_volumes)
		m->volume = cpu_to_le64(c->base->volumes[pick]);
	if (entries_of(block, &e))
		for (i = 0; i < e.count; i++)
			if (rng_percent(&c->rng, 60))
				entry_vary(c, &e, i);
}

/* One block more at the end of the stream. */
bool mutate_append(struct fcase *c)
{
	const struct kdp_checkpoint_ref *ref = &c->base->super.checkpoint;
	struct place p, q = { AREA_CHECKPOINT, ref->slot, ref->nr_blocks };
	const struct kdp_disk_ckpt_volumes *v;
	union block_copy head;
	u8 *block;
	u32 offset;

	place_checkpoint(c, &p);
	offset = count_offset(place_get(c, &p, c->reference));
	if (!offset || ref->nr_blocks >= c->base->super.geometry.slot_blocks)
		return false;
	block = place_edit(c, &q, c->reference);
	memcpy(block, place_get(c, &p, c->reference), KDP_BLOCK_SIZE);
	if (rng_percent(&c->rng, 85))
		vary_appended(c, block);
	p = (struct place){ AREA_CHECKPOINT, ref->slot, 0 };
	memcpy(head.bytes, place_get(c, &p, c->reference), KDP_BLOCK_SIZE);
	case_adopt(c, &q, c->reference, block, head.bytes);
	case_spread(c, &q, c->reference, false);
	add_to_head(c, offset, 1);
	v = (const void *)block;
	if (place_structure(block) == S_VOLUMES)
		add_to_head(c, offsetof(struct kdp_disk_ckpt_head, nr_volumes),
			    le32_to_cpu(v->count));
	set_nr_blocks(c, ref->nr_blocks + 1);
	case_hit(c, place_structure(block));
	return true;
}

/* The last block of the stream is gone, and nobody counts it. */
bool mutate_drop(struct fcase *c)
{
	const struct kdp_checkpoint_ref *ref = &c->base->super.checkpoint;
	struct place p = { AREA_CHECKPOINT, ref->slot, ref->nr_blocks - 1 };
	const u8 *block = place_get(c, &p, c->reference);
	u32 offset = count_offset(block);

	if (!offset)
		return false;
	add_to_head(c, offset, -1);
	set_nr_blocks(c, ref->nr_blocks - 1);
	case_hit(c, place_structure(block));
	return true;
}
