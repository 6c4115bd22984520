// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include <stdlib.h>

#include "engine/recorder.h"
#include "engine/repair.h"
#include "format/journal.h"
#include "store/private.h"

struct work {
	struct kdpu_disk *d;
	struct recorder rec;
	struct kdp_store *s;
	struct kdp_super best;	/* as found, before healing */
	bool rewrite;		/* superblocks with a new sequence number */
	u8 block[KDP_BLOCK_SIZE] __attribute__((aligned(8)));
};

static bool read_block(struct work *w, u64 block)
{
	return !kdpu_disk_read(w->d, w->block, block << KDP_BLOCK_SHIFT,
			       KDP_BLOCK_SIZE);
}

/* Is what slot @slot of replica @r holds of the best one's epoch? */
static bool read_super(struct work *w, u32 r, u32 slot, struct kdp_super *s)
{
	u64 at = kdp_super_block(&w->best.geometry, r, slot);

	return read_block(w, at) && !kdp_super_decode(w->block, r, at, s) &&
	       s->epoch == w->best.epoch && s->nonce == w->best.nonce;
}

/* A forged one may have its copies elsewhere. */
static bool same_places(const struct kdp_super *a, const struct kdp_super *b)
{
	u32 r;

	for (r = 0; r < KDP_REPLICAS; r++)
		if (kdp_super_block(&a->geometry, r, 0) !=
		    kdp_super_block(&b->geometry, r, 0))
			return false;
	return true;
}

/* What slot @slot should hold everywhere; false if no copy is left. */
static bool find_super(struct work *w, u32 slot, struct kdp_super *want)
{
	u64 sequence = w->best.sequence;
	u32 r;

	if (sequence % KDP_SUPER_SLOTS != slot)
		sequence--;
	for (r = 0; r < KDP_REPLICAS; r++)
		if (read_super(w, r, slot, want) &&
		    want->sequence == sequence && same_places(want, &w->best))
			return true;
	return false;
}

/* Give the slot to those replicas that have something else in it. */
static int copy_supers(struct work *w, u32 slot, const struct kdp_super *want)
{
	u8 block[KDP_BLOCK_SIZE] __attribute__((aligned(8)));
	struct kdp_super have;
	u32 r;
	int err = 0;

	for (r = 0; !err && r < KDP_REPLICAS; r++) {
		if (read_super(w, r, slot, &have) &&
		    have.sequence == want->sequence)
			continue;
		kdp_super_encode(want, r, slot, block);
		err = kdp_write_one(w->s, kdp_super_block(&want->geometry, r,
							  slot),
				    block, KDP_IO_WRITE);
	}
	return err;
}

static bool any_out_of_date(const struct work *w)
{
	u32 r;

	for (r = 0; r < KDP_REPLICAS; r++)
		if (w->best.geometry.replica[r].health != KDP_REPLICA_CURRENT)
			return true;
	return false;
}

/*
 * The slot of the best superblock first: it has a good copy.  When the other
 * slot has none, the next write goes there, as it always does.
 */
static int plan_supers(struct work *w)
{
	u32 slot = w->best.sequence % KDP_SUPER_SLOTS;
	struct kdp_super want;
	int err;

	w->rewrite = any_out_of_date(w);
	if (w->rewrite)
		return kdp_super_write(w->s, KDP_SUPER_SLOTS);
	err = copy_supers(w, slot, &w->best);
	if (!err && find_super(w, !slot, &want))
		return copy_supers(w, !slot, &want);
	w->rewrite = true;
	if (!err)
		err = recorder_ops.flush(&w->rec);
	return err ? err : kdp_super_write(w->s, 1);
}

/* Reasons to leave a pool alone that can be opened. */
static int check_writable(struct work *w, struct kdpu_err *err)
{
	const struct kdp_report *rep = kdp_store_report(w->s);

	if (rep->cross.doubly_mapped) {
		kdpu_fail(err, -EROFS, "%u chunks belong to two volumes: that is no damaged copy, and not mended here",
			  rep->cross.doubly_mapped);
		return kdpu_todo(err, "save what is needed: activate --read-only; then make a new pool");
	}
	if (w->best.ro_compat) {
		kdpu_fail(err, -EROFS, "the pool uses features of a newer version: it can only be read");
		return kdpu_todo(err, "repair it with that version");
	}
	return 0;
}

static int open_store(struct work *w, struct kdpu_err *err)
{
	char why[KDP_REASON_SIZE] = "";
	struct kdp_store_info info;
	int ret = kdp_store_open(w->s);

	if (ret == -ENOMEM)
		return kdpu_fail_memory(err);
	if (ret) {
		kdp_store_reason(w->s, why, sizeof(why));
		kdpu_fail(err, ret, "%s", why[0] ? why : "it cannot be opened");
		return kdpu_expected(err, "at least one of five copies of each block");
	}
	kdp_store_info(w->s, &info);
	w->best = info.super;
	return check_writable(w, err);
}

static int heal(struct work *w, struct kdpu_err *err)
{
	char why[KDP_REASON_SIZE] = "";
	int ret;

	mutex_lock(&w->s->commit_lock);
	ret = kdp_heal(w->s);
	if (!ret)
		ret = plan_supers(w);
	mutex_unlock(&w->s->commit_lock);
	if (w->rec.no_memory || ret == -ENOMEM)
		return kdpu_fail_memory(err);
	if (!ret)
		return 0;
	kdp_store_reason(w->s, why, sizeof(why));
	return kdpu_fail(err, ret, "%s", why[0] ? why : "it cannot be healed");
}

/* Where a block of the metadata belongs. */
static bool locate(const struct work *w, u64 block, u32 *r, const char **area,
		   u32 *index)
{
	const struct kdp_geometry *g = &w->best.geometry;
	u64 at;

	for (*r = 0; *r < KDP_REPLICAS; (*r)++) {
		at = block - g->replica[*r].super;
		*area = "superblock";
		*index = at;
		if (at < KDP_SUPER_SLOTS)
			return true;
		at = block - g->replica[*r].extent;
		*area = "journal";
		if (at < g->journal_blocks)
			return true;
		*area = "checkpoint";
		*index = (at - g->journal_blocks) % g->slot_blocks;
		if (at < kdp_extent_blocks(g))
			return true;
	}
	return false;
}

/* What is wrong with the block on the disk now; NULL: nothing. */
static const char *fault_now(struct work *w, u64 block, u32 r,
			     const char *area, u32 index)
{
	struct kdp_journal_info info;
	enum kdp_fault fault;
	struct kdp_super s;
	u16 type;

	if (!read_block(w, block))
		return "cannot be read";
	if (area[0] == 's') {
		fault = kdp_super_decode(w->block, r, block, &s);
		if (!fault && w->rewrite)
			return "calls a copy out of date";
		if (!fault)
			return s.sequence == w->best.sequence &&
			       s.epoch == w->best.epoch &&
			       s.nonce == w->best.nonce ? NULL : "stale";
	} else if (area[0] == 'c') {
		fault = kdp_ckpt_verify(w->block, &w->best, r, index, &type);
		if (!fault)
			return "not what was loaded";
	} else {
		fault = kdp_journal_decode(w->block, w->best.uuid, r, block,
					   &info);
		if (!fault)
			return "another commit than was replayed";
	}
	return fault ? kdp_fault_name(fault) : NULL;
}

static int explain(struct work *w, struct kdpu_repair *p, struct kdpu_err *err)
{
	struct kdpu_repair_write *out;
	struct recorded *in;
	u32 r, index = 0;
	size_t i;

	p->w = calloc(w->rec.nr + 1, sizeof(*p->w));
	if (!p->w)
		return kdpu_fail_memory(err);
	for (i = 0; i < w->rec.nr; i++) {
		in = &w->rec.w[i];
		out = &p->w[i];
		if (!locate(w, in->block, &r, &out->area, &index))
			return kdpu_fail(err, -EIO, "a fault of this program: block %llu is no metadata",
					 (unsigned long long)in->block);
		out->why = fault_now(w, in->block, r, out->area, index);
		/* whatever happens, what is good is not written */
		if (!out->why)
			return kdpu_fail(err, -EIO, "a fault of this program: block %llu is good already",
					 (unsigned long long)in->block);
		out->replica = r;
		out->block = in->block;
		out->flush_before = in->flush_before;
		out->data = in->data;
		in->data = NULL;
		p->nr++;
	}
	return 0;
}

int kdpu_repair_plan(struct kdpu_disk *d, struct kdpu_repair *p,
		     struct kdpu_err *err)
{
	struct work *w = calloc(1, sizeof(*w));
	int ret = -ENOMEM;

	memset(p, 0, sizeof(*p));
	if (w) {
		w->d = d;
		w->rec.disk = d;
		w->s = kdp_store_new(&recorder_ops, &w->rec,
				     d->bytes >> KDP_BLOCK_SHIFT);
	}
	if (!w || !w->s) {
		kdpu_fail_memory(err);
		goto out;
	}
	ret = open_store(w, err);
	if (!ret)
		ret = heal(w, err);
	if (!ret)
		ret = explain(w, p, err);
	p->mapped_but_free = kdp_store_report(w->s)->cross.mapped_but_free;
	p->leaked = kdp_store_report(w->s)->cross.leaked;
	memcpy(p->name, w->best.name, sizeof(p->name));
	memcpy(p->uuid, w->best.uuid, sizeof(p->uuid));
	kdp_store_free(w->s);
	recorder_free(&w->rec);
out:
	free(w);
	if (ret)
		kdpu_repair_free(p);
	return ret;
}

int kdpu_repair_write(struct kdpu_disk *d, const struct kdpu_repair *p,
		      struct kdpu_err *err)
{
	struct kdp_io io = { .op = KDP_IO_WRITE, .nr_blocks = 1 };
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < p->nr; i++) {
		if (p->w[i].flush_before)
			ret = kdpu_disk_sync(d);
		if (ret)
			break;
		io.block = p->w[i].block;
		io.data = p->w[i].data;
		kdpu_disk_ops.submit(d, &io, 1);
		ret = io.error;
	}
	if (!ret)
		ret = kdpu_disk_sync(d);
	if (!ret)
		return 0;
	if (ret == -EINTR)
		kdpu_fail(err, ret, "interrupted after %zu of %zu blocks",
			  i, p->nr);
	else
		kdpu_fail_errno(err, ret, "cannot write block %llu of R%u",
				(unsigned long long)io.block,
				i < p->nr ? p->w[i].replica : 0);
	return kdpu_todo(err, "no good copy was touched; run repair again");
}

void kdpu_repair_free(struct kdpu_repair *p)
{
	while (p->nr)
		free(p->w[--p->nr].data);
	free(p->w);
	p->w = NULL;
}
