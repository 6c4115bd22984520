// SPDX-License-Identifier: GPL-2.0-only
/*
 * Find the newest superblock.  Both slots of every home are read; R4's home
 * depends on the size of the device, so once a superblock is known that was
 * made for another size, the home that it names is read too.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "store/private.h"

struct kdp_probe {
	struct kdp_super found[KDP_REPLICAS][KDP_SUPER_SLOTS];
	enum kdp_fault fault[KDP_REPLICAS][KDP_SUPER_SLOTS];
	u32 nr_valid;
	u32 nr_unsupported;
	bool foreign;		/* superblocks of two pools */
	int io_error;
};

static void kdp_probe_slot(struct kdp_store *s, struct kdp_probe *p, u32 r,
			   u32 slot, u64 address)
{
	void *block = kdp_io_block(s, 0, 0);
	int err = kdp_read_one(s, address, block);
	enum kdp_fault fault;

	if (err) {
		p->io_error = err;
		p->fault[r][slot] = KDP_BAD_CHECKSUM;
		return;
	}
	fault = kdp_super_decode(block, r, address, &p->found[r][slot]);
	p->fault[r][slot] = fault;
	if (!fault)
		p->nr_valid++;
	if (fault == KDP_BAD_VERSION || fault == KDP_BAD_FEATURE)
		p->nr_unsupported++;
}

static void kdp_probe_home(struct kdp_store *s, struct kdp_probe *p, u32 r,
			   u64 device_blocks)
{
	u64 home = kdp_super_home(r, device_blocks);
	u32 slot;

	for (slot = 0; slot < KDP_SUPER_SLOTS; slot++) {
		if (home + slot < s->device_blocks)
			kdp_probe_slot(s, p, r, slot, home + slot);
		else
			p->fault[r][slot] = KDP_BAD_ADDRESS;
	}
}

/* How many valid superblocks are of the same epoch and nonce as @like? */
static u32 kdp_votes(const struct kdp_probe *p, const struct kdp_super *like)
{
	u32 r, slot, n = 0;

	for (r = 0; r < KDP_REPLICAS; r++)
		for (slot = 0; slot < KDP_SUPER_SLOTS; slot++)
			n += !p->fault[r][slot] &&
			     p->found[r][slot].epoch == like->epoch &&
			     p->found[r][slot].nonce == like->nonce;
	return n;
}

/*
 * The newest.  Two activations that each reached a part of the replicas may
 * have given the same epoch number; the one that got a majority has the votes.
 */
static const struct kdp_super *kdp_newest(struct kdp_probe *p)
{
	const struct kdp_super *best = NULL, *c;
	u32 r, slot;
	int cmp;

	for (r = 0; r < KDP_REPLICAS; r++) {
		for (slot = 0; slot < KDP_SUPER_SLOTS; slot++) {
			if (p->fault[r][slot])
				continue;
			c = &p->found[r][slot];
			if (!best) {
				best = c;
				continue;
			}
			if (memcmp(best->uuid, c->uuid, KDP_UUID_SIZE))
				p->foreign = true;
			cmp = kdp_super_compare(c, best);
			if (c->epoch == best->epoch && c->nonce != best->nonce)
				cmp = (int)kdp_votes(p, c) -
				      (int)kdp_votes(p, best);
			if (cmp > 0)
				best = c;
		}
	}
	return best;
}

static bool kdp_slot_stale(const struct kdp_probe *p, u32 r, u32 slot,
			   const struct kdp_super *best)
{
	const struct kdp_super *c = &p->found[r][slot];

	/* of the two slots one is naturally a write older */
	return p->fault[r][slot] || c->epoch != best->epoch ||
	       c->nonce != best->nonce || c->sequence + 1 < best->sequence;
}

static void kdp_probe_report(struct kdp_store *s, const struct kdp_probe *p,
			     const struct kdp_super *best)
{
	struct kdp_replica_report *rep;
	u32 r, slot;

	for (r = 0; r < KDP_REPLICAS; r++) {
		rep = &s->report.replica[r];
		for (slot = 0; slot < KDP_SUPER_SLOTS; slot++) {
			rep->super[slot] = p->fault[r][slot];
			u64 at = kdp_super_block(&best->geometry, r, slot);

			if (p->fault[r][slot])
				kdp_report_fault(s, r, at, p->fault[r][slot]);
			else if (kdp_slot_stale(p, r, slot, best))
				rep->super_stale = true;
		}
	}
}

static int kdp_probe_refuse(struct kdp_store *s, const struct kdp_probe *p)
{
	if (p->nr_unsupported)
		return kdp_explain(s, -EOPNOTSUPP,
			"the pool was made or used by a newer version; use that version");
	if (p->foreign)
		return kdp_explain(s, -EUCLEAN,
			"superblocks of two different pools are on this device; \"kdevpool-admin check\" shows them");
	if (p->io_error)
		return kdp_explain(s, -EIO,
			"no superblock could be read (error %d)", p->io_error);
	return kdp_explain(s, -ENODEV,
		"no valid superblock: not a kdevpool device, or all five metadata copies are damaged");
}

/* Counters that no pool reaches: there must be room for all that is to come. */
static bool kdp_super_worn(const struct kdp_super *s)
{
	const u64 most = KDP_MAX_COUNT / 2;

	return s->epoch > most || s->sequence > most ||
	       s->start_sequence > most || s->checkpoint.sequence > most ||
	       s->checkpoint.journal_pos > most;
}

static int kdp_probe_accept(struct kdp_store *s, const struct kdp_super *best)
{
	s->super = *best;
	if (best->geometry.device_blocks > s->device_blocks)
		return kdp_explain(s, -ENOSPC,
			"the device is truncated: the pool needs %llu KiB, the device has %llu KiB; give it its old size back",
			(unsigned long long)best->geometry.device_blocks * 4,
			(unsigned long long)s->device_blocks * 4);
	if (kdp_super_worn(best))
		return kdp_explain(s, -EUCLEAN,
			"superblock: epoch %llu, sequence %llu, commit %llu: more than a pool can reach",
			(unsigned long long)best->epoch,
			(unsigned long long)best->sequence,
			(unsigned long long)best->checkpoint.sequence);
	return 0;
}

static const struct kdp_super *kdp_probe_homes(struct kdp_store *s,
					       struct kdp_probe *p)
{
	const struct kdp_super *best;
	u64 made_for;
	u32 r;

	for (r = 0; r < KDP_REPLICAS; r++)
		kdp_probe_home(s, p, r, s->device_blocks);
	best = kdp_newest(p);
	if (!best || best->geometry.device_blocks == s->device_blocks)
		return best;
	made_for = best->geometry.device_blocks;
	kdp_probe_home(s, p, KDP_REPLICAS - 1, made_for);
	return kdp_newest(p);
}

int kdp_probe(struct kdp_store *s)
{
	struct kdp_probe *p = kvzalloc(sizeof(*p), GFP_KERNEL);
	const struct kdp_super *best;
	int err;

	if (!p)
		return -ENOMEM;
	err = -ENODEV;
	if (s->device_blocks < KDP_MIN_DEVICE_BLOCKS) {
		kdp_explain(s, err, "the device is smaller than 64 MiB");
		goto out;
	}
	best = kdp_probe_homes(s, p);
	if (!best || p->foreign || p->nr_unsupported) {
		err = kdp_probe_refuse(s, p);
		goto out;
	}
	kdp_probe_report(s, p, best);
	err = kdp_probe_accept(s, best);
out:
	kvfree(p);
	return err;
}
