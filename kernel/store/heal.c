// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bring every replica up to date with what recovery chose, before the new
 * epoch begins: missing journal blocks, then damaged checkpoint blocks.
 * Nothing that is valid on a replica is overwritten, so a crash on the way
 * changes nothing.
 */
#include <linux/errno.h>
#include <linux/kernel.h>

#include "store/place.h"

/* What is bad of one place, on any replica. */
static int kdp_heal_place(struct kdp_store *s, enum kdp_place_kind kind,
			  u64 index, const char *what)
{
	struct kdp_place p = { .kind = kind, .index = index };
	struct kdp_mend m = {
		.look = KDP_ALL_REPLICAS, .mend = KDP_ALL_REPLICAS,
		.op = KDP_IO_WRITE,
	};
	u32 r;

	kdp_place_mend(s, &p, &m);
	if (m.gone)
		return kdp_explain(s, -EIO, "%s %llu is gone", what,
				   (unsigned long long)index);
	for (r = 0; r < KDP_REPLICAS; r++)
		if (m.failed >> r & 1)
			kdp_replica_lost(s, r, kdp_place_block(s, &p, r), -EIO);
	return 0;
}

static int kdp_heal_journal(struct kdp_store *s)
{
	u64 pos = s->super.checkpoint.journal_pos;
	int err = 0;

	for (; !err && pos < s->pos; pos++)
		err = kdp_heal_place(s, KDP_PLACE_JOURNAL, pos,
				     "journal: position");
	return err;
}

static int kdp_heal_checkpoint(struct kdp_store *s)
{
	int err = 0;
	u32 i;

	for (i = 0; !err && i < s->super.checkpoint.nr_blocks; i++)
		err = kdp_heal_place(s, KDP_PLACE_CHECKPOINT, i,
				     "checkpoint: block");
	return err;
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
		err = err ?: kdp_heal_checkpoint(s);
	if (err)
		return err;
	/* whatever is not durable yet, of this or of an earlier attempt */
	err = s->ops->flush(s->disk);
	if (err)
		return kdp_explain(s, -EIO, "flush failed (error %d)", err);
	return 0;
}
