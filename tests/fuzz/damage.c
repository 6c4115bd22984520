// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cases whose outcome is known: nothing is forged, blocks are only damaged, or
 * whole replicas are as they once were.
 *
 *   A replica that is complete and untouched is enough to open the pool as it
 *   was.  Otherwise, as long as one newest superblock is left, the pool is
 *   refused or as it was, or it ends before a commit of which a part is gone
 *   everywhere, if nothing of any later commit is left to tell (recovery.rst,
 *   R1 to R4).
 */
#include <string.h>

#include <linux/kernel.h>

#include "format/checkpoint.h"
#include "fuzz.h"

static bool same_as_base(const struct fcase *c, u64 block)
{
	return block != c->disk->unreadable &&
	       !memcmp(image_get(c->disk, block),
		       image_get(c->base->image, block), KDP_BLOCK_SIZE);
}

/* Does replica @r, untouched, have the block of this position? */
static bool has_block(const struct fcase *c, u64 pos, u32 r)
{
	const struct kdp_super *s = &c->base->super;
	u64 at = kdp_journal_block(&s->geometry, r, pos);
	struct kdp_journal_info info;

	return same_as_base(c, at) &&
	       !kdp_journal_decode(image_get(c->disk, at), s->uuid, r, at,
				   &info) && info.pos == pos;
}

static u32 holders(const struct fcase *c, u64 pos)
{
	u32 r, n = 0;

	for (r = 0; r < KDP_REPLICAS; r++)
		n += has_block(c, pos, r);
	return n;
}

/* Is this one of the newest superblocks, untouched? */
static bool newest_super(const struct fcase *c, u32 r)
{
	const struct kdp_super *want = &c->base->super;
	struct kdp_super s;
	u32 slot;
	u64 at;

	for (slot = 0; slot < KDP_SUPER_SLOTS; slot++) {
		at = kdp_super_block(&want->geometry, r, slot);
		if (same_as_base(c, at) &&
		    !kdp_super_decode(image_get(c->disk, at), r, at, &s) &&
		    !kdp_super_compare(&s, want) && s.nonce == want->nonce)
			return true;
	}
	return false;
}

static bool has_checkpoint(const struct fcase *c, u32 r)
{
	const struct kdp_super *s = &c->base->super;
	u32 i;
	u16 type;
	u64 at;

	for (i = 0; i < s->checkpoint.nr_blocks; i++) {
		at = kdp_slot_block(&s->geometry, r, s->checkpoint.slot, i);
		if (!same_as_base(c, at) ||
		    kdp_ckpt_verify(image_get(c->disk, at), s, r, i, &type))
			return false;
	}
	return true;
}

/* On a device that has grown the last home is where another copy says. */
static bool findable(const struct fcase *c, u32 r)
{
	const struct kdp_geometry *g = &c->base->super.geometry;
	u32 i;

	if (g->replica[r].super == kdp_super_home(r, c->disk->nr_blocks))
		return true;
	for (i = 0; i < KDP_REPLICAS; i++)
		if (i != r && newest_super(c, i))
			return true;
	return false;
}

static bool complete(const struct fcase *c, u32 r)
{
	u64 pos = c->base->super.checkpoint.journal_pos;

	if (!newest_super(c, r) || !findable(c, r) || !has_checkpoint(c, r))
		return false;
	for (; pos < c->base->end_pos; pos++)
		if (!has_block(c, pos, r))
			return false;
	return true;
}

static bool any_complete(const struct fcase *c)
{
	u32 r;

	for (r = 0; r < KDP_REPLICAS; r++)
		if (complete(c, r))
			return true;
	return false;
}

/* May the journal end with so many commits? */
static bool may_end(const struct fcase *c, u32 nr)
{
	const struct live_commit *next = &c->base->commits[nr];
	bool gone = false;
	u64 pos;

	if (nr == c->base->nr_commits)
		return true;
	for (pos = next->pos; pos < next->pos + next->nr_parts; pos++)
		gone |= !holders(c, pos);
	for (; pos < c->base->end_pos; pos++)
		if (holders(c, pos))
			return false;
	return gone;
}

static bool allowed(const struct fcase *c, u64 hash)
{
	u32 nr;

	for (nr = 0; nr <= c->base->nr_commits; nr++)
		if (c->base->hash[nr] == hash && may_end(c, nr))
			return true;
	return false;
}

void damage_verdict(struct fcase *c, bool opened, const struct picture *p)
{
	bool any, must = any_complete(c);
	u32 r;

	if (!c->damage)
		return;
	if (must && !opened)
		finding(c, "a whole copy is left, but the pool does not open");
	if (must && opened && p->hash != c->base->hash[c->base->nr_commits])
		finding(c, "a whole copy is left, but the pool is another");
	for (r = 0, any = false; r < KDP_REPLICAS; r++)
		any |= newest_super(c, r);
	if (!must && any && opened && !allowed(c, p->hash))
		finding(c, "acknowledged changes were lost without a word");
}

/* All of replica @r as it was when @then was saved. */
static void roll_back(struct fcase *c, const struct base *then, u32 r)
{
	const struct kdp_replica_place *p = &c->base->super.geometry.replica[r];
	u64 block, n = kdp_extent_blocks(&c->base->super.geometry);
	u32 i = 0;

	while (image_next(c->base->image, &i, &block))
		if (block - p->super < KDP_SUPER_SLOTS ||
		    block - p->extent < n)
			memcpy(image_edit(c->disk, block),
			       image_get(then->image, block), KDP_BLOCK_SIZE);
}

static bool roll_back_some(struct fcase *c)
{
	const struct base *then = c->base;
	u32 r, keep = rng_below(&c->rng, KDP_REPLICAS);

	do {
		if (then->parent < 0)
			break;
		then = &corpus.base[then->parent];
	} while (rng_percent(&c->rng, 50));
	if (then == c->base || !complete(c, keep))
		return false;
	for (r = 0; r < KDP_REPLICAS; r++)
		if (r != keep && rng_percent(&c->rng, 60))
			roll_back(c, then, r);
	case_hit(c, S_DEVICE);
	return true;
}

void damage_apply(struct fcase *c)
{
	u32 n = 1 + rng_below(&c->rng, rng_percent(&c->rng, 30) ? 24 : 6);

	c->sums = false;
	if (rng_percent(&c->rng, 30) && roll_back_some(c))
		return;
	while (n--) {
		c->mask = 1 + rng_below(&c->rng, (1u << KDP_REPLICAS) - 1);
		if (rng_percent(&c->rng, 30))
			c->mask = (1u << KDP_REPLICAS) - 1;
		case_harm(c);
	}
}

/* What the pool holds when its journal ends after @nr commits; 0: refused. */
static u64 hash_of_prefix(struct base *b, u32 nr, struct image *disk)
{
	struct fcase c = { .base = b, .disk = disk };
	struct kdp_store *s;
	struct picture p;
	u64 pos, hash = 0;
	u32 r;

	image_reset(disk, b->image);
	pos = nr < b->nr_commits ? b->commits[nr].pos : b->end_pos;
	for (; pos < b->end_pos; pos++)
		for (r = 0; r < KDP_REPLICAS; r++)
			memset(image_edit(disk, kdp_journal_block(
					&b->super.geometry, r, pos)), 0,
			       KDP_BLOCK_SIZE);
	s = kdp_store_new(&image_ops, disk, disk->nr_blocks);
	if (!kdp_store_open(s)) {
		look(&c, s, &p);
		hash = p.hash;
	}
	kdp_store_free(s);
	return hash;
}

void damage_prepare(void)
{
	struct image *disk = image_new(KDP_MIN_DEVICE_BLOCKS);
	u32 i, nr;

	for (i = 0; i < corpus.nr; i++)
		for (nr = 0; nr <= corpus.base[i].nr_commits; nr++)
			corpus.base[i].hash[nr] =
				hash_of_prefix(&corpus.base[i], nr, disk);
	image_free(disk);
}
