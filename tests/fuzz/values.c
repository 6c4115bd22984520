// SPDX-License-Identifier: GPL-2.0-only
/* What to put into a field. */
#include <linux/kernel.h>

#include "case.h"

#define LEAF_CHUNKS	512u	/* of a map in memory: where spans meet */

u64 get_le(const u8 *p, u32 size)
{
	u64 value = 0;

	while (size--)
		value = value << 8 | p[size];
	return value;
}

void put_le(u8 *p, u32 size, u64 value)
{
	u32 i;

	for (i = 0; i < size; i++)
		p[i] = value >> 8 * i;
}

/* At the edge of something that this pool is measured against. */
static u64 value_boundary(struct fcase *c)
{
	const struct kdp_super *s = &c->base->super;
	const struct kdp_geometry *g = &s->geometry;
	const struct kdp_replica_place *p =
		&g->replica[rng_below(&c->rng, KDP_REPLICAS)];
	const u64 edges[] = {
		g->device_blocks, c->disk->nr_blocks, g->chunk_blocks,
		g->nr_chunks, g->journal_blocks, g->slot_blocks,
		g->max_volumes, p->super, p->extent,
		p->extent + kdp_extent_blocks(g),
		p->extent / g->chunk_blocks, s->epoch, s->sequence,
		s->checkpoint.nr_blocks, s->checkpoint.sequence,
		s->checkpoint.journal_pos, s->start_sequence, c->end_pos,
		c->base->next_volume, LEAF_CHUNKS, KDP_BLOCK_SIZE,
		KDP_JOURNAL_PAYLOAD, KDP_MAX_PARTS, KDP_VOLUMES_PER_BLOCK,
		KDP_EXTENTS_PER_BLOCK, KDP_BITMAP_BITS, KDP_MAX_VOLUMES,
		(u64)g->nr_chunks * g->chunk_blocks * KDP_SECTORS_PER_BLOCK,
	};

	return edges[rng_below(&c->rng, ARRAY_SIZE(edges))] +
	       rng_below(&c->rng, 3) - 1;
}

static u64 value_fixed(struct rng *rng)
{
	static const u64 fixed[] = {
		0, 1, 2, 7, 8, 15, 16, 255, 256, 0x7fff, 0x8000, 0xffff,
		0x10000, 0x00ffffff, 0x01000000, 0x01000001, 0x01ffffff,
		0x02000000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
		0x100000000, 0x7fffffffffffffff, 0x8000000000000000,
		0xfffffffffffffffe, 0xffffffffffffffff,
	};

	return fixed[rng_below(rng, ARRAY_SIZE(fixed))];
}

u64 value_any(struct fcase *c, u64 old, u32 size)
{
	switch (rng_below(&c->rng, 9)) {
	case 0:
	case 1:
		return value_fixed(&c->rng);
	case 2:
	case 3:
		return value_boundary(c);
	case 4:
		return old + rng_below(&c->rng, 5) - 2;
	case 5:
		return old ^ 1ull << rng_below(&c->rng, size * 8);
	case 6:
		return rng_below(&c->rng, 32);
	case 7:
		return rng_percent(&c->rng, 50) ? old * 2 : old / 2;
	default:
		return rng_next(&c->rng);
	}
}

/* Names, identifiers and reserved bytes. */
static void bytes_fill(struct fcase *c, u8 *p, u32 size)
{
	u8 fill = rng_percent(&c->rng, 50) ? 0xff : rng_next(&c->rng);
	u32 i, from = rng_below(&c->rng, size);

	switch (rng_below(&c->rng, 5)) {
	case 0:
		for (i = 0; i < size; i++)
			p[i] = 'a';	/* no NUL */
		break;
	case 1:
		for (i = from; i < size; i++)
			p[i] = fill;
		break;
	case 2:
		for (i = 0; i < size; i++)
			p[i] = 0;
		break;
	default:
		p[rng_percent(&c->rng, 50) ? 0 : from] = rng_next(&c->rng);
	}
}

void value_bytes(struct fcase *c, u8 *p, u32 size)
{
	if (size <= sizeof(u64))
		put_le(p, size, value_any(c, get_le(p, size), size));
	else
		bytes_fill(c, p, size);
}
