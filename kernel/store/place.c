// SPDX-License-Identifier: GPL-2.0-only
/*
 * Places: what every replica has a copy of, what the copies must say, and how
 * a bad one is rewritten.  All that is compared with is in memory: superblocks
 * as they were written, headers and digests of the journal in use, digests of
 * the checkpoint.
 */
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/string.h>

#include "store/place.h"

static const struct kdp_taken *kdp_taken_at(const struct kdp_store *s, u64 pos)
{
	u32 ring;

	div_u64_rem(pos, s->super.geometry.journal_blocks, &ring);
	return &s->taken[ring];
}

bool kdp_place_expect(const struct kdp_store *s, const struct kdp_place *p,
		      struct kdp_expect *e)
{
	const struct kdp_checkpoint_ref *ref = &s->super.checkpoint;

	memset(e, 0, sizeof(*e));
	e->place = *p;
	e->super = &s->super;
	switch (p->kind) {
	case KDP_PLACE_SUPER:
		e->super = &s->written[p->index];
		return true;
	case KDP_PLACE_JOURNAL:
		if (p->index < ref->journal_pos || p->index >= s->pos)
			return false;
		e->taken = *kdp_taken_at(s, p->index);
		return true;
	case KDP_PLACE_CHECKPOINT:
		if (p->index >= ref->nr_blocks)
			return false;
		e->digest = s->digests[ref->slot][p->index];
		return true;
	}
	return false;
}

u64 kdp_expect_block(const struct kdp_expect *e, u32 r)
{
	const struct kdp_geometry *g = &e->super->geometry;

	switch (e->place.kind) {
	case KDP_PLACE_SUPER:
		return kdp_super_block(g, r, e->place.index);
	case KDP_PLACE_JOURNAL:
		return kdp_journal_block(g, r, e->place.index);
	default:
		return kdp_slot_block(g, r, e->super->checkpoint.slot,
				      e->place.index);
	}
}

u64 kdp_place_block(const struct kdp_store *s, const struct kdp_place *p, u32 r)
{
	struct kdp_expect e = { .place = *p, .super = &s->super };

	return kdp_expect_block(&e, r);
}

static enum kdp_fault kdp_check_super(const struct kdp_expect *e, u32 r,
				      const void *block, void *scratch)
{
	struct kdp_block_id id;
	enum kdp_fault fault;

	kdp_super_encode(e->super, r, e->place.index, scratch);
	if (!memcmp(block, scratch, KDP_BLOCK_SIZE))
		return KDP_OK;
	fault = kdp_block_verify(block, KDP_BLOCK_SUPER, r,
				 kdp_expect_block(e, r), e->super->uuid);
	if (fault)
		return fault;
	kdp_block_id_get(block, &id);
	if (id.epoch != e->super->epoch || id.nonce != e->super->nonce)
		return KDP_BAD_EPOCH;
	return id.sequence != e->super->sequence ? KDP_BAD_SEQUENCE :
						   KDP_BAD_CONTENT;
}

static enum kdp_fault kdp_check_journal(const struct kdp_expect *e, u32 r,
					const void *block, void *scratch)
{
	const struct kdp_journal_info *want = &e->taken.info;
	struct kdp_journal_info have;
	enum kdp_fault fault;

	fault = kdp_journal_decode(block, e->super->uuid, r,
				   kdp_expect_block(e, r), &have);
	if (fault)
		return fault;
	if (have.epoch != want->epoch || have.nonce != want->nonce)
		return KDP_BAD_EPOCH;
	if (have.sequence != want->sequence || have.pos != want->pos)
		return KDP_BAD_SEQUENCE;
	if (!kdp_journal_same(&have, want))
		return KDP_BAD_CHAIN;
	memcpy(scratch, block, KDP_BLOCK_SIZE);
	if (have.used != want->used ||
	    kdp_journal_digest(scratch, have.used) != e->taken.digest)
		return KDP_BAD_CONTENT;
	return KDP_OK;
}

static enum kdp_fault kdp_check_checkpoint(const struct kdp_expect *e, u32 r,
					   const void *block)
{
	enum kdp_fault fault;
	u16 type;

	fault = kdp_ckpt_verify(block, e->super, r, e->place.index, &type);
	if (fault)
		return fault;
	return kdp_ckpt_digest(block, type) == e->digest ? KDP_OK :
							   KDP_BAD_CONTENT;
}

enum kdp_fault kdp_expect_check(const struct kdp_expect *e, u32 r,
				const void *block, void *scratch)
{
	switch (e->place.kind) {
	case KDP_PLACE_SUPER:
		return kdp_check_super(e, r, block, scratch);
	case KDP_PLACE_JOURNAL:
		return kdp_check_journal(e, r, block, scratch);
	default:
		return kdp_check_checkpoint(e, r, block);
	}
}

/* Replica @r's copy for this place, made of the verified copy @good. */
static void kdp_place_own(const struct kdp_expect *e, u32 r, const void *good,
			  void *block)
{
	const struct kdp_super *super = e->super;
	struct kdp_block_id id;

	if (e->place.kind == KDP_PLACE_SUPER) {
		kdp_super_encode(super, r, e->place.index, block);
		return;
	}
	memcpy(block, good, KDP_BLOCK_SIZE);
	if (e->place.kind == KDP_PLACE_JOURNAL) {
		kdp_journal_seal(&e->taken.info, super->uuid, r,
				 kdp_expect_block(e, r), block);
		return;
	}
	kdp_block_id_get(good, &id);
	kdp_ckpt_seal(block, id.type, super, &super->checkpoint, r,
		      e->place.index);
}

/* Each replica's copy has column 0 of the window, the last one is scratch. */
static void *kdp_mend_copy(struct kdp_store *s, u32 r)
{
	return kdp_io_block(s, r, 0);
}

static void *kdp_mend_scratch(struct kdp_store *s)
{
	return kdp_io_block(s, 0, KDP_WINDOW - 1);
}

static bool kdp_mend_read(struct kdp_store *s, const struct kdp_expect *e,
			  struct kdp_mend *m, u32 r)
{
	void *copy = kdp_mend_copy(s, r);

	if (kdp_read_one(s, kdp_expect_block(e, r), copy)) {
		m->unreadable |= 1u << r;
		m->fault[r] = KDP_BAD_CHECKSUM;
		return false;
	}
	m->fault[r] = kdp_expect_check(e, r, copy, kdp_mend_scratch(s));
	return !m->fault[r];
}

static void kdp_mend_write(struct kdp_store *s, const struct kdp_expect *e,
			   struct kdp_mend *m, u32 r, const void *good)
{
	u64 address = kdp_expect_block(e, r);
	void *copy = kdp_mend_copy(s, r);
	void *back = kdp_mend_scratch(s);

	kdp_place_own(e, r, good, copy);
	if (kdp_write_one(s, address, copy, m->op))
		m->failed |= 1u << r;
	else if (m->verify && (kdp_read_one(s, address, back) ||
			       memcmp(copy, back, KDP_BLOCK_SIZE)))
		m->failed |= 1u << r;
}

/* A good copy of those that were not looked at, or none. */
static const void *kdp_mend_source(struct kdp_store *s,
				   const struct kdp_expect *e,
				   const struct kdp_mend *m)
{
	struct kdp_mend other = { };
	u32 r;

	for (r = 0; r < KDP_REPLICAS; r++)
		if (!(m->look >> r & 1) && kdp_mend_read(s, e, &other, r))
			return kdp_mend_copy(s, r);
	return NULL;
}

void kdp_place_mend(struct kdp_store *s, const struct kdp_place *p,
		    struct kdp_mend *m)
{
	const void *good = NULL;
	struct kdp_expect e;
	u32 r;

	m->bad = 0;
	if (!kdp_place_expect(s, p, &e))
		return;
	for (r = 0; r < KDP_REPLICAS; r++) {
		if (!(m->look >> r & 1))
			continue;
		if (!kdp_mend_read(s, &e, m, r))
			m->bad |= 1u << r;
		else if (!good)
			good = kdp_mend_copy(s, r);
	}
	if (!(m->bad & m->mend))
		return;
	if (!good)
		good = kdp_mend_source(s, &e, m);
	/* a superblock is made anew */
	if (!good && p->kind != KDP_PLACE_SUPER) {
		m->gone = true;
		return;
	}
	for (r = 0; r < KDP_REPLICAS; r++)
		if (m->bad & m->mend & 1u << r)
			kdp_mend_write(s, &e, m, r, good);
}
