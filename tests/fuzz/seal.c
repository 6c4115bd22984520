// SPDX-License-Identifier: GPL-2.0-only
/*
 * Making mutated blocks believable.  The checksum is computed here and not by
 * kdp_block_seal(), which would also mend a mutated header.
 */
#include <string.h>

#include <linux/crc32c.h>
#include <linux/kernel.h>

#include "case.h"

void case_spread(struct fcase *c, const struct place *p, u32 from,
		 bool keep_own)
{
	const u8 *source = place_get(c, p, from);
	struct kdp_disk_header *h;
	u32 r;

	for (r = 0; r < KDP_REPLICAS; r++) {
		if (r == from || !case_has(c, r))
			continue;
		h = (void *)place_edit(c, p, r);
		memcpy(h, source, KDP_BLOCK_SIZE);
		if (keep_own)
			continue;
		h->replica = r;
		h->block = cpu_to_le64(place_block(c->base, p, r));
	}
}

void case_adopt(struct fcase *c, const struct place *p, u32 r, u8 *block,
		const u8 *replaced)
{
	const struct kdp_disk_header *old = (const void *)replaced;
	struct kdp_disk_header *h = (void *)block;

	h->replica = r;
	h->block = cpu_to_le64(place_block(c->base, p, r));
	h->index = cpu_to_le32(p->area == AREA_CHECKPOINT ? p->index : 0);
	memcpy(h->uuid, c->base->super.uuid, KDP_UUID_SIZE);
	if (le32_to_cpu(old->magic) != KDP_MAGIC)
		return;
	h->epoch = old->epoch;
	h->sequence = old->sequence;
	h->nonce = old->nonce;
	if (p->area == AREA_JOURNAL)
		((struct kdp_disk_journal *)block)->pos =
			((const struct kdp_disk_journal *)replaced)->pos;
}

static struct place part_place(const struct fcase *c,
			       const struct live_commit *commit, u32 part)
{
	return (struct place){
		AREA_JOURNAL, 0, (commit->pos + part) %
				 c->base->super.geometry.journal_blocks
	};
}

/* The hash after @commit as the reference has it; false: it does not. */
static bool commit_chain(const struct fcase *c,
			 const struct live_commit *commit, u64 prev, u64 *chain)
{
	const struct kdp_disk_journal *j;
	struct place p;
	u32 i;

	for (i = 0; i < commit->nr_parts; i++) {
		p = part_place(c, commit, i);
		j = (const void *)place_get(c, &p, c->reference);
		if (le16_to_cpu(j->h.type) != KDP_BLOCK_JOURNAL)
			return false;
		if (!i)
			*chain = kdp_chain_begin(prev, le64_to_cpu(j->h.epoch),
						 le64_to_cpu(j->h.nonce),
						 le64_to_cpu(j->h.sequence),
						 le16_to_cpu(j->nr_parts));
		*chain = kdp_chain_feed(*chain, j + 1,
					min(le32_to_cpu(j->used),
					    KDP_JOURNAL_PAYLOAD));
	}
	return true;
}

static void write_chain(struct fcase *c, const struct live_commit *commit,
			u64 prev, u64 chain)
{
	const struct kdp_disk_journal *now;
	struct kdp_disk_journal *j;
	struct place p;
	u32 i, r;

	for (i = 0; i < commit->nr_parts; i++) {
		p = part_place(c, commit, i);
		for (r = 0; r < KDP_REPLICAS; r++) {
			now = (const void *)place_get(c, &p, r);
			if (!case_has(c, r) ||
			    (le64_to_cpu(now->prev_chain) == prev &&
			     le64_to_cpu(now->chain) == chain))
				continue;
			j = (void *)place_edit(c, &p, r);
			j->prev_chain = cpu_to_le64(prev);
			j->chain = cpu_to_le64(chain);
		}
	}
}

/* The epoch began behind this commit: superblocks tell the chain there. */
static void write_start_chain(struct fcase *c, u64 chain)
{
	struct kdp_disk_super *s;
	struct place p = { AREA_SUPER, 0, 0 };
	u32 r;

	for (p.index = 0; p.index < KDP_SUPER_SLOTS; p.index++) {
		for (r = 0; r < KDP_REPLICAS; r++) {
			s = (void *)place_edit(c, &p, r);
			if (case_has(c, r) &&
			    le64_to_cpu(s->h.epoch) == c->base->super.epoch)
				s->start_chain = cpu_to_le64(chain);
		}
	}
}

static void rechain(struct fcase *c)
{
	u64 chain = c->base->super.checkpoint.chain, prev;
	u32 i;

	for (i = 0; i < c->nr_commits; i++) {
		prev = chain;
		if (!commit_chain(c, &c->commits[i], prev, &chain))
			return;
		write_chain(c, &c->commits[i], prev, chain);
		if (c->commits[i].sequence == c->base->super.start_sequence &&
		    chain != c->base->super.start_chain)
			write_start_chain(c, chain);
	}
}

void case_seal(struct fcase *c)
{
	struct kdp_disk_header *h;
	u64 block;
	u32 i = 0;

	if (!c->sums)
		return;
	if (c->chains)
		rechain(c);
	while ((h = (void *)image_next(c->disk, &i, &block))) {
		h->checksum = 0;
		h->checksum = cpu_to_le32(~crc32c(~0u, h, KDP_BLOCK_SIZE));
	}
}
