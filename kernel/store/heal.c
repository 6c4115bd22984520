// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bring every replica up to date with what recovery chose, before the new
 * epoch begins: missing journal blocks, then damaged checkpoint blocks, each
 * copied from a replica that has it and made the replica's own.  Nothing that
 * is valid on a replica is overwritten, so a crash on the way changes nothing.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/string.h>

#include "store/private.h"

static void kdp_heal_block(struct kdp_store *s, u32 r, u64 address, void *block)
{
	int err = kdp_write_one(s, address, block, KDP_IO_WRITE);

	if (err)
		kdp_replica_lost(s, r, address, err);
}

/* All replicas' copies of one journal block are in window column 0. */
static int kdp_heal_journal_block(struct kdp_store *s, u64 pos)
{
	const struct kdp_geometry *g = &s->super.geometry;
	struct kdp_journal_info info = { }, have;
	const struct kdp_journal_info *taken;
	void *good = NULL;
	bool ok[KDP_REPLICAS];
	u32 r, ring;

	div_u64_rem(pos, g->journal_blocks, &ring);
	taken = &s->taken[ring];
	for (r = 0; r < KDP_REPLICAS; r++) {
		u64 address = kdp_journal_block(g, r, pos);
		void *block = kdp_io_block(s, r, 0);

		ok[r] = !kdp_read_one(s, address, block) &&
			!kdp_journal_decode(block, s->super.uuid, r, address,
					    &have) &&
			kdp_journal_same(&have, taken);
		if (ok[r] && !good) {
			good = block;
			info = have;
		}
	}
	if (!good)
		return kdp_explain(s, -EIO, "journal: position %llu is gone",
				   (unsigned long long)pos);
	for (r = 0; r < KDP_REPLICAS; r++) {
		void *block = kdp_io_block(s, r, 0);

		if (ok[r])
			continue;
		memcpy(block, good, KDP_BLOCK_SIZE);
		kdp_journal_seal(&info, s->super.uuid, r,
				 kdp_journal_block(g, r, pos), block);
		kdp_heal_block(s, r, kdp_journal_block(g, r, pos), block);
	}
	return 0;
}

static int kdp_heal_journal(struct kdp_store *s)
{
	u64 pos = s->super.checkpoint.journal_pos;
	int err = 0;

	for (; !err && pos < s->pos; pos++)
		err = kdp_heal_journal_block(s, pos);
	return err;
}

static int kdp_heal_checkpoint_block(struct kdp_store *s, u32 index)
{
	const struct kdp_checkpoint_ref *ref = &s->super.checkpoint;
	bool ok[KDP_REPLICAS];
	void *good = NULL;
	u16 type = 0;
	u32 r;

	for (r = 0; r < KDP_REPLICAS; r++) {
		u64 address = kdp_slot_block(&s->super.geometry, r, ref->slot,
					     index);
		void *block = kdp_io_block(s, r, 0);
		u16 t;

		ok[r] = !kdp_read_one(s, address, block) &&
			!kdp_ckpt_verify(block, &s->super, r, index, &t);
		/* the first, as in loading */
		if (ok[r] && !good) {
			good = block;
			type = t;
		}
	}
	if (!good)
		return kdp_explain(s, -EIO, "checkpoint: block %u is gone",
				   index);
	for (r = 0; r < KDP_REPLICAS; r++) {
		void *block = kdp_io_block(s, r, 0);

		if (ok[r])
			continue;
		memcpy(block, good, KDP_BLOCK_SIZE);
		kdp_ckpt_seal(block, type, &s->super, ref, r, index);
		kdp_heal_block(s, r, kdp_slot_block(&s->super.geometry, r,
						    ref->slot, index), block);
	}
	return 0;
}

static bool kdp_any_checkpoint_bad(const struct kdp_store *s)
{
	u32 r;

	for (r = 0; r < KDP_REPLICAS; r++)
		if (s->report.replica[r].checkpoint_bad)
			return true;
	return false;
}

static bool kdp_any_journal_bad(const struct kdp_store *s)
{
	u32 r;

	for (r = 0; r < KDP_REPLICAS; r++)
		if (s->report.replica[r].journal_bad)
			return true;
	return false;
}

static void kdp_heal_log(struct kdp_store *s)
{
	const struct kdp_replica_report *rep;
	u32 r;

	for (r = 0; r < KDP_REPLICAS; r++) {
		rep = &s->report.replica[r];
		if (!rep->first_fault && !rep->super_stale)
			continue;
		kdp_log(warn, s,
			"metadata copy R%u brought up to date: superblock slots %s / %s%s, %u checkpoint and %u journal blocks",
			r, kdp_fault_name(rep->super[0]),
			kdp_fault_name(rep->super[1]),
			rep->super_stale ? " (stale)" : "",
			rep->checkpoint_bad, rep->journal_bad);
	}
}

int kdp_heal(struct kdp_store *s)
{
	u32 i;
	int err = 0;

	for (i = 0; i < KDP_REPLICAS; i++)
		s->super.geometry.replica[i].health = KDP_REPLICA_CURRENT;
	kdp_heal_log(s);
	if (kdp_any_journal_bad(s))
		err = kdp_heal_journal(s);
	if (kdp_any_checkpoint_bad(s))
		for (i = 0; !err && i < s->super.checkpoint.nr_blocks; i++)
			err = kdp_heal_checkpoint_block(s, i);
	if (err)
		return err;
	/* whatever is not durable yet, of this or of an earlier attempt */
	err = s->ops->flush(s->disk);
	if (err)
		return kdp_explain(s, -EIO, "flush failed (error %d)", err);
	return 0;
}
