// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whether a pool can be used is the store's verdict alone.  To name every
 * fault, not only the first of each replica, the blocks that it loaded are
 * read once more here with the validators of kernel/format.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include <stdlib.h>

#include "engine/check.h"
#include "format/checkpoint.h"
#include "format/journal.h"
#include "store/store.h"

struct walk {
	struct kdpu_disk *d;
	struct kdpu_check *c;
	struct kdp_store_info info;
	u8 block[KDP_BLOCK_SIZE] __attribute__((aligned(8)));
};

#define UNREADABLE	KDP_NR_FAULTS

static const char *fault_text(enum kdp_fault fault)
{
	return fault == UNREADABLE ? "cannot be read" : kdp_fault_name(fault);
}

static int note(struct walk *w, u32 r, const char *area, u64 block,
		enum kdp_fault fault)
{
	struct kdpu_fault *f;

	f = realloc(w->c->faults, (w->c->nr_faults + 1) * sizeof(*f));
	if (!f)
		return -ENOMEM;
	w->c->faults = f;
	f[w->c->nr_faults++] = (struct kdpu_fault){
		r, area, block, fault_text(fault),
	};
	return 0;
}

static bool read_block(struct walk *w, u64 block)
{
	return !kdpu_disk_read(w->d, w->block, block * KDP_BLOCK_SIZE,
			       KDP_BLOCK_SIZE);
}

static int walk_supers(struct walk *w)
{
	u64 blocks = w->c->found ? w->info.super.geometry.device_blocks :
				   w->d->bytes >> KDP_BLOCK_SHIFT;
	enum kdp_fault fault;
	struct kdp_super s;
	u32 r, slot;
	int ret = 0;

	for (r = 0; r < KDP_REPLICAS; r++) {
		u64 home = kdp_super_home(r, blocks);

		for (slot = 0; !ret && slot < KDP_SUPER_SLOTS; slot++) {
			fault = UNREADABLE;
			if (read_block(w, home + slot))
				fault = kdp_super_decode(w->block, r,
							 home + slot, &s);
			w->c->replica[r].super[slot] = fault_text(fault);
			if (fault)
				ret = note(w, r, "superblock", home + slot,
					   fault);
		}
	}
	return ret;
}

/* Valid by itself, but not what the others say? */
static enum kdp_fault same_content(struct walk *w, const struct kdp_store *s,
				   u32 index, u16 type)
{
	if (!w->c->opened ||
	    kdp_ckpt_digest(w->block, type) == kdp_store_loaded(s, index))
		return KDP_OK;
	return KDP_BAD_CONTENT;
}

static int walk_checkpoint(struct walk *w, const struct kdp_store *store)
{
	const struct kdp_super *s = &w->info.super;
	enum kdp_fault fault;
	u32 r, i;
	u16 type;
	int ret = 0;

	for (r = 0; r < KDP_REPLICAS; r++) {
		for (i = 0; !ret && i < s->checkpoint.nr_blocks; i++) {
			u64 at = kdp_slot_block(&s->geometry, r,
						s->checkpoint.slot, i);

			fault = UNREADABLE;
			if (read_block(w, at))
				fault = kdp_ckpt_verify(w->block, s, r, i,
							&type);
			if (!fault)
				fault = same_content(w, store, i, type);
			if (!fault)
				continue;
			w->c->replica[r].checkpoint_bad++;
			ret = note(w, r, "checkpoint", at, fault);
		}
	}
	return ret;
}

struct journal_copy {
	enum kdp_fault fault;
	u64 at;
	struct kdp_journal_info info;
};

static bool same_commit(const struct kdp_journal_info *a,
			const struct kdp_journal_info *b)
{
	return a->pos == b->pos && a->epoch == b->epoch &&
	       a->nonce == b->nonce && a->sequence == b->sequence &&
	       a->part == b->part && a->chain == b->chain;
}

/* The newest of the copies of one position is what was replayed. */
static int judge_position(struct walk *w, struct journal_copy *copy, u64 pos)
{
	const struct kdp_journal_info *best = NULL;
	u32 r;
	int ret = 0;

	for (r = 0; r < KDP_REPLICAS; r++)
		if (!copy[r].fault && copy[r].info.pos == pos &&
		    (!best || copy[r].info.epoch > best->epoch))
			best = &copy[r].info;
	for (r = 0; !ret && r < KDP_REPLICAS; r++) {
		if (!copy[r].fault && best &&
		    !same_commit(&copy[r].info, best))
			copy[r].fault = KDP_BAD_SEQUENCE;
		if (!copy[r].fault)
			continue;
		w->c->replica[r].journal_bad++;
		ret = note(w, r, "journal", copy[r].at, copy[r].fault);
	}
	return ret;
}

static int walk_journal(struct walk *w)
{
	const struct kdp_super *s = &w->info.super;
	u64 pos = s->checkpoint.journal_pos;
	u64 end = pos + w->info.journal_used;
	struct journal_copy copy[KDP_REPLICAS];
	int ret = 0;
	u32 r;

	for (; !ret && pos < end; pos++) {
		for (r = 0; r < KDP_REPLICAS; r++) {
			copy[r].at = kdp_journal_block(&s->geometry, r, pos);
			copy[r].fault = UNREADABLE;
			if (read_block(w, copy[r].at))
				copy[r].fault = kdp_journal_decode(w->block,
						s->uuid, r, copy[r].at,
						&copy[r].info);
		}
		ret = judge_position(w, copy, pos);
	}
	return ret;
}

static bool add_volume(const struct kdp_volume *v, void *data)
{
	struct walk *w = data;
	struct kdpu_checked_volume *out;
	u64 chunk = w->c->chunk_bytes;

	out = realloc(w->c->volumes, (w->c->nr_volumes + 1) * sizeof(*out));
	if (!out)
		return false;
	w->c->volumes = out;
	out += w->c->nr_volumes++;
	memcpy(out->name, v->info.name, sizeof(out->name));
	out->id = v->info.id;
	out->bytes = v->info.sectors * 512;
	out->mapped_bytes = v->map.nr_mapped * chunk;
	out->unwritten_bytes = v->map.nr_unwritten * chunk;
	return true;
}

static void copy_facts(struct walk *w)
{
	const struct kdp_super *s = &w->info.super;
	struct kdpu_check *c = w->c;
	u32 r;

	memcpy(c->uuid, s->uuid, sizeof(c->uuid));
	memcpy(c->name, s->name, sizeof(c->name));
	memcpy(c->host, s->host, sizeof(c->host));
	c->device_bytes = s->geometry.device_blocks * KDP_BLOCK_SIZE;
	c->chunk_bytes = (u64)s->geometry.chunk_blocks * KDP_BLOCK_SIZE;
	c->chunks = s->geometry.nr_chunks;
	c->epoch = s->epoch;
	c->sequence = w->info.sequence;
	c->created = s->created;
	c->activated = s->activated;
	c->clean = s->flags & KDP_SUPER_CLEAN;
	c->chunks_used = w->info.chunks_used;
	c->replicas_current = w->info.replicas_current;
	while (c->nr_retired < KDP_MAX_RETIRED &&
	       s->geometry.retired[c->nr_retired])
		c->nr_retired++;
	for (r = 0; r < KDP_REPLICAS; r++) {
		c->replica[r].extent = s->geometry.replica[r].extent;
		c->replica[r].out_of_date = s->geometry.replica[r].health !=
					    KDP_REPLICA_CURRENT;
	}
}

static void copy_report(struct walk *w, const struct kdp_report *rep)
{
	struct kdpu_check *c = w->c;
	u32 r;

	c->mapped_but_free = rep->cross.mapped_but_free;
	c->leaked = rep->cross.leaked;
	c->doubly_mapped = rep->cross.doubly_mapped;
	c->commits_replayed = rep->commits_replayed;
	for (r = 0; r < KDP_REPLICAS; r++)
		c->replica[r].stale = rep->replica[r].super_stale;
}

static enum kdpu_check_result judge(const struct kdpu_check *c)
{
	u32 r;

	if (!c->opened || c->doubly_mapped)
		return KDPU_CHECK_LOST;
	if (c->nr_faults || c->mapped_but_free || c->leaked)
		return KDPU_CHECK_DAMAGED;
	for (r = 0; r < KDP_REPLICAS; r++)
		if (c->replica[r].stale || c->replica[r].out_of_date)
			return KDPU_CHECK_DAMAGED;
	return KDPU_CHECK_CLEAN;
}

static int walk_all(struct walk *w, struct kdp_store *s)
{
	int ret;

	kdp_store_info(s, &w->info);
	w->c->found = w->info.super.geometry.device_blocks != 0;
	if (w->c->found)
		copy_facts(w);
	ret = walk_supers(w);
	if (!ret && w->c->found)
		ret = walk_checkpoint(w, s);
	if (ret || !w->c->opened)
		return ret;
	copy_report(w, kdp_store_report(s));
	kdp_store_for_each(s, add_volume, w);
	return walk_journal(w);
}

int kdpu_check_run(struct kdpu_disk *d, struct kdpu_check *c,
		   struct kdpu_err *err)
{
	struct walk *w = calloc(1, sizeof(*w));
	struct kdp_store *s = kdp_store_new(&kdpu_disk_ops, d,
					    d->bytes >> KDP_BLOCK_SHIFT);
	int ret;

	memset(c, 0, sizeof(*c));
	if (!w || !s) {
		ret = -ENOMEM;
		goto out;
	}
	w->d = d;
	w->c = c;
	c->error = kdp_store_open(s);
	c->opened = !c->error;
	if (c->error)
		kdp_store_reason(s, c->reason, sizeof(c->reason));
	ret = c->error == -ENOMEM ? -ENOMEM : walk_all(w, s);
	c->result = judge(c);
out:
	if (s)
		kdp_store_free(s);
	free(w);
	if (!ret)
		return 0;
	kdpu_check_free(c);
	return kdpu_fail_memory(err);
}

void kdpu_check_free(struct kdpu_check *c)
{
	free(c->faults);
	free(c->volumes);
	c->faults = NULL;
	c->volumes = NULL;
}
