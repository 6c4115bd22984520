// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel.h>

#include "case.h"

u64 place_block(const struct base *b, const struct place *p, u32 r)
{
	const struct kdp_geometry *g = &b->super.geometry;

	switch (p->area) {
	case AREA_SUPER:
		return kdp_super_block(g, r, p->index % KDP_SUPER_SLOTS);
	case AREA_JOURNAL:
		return kdp_journal_block(g, r, p->index);
	case AREA_CHECKPOINT:
		break;
	}
	return kdp_slot_block(g, r, p->slot, p->index);
}

u8 *place_edit(struct fcase *c, const struct place *p, u32 r)
{
	return image_edit(c->disk, place_block(c->base, p, r));
}

const u8 *place_get(const struct fcase *c, const struct place *p, u32 r)
{
	return image_get(c->disk, place_block(c->base, p, r));
}

u32 place_structure(const u8 *block)
{
	static const u8 structures[] = {
		[KDP_BLOCK_SUPER] = S_SUPER,
		[KDP_BLOCK_JOURNAL] = S_JOURNAL,
		[KDP_BLOCK_CKPT_HEAD] = S_HEAD,
		[KDP_BLOCK_CKPT_BITMAP] = S_BITMAP,
		[KDP_BLOCK_CKPT_VOLUMES] = S_VOLUMES,
		[KDP_BLOCK_CKPT_MAP] = S_MAP,
	};
	u16 type = le16_to_cpu(((const struct kdp_disk_header *)block)->type);

	return type && type < ARRAY_SIZE(structures) ? structures[type] :
						       S_HEADER;
}

bool place_journal(struct fcase *c, struct place *p)
{
	u64 start = c->base->super.checkpoint.journal_pos;
	u32 ring = c->base->super.geometry.journal_blocks;
	bool live = c->end_pos > start && rng_percent(&c->rng, 92);

	p->area = AREA_JOURNAL;
	p->slot = 0;
	if (live)
		p->index = (start + rng_below(&c->rng, c->end_pos - start)) %
			   ring;
	else
		p->index = rng_below(&c->rng, ring);
	return live;
}

void place_checkpoint(struct fcase *c, struct place *p)
{
	const struct kdp_checkpoint_ref *ref = &c->base->super.checkpoint;

	p->area = AREA_CHECKPOINT;
	p->slot = ref->slot;
	if (rng_percent(&c->rng, 7))
		p->slot = !ref->slot;
	/* the head and what follows it are rare among many maps */
	p->index = rng_below(&c->rng, rng_percent(&c->rng, 40) ?
				      min_t(u32, ref->nr_blocks, 6) :
				      ref->nr_blocks);
}

void place_any(struct fcase *c, struct place *p)
{
	u32 roll = rng_below(&c->rng, 100);

	if (roll < 22) {
		p->area = AREA_SUPER;
		p->slot = 0;
		p->index = rng_below(&c->rng, KDP_SUPER_SLOTS);
	} else if (roll < 62) {
		place_journal(c, p);
	} else {
		place_checkpoint(c, p);
	}
}
