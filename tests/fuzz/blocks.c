// SPDX-License-Identifier: GPL-2.0-only
/* Mutations of fields, of whole blocks, and of the device. */
#include <stdio.h>
#include <string.h>

#include <linux/kernel.h>
#include <linux/stddef.h>

#include "case.h"

/* Fields whose value is the mutation: what would mend them is left out. */
static bool settle_field(struct fcase *c, const struct site *site)
{
	const struct kdp_disk_journal *j = NULL;
	u32 end = site->offset + site->field->size;

	if (site->structure == S_JOURNAL &&
	    site->offset >= offsetof(typeof(*j), prev_chain) &&
	    end <= offsetof(typeof(*j), part))
		c->chains = false;
	if (site->structure != S_HEADER)
		return false;
	if (site->offset == offsetof(struct kdp_disk_header, checksum))
		c->sums = false;
	return site->offset == offsetof(struct kdp_disk_header, replica) ||
	       site->offset == offsetof(struct kdp_disk_header, block);
}

bool mutate_field(struct fcase *c)
{
	u8 *block, *other;
	struct site site;
	struct place p;
	bool keep_own;

	place_any(c, &p);
	block = place_edit(c, &p, c->reference);
	site_pick(&c->rng, block, &site);
	value_bytes(c, block + site.offset, site.field->size);
	if (case_verbose)
		printf("  %s, %s at %u of block %llu: %llx\n",
		       structure_name(site.structure), site.field->name,
		       site.offset, (unsigned long long)
		       place_block(c->base, &p, c->reference),
		       (unsigned long long)get_le(block + site.offset,
				min_t(u32, site.field->size, 8)));
	keep_own = settle_field(c, &site);
	case_spread(c, &p, c->reference, keep_own);
	case_hit(c, site.structure);
	if (p.area != AREA_SUPER || rng_percent(&c->rng, 30))
		return true;
	/* or the other slot would be taken when this one is refused */
	p.index = !p.index;
	other = place_edit(c, &p, c->reference);
	memcpy(other + site.offset, block + site.offset, site.field->size);
	case_spread(c, &p, c->reference, keep_own);
	return true;
}

bool mutate_bits(struct fcase *c)
{
	u32 n = 1 + rng_below(&c->rng, 8), size = KDP_BLOCK_SIZE, bit;
	struct place p;
	u8 *block;

	place_any(c, &p);
	block = place_edit(c, &p, c->reference);
	case_hit(c, place_structure(block));
	if (rng_percent(&c->rng, 70))
		size = 400;
	while (n--) {
		bit = rng_below(&c->rng, size * 8);
		block[bit / 8] ^= 1u << bit % 8;
	}
	case_spread(c, &p, c->reference, true);
	return true;
}

/* Another place where a block of the same kind would not be wrong at once. */
static void place_like(struct fcase *c, const struct place *p, struct place *q)
{
	u32 tries = 8;

	do {
		place_any(c, q);
	} while (q->area != p->area && --tries);
}

/* Write @bytes to @p of every replica in the mask, with a fitting header. */
static void put_block(struct fcase *c, const struct place *p, const u8 *bytes,
		      bool adopt)
{
	union block_copy old;
	u8 *block;
	u32 r;

	for (r = 0; r < KDP_REPLICAS; r++) {
		if (!case_has(c, r))
			continue;
		block = place_edit(c, p, r);
		memcpy(old.bytes, block, KDP_BLOCK_SIZE);
		memcpy(block, bytes, KDP_BLOCK_SIZE);
		if (adopt)
			case_adopt(c, p, r, block, old.bytes);
	}
}

static void take_block(struct fcase *c, const struct place *p, u8 *bytes)
{
	memcpy(bytes, place_get(c, p, c->reference), KDP_BLOCK_SIZE);
}

bool mutate_swap(struct fcase *c)
{
	union block_copy a;
	union block_copy b;
	bool adopt = rng_percent(&c->rng, 80);
	struct place p, q;

	place_any(c, &p);
	place_like(c, &p, &q);
	take_block(c, &p, a.bytes);
	take_block(c, &q, b.bytes);
	case_hit(c, place_structure(a.bytes));
	put_block(c, &p, b.bytes, adopt);
	put_block(c, &q, a.bytes, adopt);
	return true;
}

bool mutate_copy(struct fcase *c)
{
	union block_copy a;
	struct place p, q;

	place_any(c, &p);
	place_like(c, &p, &q);
	take_block(c, &p, a.bytes);
	case_hit(c, place_structure(a.bytes));
	put_block(c, &q, a.bytes, rng_percent(&c->rng, 80));
	return true;
}

bool mutate_wipe(struct fcase *c)
{
	union block_copy a;
	u32 i, kind = rng_below(&c->rng, 3);
	u32 first = rng_percent(&c->rng, 50) ? 0 : sizeof(struct kdp_disk_header);
	struct place p;

	place_any(c, &p);
	take_block(c, &p, a.bytes);
	case_hit(c, place_structure(a.bytes));
	for (i = first; i < KDP_BLOCK_SIZE; i++)
		a.bytes[i] = !kind ? 0 : kind == 1 ? 0xff : rng_next(&c->rng);
	put_block(c, &p, a.bytes, first);
	return true;
}

/* Sectors of one block and of another, as a torn write leaves them. */
bool mutate_tear(struct fcase *c)
{
	union block_copy a;
	const u8 *other;
	struct place p, q;
	u32 i, mask = rng_next(&c->rng);

	place_any(c, &p);
	place_like(c, &p, &q);
	take_block(c, &p, a.bytes);
	case_hit(c, place_structure(a.bytes));
	other = place_get(c, &q, c->reference);
	for (i = 0; i < KDP_BLOCK_SIZE / 512; i++)
		if (mask >> i & 1)
			memcpy(a.bytes + i * 512, other + i * 512, 512);
	put_block(c, &p, a.bytes, rng_percent(&c->rng, 80));
	return true;
}

static bool mix_block(struct fcase *c, bool same_pool)
{
	const struct base *b = case_other_base(c, same_pool);
	union block_copy a;
	struct place p, q;

	if (!b)
		return false;
	place_any(c, &p);
	place_like(c, &p, &q);
	if (q.area == AREA_CHECKPOINT)
		q.slot = b->super.checkpoint.slot;
	memcpy(a.bytes, image_get(b->image, place_block(b, &q, c->reference)),
	       KDP_BLOCK_SIZE);
	case_hit(c, place_structure(a.bytes));
	put_block(c, &p, a.bytes, rng_percent(&c->rng, 60));
	return true;
}

bool mutate_mix_block(struct fcase *c)
{
	return mix_block(c, true);
}

bool mutate_mix_foreign(struct fcase *c)
{
	return mix_block(c, false);
}

static void mix_replica(struct fcase *c, const struct base *b, u32 r)
{
	const struct kdp_replica_place *p = &b->super.geometry.replica[r];
	u64 n = kdp_extent_blocks(&b->super.geometry);
	const u8 *data;
	u64 block;
	u32 i = 0;

	while ((data = image_next(b->image, &i, &block)))
		if (block - p->super < KDP_SUPER_SLOTS ||
		    block - p->extent < n)
			memcpy(image_edit(c->disk, block), data,
			       KDP_BLOCK_SIZE);
}

/* Some replicas as they are in another image, as a whole. */
bool mutate_mix_replica(struct fcase *c)
{
	const struct base *b = case_other_base(c, rng_percent(&c->rng, 85));
	u32 r, which = rng_below(&c->rng, 1u << KDP_REPLICAS);

	if (!b)
		return false;
	for (r = 0; r < KDP_REPLICAS; r++)
		if (which >> r & 1)
			mix_replica(c, b, r);
	case_hit(c, S_DEVICE);
	return true;
}

bool mutate_size(struct fcase *c)
{
	u64 blocks = c->base->super.geometry.device_blocks;

	switch (rng_below(&c->rng, 5)) {
	case 0:
		blocks = rng_below(&c->rng, blocks);
		break;
	case 1:
		blocks -= rng_below(&c->rng, 2 * KDP_TAIL_BLOCKS);
		break;
	case 2:
		blocks += rng_below(&c->rng, 2 * KDP_TAIL_BLOCKS);
		break;
	default:
		blocks = value_any(c, blocks, sizeof(blocks)) % (1ull << 51);
	}
	c->disk->nr_blocks = blocks;
	case_hit(c, S_DEVICE);
	return true;
}

/* One block of one replica cannot be read until it is written. */
bool mutate_unreadable(struct fcase *c)
{
	struct place p;

	place_any(c, &p);
	c->disk->unreadable = place_block(c->base, &p,
					  rng_below(&c->rng, KDP_REPLICAS));
	case_hit(c, place_structure(image_get(c->disk, c->disk->unreadable)));
	return true;
}
