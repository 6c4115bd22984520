// SPDX-License-Identifier: GPL-2.0-only
/*
 * Replay the journal: the union over all replicas, from the checkpoint on
 * along the chain.
 *
 * Commits of the superblock's own epoch count behind the point where it
 * began, those of older epochs up to there: what an older epoch wrote beyond
 * was never acknowledged, or recovery would have found it.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "store/private.h"

static u32 kdp_ring_index(const struct kdp_scan *scan, u64 pos)
{
	u32 rem;

	div_u64_rem(pos, scan->journal_blocks, &rem);
	return rem;
}

static bool kdp_of_this_epoch(const struct kdp_store *s,
			      const struct kdp_journal_info *i)
{
	return i->epoch == s->super.epoch && i->nonce == s->super.nonce;
}

static bool kdp_commit_counts(const struct kdp_store *s,
			      const struct kdp_journal_info *i)
{
	if (i->sequence > s->super.start_sequence)
		return kdp_of_this_epoch(s, i);
	return i->epoch < s->super.epoch;
}

static bool kdp_commit_complete(const struct kdp_scan *scan,
				const struct kdp_journal_info *first)
{
	struct kdp_journal_info part = *first;

	for (; part.part < part.nr_parts; part.part++, part.pos++)
		if (kdp_scan_holder(scan, &part) < 0)
			return false;
	return true;
}

/* The next commit of the chain; the newest epoch wins.  False: the end. */
static bool kdp_next_commit(struct kdp_store *s, const struct kdp_scan *scan,
			    struct kdp_journal_info *next)
{
	const struct kdp_journal_info *i;
	bool found = false;
	u32 r;

	for (r = 0; r < KDP_REPLICAS; r++) {
		i = kdp_scanned(scan, kdp_ring_index(scan, s->pos), r);
		if (!i->nr_parts || i->part || i->pos != s->pos)
			continue;
		if (i->sequence != s->sequence + 1 ||
		    i->prev_chain != s->chain || !kdp_commit_counts(s, i))
			continue;
		if (found && i->epoch <= next->epoch)
			continue;
		if (!kdp_commit_complete(scan, i))
			continue;
		*next = *i;
		found = true;
	}
	return found;
}

static int kdp_read_commit(struct kdp_store *s, const struct kdp_scan *scan,
			   const struct kdp_journal_info *first, u8 *blocks,
			   struct kdp_taken *taken)
{
	const struct kdp_geometry *g = &s->super.geometry;
	struct kdp_journal_info part = *first, now;
	u64 chain = kdp_chain_begin(first->prev_chain, first->epoch,
				    first->nonce, first->sequence,
				    first->nr_parts);

	for (; part.part < part.nr_parts; part.part++, part.pos++) {
		u8 *block = blocks + (size_t)part.part * KDP_BLOCK_SIZE;
		int r = kdp_scan_holder(scan, &part);
		u64 address = kdp_journal_block(g, r, part.pos);

		if (kdp_read_one(s, address, block) ||
		    kdp_journal_decode(block, s->super.uuid, r, address, &now))
			return kdp_explain(s, -EIO,
				"journal: block %llu cannot be read again",
				(unsigned long long)address);
		taken[part.part].info = now;
		taken[part.part].digest = kdp_journal_digest(block, now.used);
		chain = kdp_chain_feed(chain, kdp_journal_payload(block),
				       now.used);
	}
	if (chain != first->chain)
		return kdp_explain(s, -EUCLEAN,
			"journal: commit %llu: %s",
			(unsigned long long)first->sequence,
			kdp_fault_name(KDP_BAD_CHAIN));
	return 0;
}

static int kdp_replay_block(struct kdp_store *s, void *block, u32 used,
			    u64 sequence)
{
	const u8 *p = kdp_journal_payload(block);
	struct kdp_record rec;
	enum kdp_fault fault;
	u32 size;
	int err = 0;

	for (; used; p += size, used -= size) {
		fault = kdp_record_decode(p, used, &rec, &size);
		if (!fault)
			fault = kdp_model_replay(&s->model, &rec, &err);
		if (err)
			return err;
		if (fault)
			return kdp_explain(s, -EUCLEAN,
				"journal: a record of commit %llu: %s",
				(unsigned long long)sequence,
				kdp_fault_name(fault));
	}
	return 0;
}

static int kdp_replay_commit(struct kdp_store *s, const struct kdp_scan *scan,
			     const struct kdp_journal_info *first, u8 *blocks)
{
	struct kdp_taken *taken;
	u32 i;
	int err;

	taken = kvcalloc(KDP_MAX_PARTS, sizeof(*taken), GFP_KERNEL);
	if (!taken)
		return -ENOMEM;
	err = kdp_read_commit(s, scan, first, blocks, taken);

	for (i = 0; !err && i < first->nr_parts; i++)
		err = kdp_replay_block(s, blocks + (size_t)i * KDP_BLOCK_SIZE,
				       taken[i].info.used, first->sequence);
	for (i = 0; !err && i < first->nr_parts; i++)
		s->taken[kdp_ring_index(scan, first->pos + i)] = taken[i];
	kvfree(taken);
	return err;
}

/* Count, for each replica, the blocks of the replayed part that it lacks. */
static void kdp_count_missing(struct kdp_store *s, const struct kdp_scan *scan,
			      const struct kdp_journal_info *first)
{
	struct kdp_journal_info part = *first;
	u32 r, ring;
	u64 at;

	for (; part.part < part.nr_parts; part.part++, part.pos++) {
		ring = kdp_ring_index(scan, part.pos);
		for (r = 0; r < KDP_REPLICAS; r++) {
			if (kdp_journal_same(kdp_scanned(scan, ring, r), &part))
				continue;
			s->report.replica[r].journal_bad++;
			at = kdp_journal_block(&s->super.geometry, r, part.pos);
			kdp_report_fault(s, r, at, KDP_BAD_SEQUENCE);
		}
	}
}

/*
 * A commit is issued only after the one before it has ended, so one of this
 * epoch beyond the next is no end of the journal but a hole in it.
 */
static int kdp_refuse_gap(struct kdp_store *s, const struct kdp_scan *scan)
{
	const struct kdp_journal_info *i;
	size_t n, all = (size_t)scan->journal_blocks * KDP_REPLICAS;

	if (s->sequence < s->super.start_sequence)
		return kdp_explain(s, -EUCLEAN,
			"journal: damaged in all copies: it ends at commit %llu, the pool was activated at %llu",
			(unsigned long long)s->sequence,
			(unsigned long long)s->super.start_sequence);
	for (n = 0; n < all; n++) {
		i = &scan->info[n];
		if (!i->nr_parts)
			continue;
		if (i->epoch > s->super.epoch)
			return kdp_explain(s, -EUCLEAN,
				"journal: commits of epoch %llu, but no superblock newer than epoch %llu is left",
				(unsigned long long)i->epoch,
				(unsigned long long)s->super.epoch);
		if (kdp_of_this_epoch(s, i) && i->sequence > s->sequence + 1)
			return kdp_explain(s, -EUCLEAN,
				"journal: damaged in all copies: commit %llu is there, %llu is not",
				(unsigned long long)i->sequence,
				(unsigned long long)s->sequence + 1);
	}
	return 0;
}

static bool kdp_start_broken(const struct kdp_store *s)
{
	return s->sequence == s->super.start_sequence &&
	       s->chain != s->super.start_chain;
}

static int kdp_replay_all(struct kdp_store *s, const struct kdp_scan *scan,
			  u8 *blocks)
{
	struct kdp_journal_info next;
	int err;

	for (;;) {
		if (kdp_start_broken(s))
			return kdp_explain(s, -EUCLEAN,
				"journal: the chain of commits does not lead to where the pool was activated");
		if (!kdp_next_commit(s, scan, &next))
			return kdp_refuse_gap(s, scan);
		err = kdp_replay_commit(s, scan, &next, blocks);
		if (err)
			return err;
		kdp_count_missing(s, scan, &next);
		s->sequence = next.sequence;
		s->chain = next.chain;
		s->pos += next.nr_parts;
		s->journal_used += next.nr_parts;
		s->report.commits_replayed++;
		if (s->journal_used > scan->journal_blocks)
			return kdp_explain(s, -EUCLEAN,
				"journal: longer than its ring");
	}
}

int kdp_replay(struct kdp_store *s, const struct kdp_scan *scan)
{
	const struct kdp_checkpoint_ref *ref = &s->super.checkpoint;
	u8 *blocks = vzalloc((size_t)KDP_MAX_PARTS * KDP_BLOCK_SIZE);
	int err;

	if (!blocks)
		return -ENOMEM;
	s->taken = kvcalloc(scan->journal_blocks, sizeof(*s->taken),
			    GFP_KERNEL);
	if (!s->taken) {
		vfree(blocks);
		return -ENOMEM;
	}
	s->sequence = ref->sequence;
	s->chain = ref->chain;
	s->pos = ref->journal_pos;
	s->journal_used = 0;
	err = kdp_replay_all(s, scan, blocks);
	atomic64_set(&s->durable, s->sequence);
	vfree(blocks);
	return err;
}
