// SPDX-License-Identifier: GPL-2.0-only
/* Ten superblocks, and the checkpoint that the newest names. */
#include <linux/kernel.h>
#include <linux/string.h>

#include "engine/dump-private.h"
#include "format/checkpoint.h"

static void dump_places(struct dump *p, const struct kdp_geometry *g)
{
	const struct kdpu_emit *e = p->e;
	u32 r;

	e->open(e->to, "replicas", true);
	for (r = 0; r < KDP_REPLICAS; r++) {
		e->open(e->to, NULL, false);
		dump_replica(p, r);
		e->number(e->to, "home", g->replica[r].super);
		e->number(e->to, "extent", g->replica[r].extent);
		e->text(e->to, "health", g->replica[r].health ==
			KDP_REPLICA_CURRENT ? "current" : "out of date");
		e->close(e->to);
	}
	e->close(e->to);
	e->open(e->to, "retired", true);
	for (r = 0; r < KDP_MAX_RETIRED && g->retired[r]; r++)
		e->number(e->to, NULL, g->retired[r]);
	e->close(e->to);
}

static void dump_reference(struct dump *p, const struct kdp_checkpoint_ref *c)
{
	const struct kdpu_emit *e = p->e;

	e->number(e->to, "slot", c->slot);
	e->number(e->to, "nr_blocks", c->nr_blocks);
	e->number(e->to, "epoch", c->epoch);
	e->number(e->to, "sequence", c->sequence);
	dump_hex(p, "chain", c->chain);
	e->number(e->to, "journal_pos", c->journal_pos);
}

static void dump_fields(struct dump *p, const struct kdp_super *s)
{
	const struct kdpu_emit *e = p->e;
	const struct kdp_geometry *g = &s->geometry;

	dump_uuid(p, "uuid", s->uuid);
	e->text(e->to, "name", s->name);
	e->number(e->to, "epoch", s->epoch);
	e->number(e->to, "sequence", s->sequence);
	dump_hex(p, "nonce", s->nonce);
	e->flag(e->to, "clean", s->flags & KDP_SUPER_CLEAN);
	dump_hex(p, "compat", s->compat);
	dump_hex(p, "ro_compat", s->ro_compat);
	dump_hex(p, "incompat", s->incompat);
	e->number(e->to, "device_blocks", g->device_blocks);
	e->number(e->to, "chunk_blocks", g->chunk_blocks);
	e->number(e->to, "nr_chunks", g->nr_chunks);
	e->number(e->to, "journal_blocks", g->journal_blocks);
	e->number(e->to, "slot_blocks", g->slot_blocks);
	e->number(e->to, "max_volumes", g->max_volumes);
	dump_places(p, g);
	e->open(e->to, "checkpoint", false);
	dump_reference(p, &s->checkpoint);
	e->close(e->to);
	e->number(e->to, "start_sequence", s->start_sequence);
	dump_hex(p, "start_chain", s->start_chain);
	e->number(e->to, "created", s->created);
	e->number(e->to, "activated", s->activated);
	dump_uuid(p, "machine_id", s->machine_id);
	e->text(e->to, "host", s->host);
	e->text(e->to, "serial", s->serial[0] ? s->serial : NULL);
}

static void dump_super(struct dump *p, u32 r, u32 slot, u64 at)
{
	const struct kdpu_emit *e = p->e;
	enum kdp_fault fault = DUMP_UNREADABLE;
	struct kdp_super s;

	if (dump_read(p, at))
		fault = kdp_super_decode(p->block, r, at, &s);
	else
		memset(p->block, 0, sizeof(p->block));
	e->open(e->to, NULL, false);
	dump_replica(p, r);
	e->number(e->to, "slot", slot);
	e->number(e->to, "block", at);
	dump_fault(p, "fault", fault);
	if (fault)
		dump_header(p);
	else
		dump_fields(p, &s);
	e->close(e->to);
}

void dump_supers(struct dump *p)
{
	u64 blocks = p->info.super.geometry.device_blocks;
	const struct kdpu_emit *e = p->e;
	u32 r, slot;

	if (!blocks)
		blocks = p->d->bytes >> KDP_BLOCK_SHIFT;
	e->open(e->to, "superblocks", true);
	for (r = 0; r < KDP_REPLICAS; r++)
		for (slot = 0; dump_wants(p, r) && slot < KDP_SUPER_SLOTS;
		     slot++)
			dump_super(p, r, slot, kdp_super_home(r, blocks) +
				   slot);
	e->close(e->to);
}

static void dump_head(struct dump *p)
{
	const struct kdpu_emit *e = p->e;
	struct kdp_ckpt_head h;

	if (kdp_ckpt_head_get(p->block, &h))
		return;
	e->number(e->to, "next_volume", h.next_volume);
	e->number(e->to, "nr_volumes", h.nr_volumes);
	e->number(e->to, "nr_bitmap", h.nr_bitmap);
	e->number(e->to, "nr_volume_blocks", h.nr_volume_blocks);
	e->number(e->to, "nr_map_blocks", h.nr_map_blocks);
}

static void dump_bitmap(struct dump *p)
{
	const struct kdpu_emit *e = p->e;
	u64 words[KDP_BITMAP_WORDS];
	u32 first, i, used = 0;

	if (kdp_ckpt_bitmap_get(p->block, &first, words))
		return;
	for (i = 0; i < KDP_BITMAP_WORDS; i++)
		used += __builtin_popcountll(words[i]);
	e->number(e->to, "first_chunk", (u64)first * KDP_BITMAP_WORDS * 64);
	e->number(e->to, "chunks_used", used);
}

static void dump_volume_block(struct dump *p)
{
	const struct kdpu_emit *e = p->e;
	struct kdp_volume_info v;
	u32 i, count;

	if (kdp_ckpt_volumes_count(p->block, &count))
		return;
	e->open(e->to, "volumes", true);
	for (i = 0; i < count; i++) {
		if (kdp_ckpt_volumes_get(p->block, i, &v))
			continue;
		e->open(e->to, NULL, false);
		dump_volume_info(p, &v);
		e->close(e->to);
	}
	e->close(e->to);
}

static void dump_map_block(struct dump *p)
{
	const struct kdpu_emit *e = p->e;
	struct kdp_extent x;
	u32 i, count;
	u64 volume;

	if (kdp_ckpt_map_count(p->block, &volume, &count))
		return;
	e->number(e->to, "volume", volume);
	e->number(e->to, "count", count);
	if (!(p->what->parts & KDPU_DUMP_EXTENTS))
		return;
	e->open(e->to, "extents", true);
	for (i = 0; i < count; i++) {
		if (kdp_ckpt_map_get(p->block, i, &x))
			continue;
		e->open(e->to, NULL, false);
		dump_extent(p, &x);
		e->close(e->to);
	}
	e->close(e->to);
}

static void dump_content(struct dump *p, u16 type)
{
	static const struct {
		const char *name;
		void (*show)(struct dump *p);
	} kinds[] = {
		[KDP_BLOCK_CKPT_HEAD] = { "head", dump_head },
		[KDP_BLOCK_CKPT_BITMAP] = { "bitmap", dump_bitmap },
		[KDP_BLOCK_CKPT_VOLUMES] = { "volumes", dump_volume_block },
		[KDP_BLOCK_CKPT_MAP] = { "map", dump_map_block },
	};

	p->e->text(p->e->to, "type", kinds[type].name);
	kinds[type].show(p);
}

/* One block of the stream: where its copies are, what the first good says. */
static void dump_stream_block(struct dump *p, u32 index)
{
	const struct kdp_super *s = &p->info.super;
	const struct kdpu_emit *e = p->e;
	enum kdp_fault fault;
	u16 type, good = 0;
	u64 at, from = 0;
	u32 r;

	e->open(e->to, NULL, false);
	e->number(e->to, "index", index);
	e->open(e->to, "copies", true);
	for (r = 0; r < KDP_REPLICAS; r++) {
		if (!dump_wants(p, r))
			continue;
		at = kdp_slot_block(&s->geometry, r, s->checkpoint.slot, index);
		fault = DUMP_UNREADABLE;
		if (dump_read(p, at))
			fault = kdp_ckpt_verify(p->block, s, r, index, &type);
		e->open(e->to, NULL, false);
		dump_replica(p, r);
		e->number(e->to, "block", at);
		dump_fault(p, "fault", fault);
		e->close(e->to);
		if (!fault && !good) {
			good = type;
			from = at;
		}
	}
	e->close(e->to);
	if (good && dump_read(p, from))
		dump_content(p, good);
	else
		e->text(e->to, "type", NULL);
	e->close(e->to);
}

void dump_checkpoint(struct dump *p)
{
	const struct kdp_super *s = &p->info.super;
	const struct kdpu_emit *e = p->e;
	u32 i;

	if (!s->geometry.device_blocks) {
		e->text(e->to, "checkpoint", NULL);
		return;
	}
	e->open(e->to, "checkpoint", false);
	dump_reference(p, &s->checkpoint);
	e->open(e->to, "blocks", true);
	for (i = 0; i < s->checkpoint.nr_blocks; i++)
		dump_stream_block(p, i);
	e->close(e->to);
	e->close(e->to);
}
