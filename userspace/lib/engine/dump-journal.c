// SPDX-License-Identifier: GPL-2.0-only
/*
 * The journal ring.  What is the same on several replicas is shown once, with
 * the replicas that have it; places that were never written are left out.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include <stdlib.h>

#include "engine/dump-private.h"
#include "format/journal.h"
#include "format/record.h"

struct copy {
	u64 at;
	enum kdp_fault fault;
	bool blank, shown;
	struct kdp_journal_info info;
	u8 block[KDP_BLOCK_SIZE] __attribute__((aligned(8)));
};

static const char *const record_names[] = {
	[KDP_RECORD_CREATE] = "create",
	[KDP_RECORD_REMOVE] = "remove",
	[KDP_RECORD_MAP] = "map",
	[KDP_RECORD_WRITTEN] = "written",
	[KDP_RECORD_UNMAP] = "unmap",
	[KDP_RECORD_UNWRITTEN] = "unwritten",
	[KDP_RECORD_SET] = "set",
};

static void dump_record(struct dump *p, const struct kdp_record *rec)
{
	const struct kdpu_emit *e = p->e;

	e->open(e->to, NULL, false);
	e->text(e->to, "type", record_names[rec->type]);
	switch (rec->type) {
	case KDP_RECORD_CREATE:
	case KDP_RECORD_SET:
		dump_volume_info(p, &rec->info);
		break;
	case KDP_RECORD_REMOVE:
		e->number(e->to, "volume", rec->volume);
		break;
	case KDP_RECORD_MAP:
	case KDP_RECORD_WRITTEN:
	case KDP_RECORD_UNMAP:
	case KDP_RECORD_UNWRITTEN:
		e->number(e->to, "volume", rec->volume);
		dump_extent(p, &rec->extent);
		break;
	}
	e->close(e->to);
}

static void dump_records(struct dump *p, struct copy *c)
{
	const u8 *at = kdp_journal_payload(c->block);
	const struct kdpu_emit *e = p->e;
	enum kdp_fault fault = KDP_OK;
	u32 left = c->info.used, size;
	struct kdp_record rec;

	e->open(e->to, "records", true);
	for (; left; at += size, left -= size) {
		fault = kdp_record_decode(at, left, &rec, &size);
		if (fault)
			break;
		dump_record(p, &rec);
	}
	e->close(e->to);
	dump_fault(p, "records_fault", fault);
}

/* Does recovery look at this position? */
static bool in_use(const struct dump *p, u64 pos)
{
	u64 from = p->info.super.checkpoint.journal_pos;

	return p->opened && pos >= from && pos < from + p->info.journal_used;
}

static void dump_block(struct dump *p, struct copy *copies, u32 first)
{
	const struct kdpu_emit *e = p->e;
	struct copy *c = &copies[first];
	char name[4] = "R0";
	u32 r;

	e->open(e->to, NULL, false);
	e->number(e->to, "pos", c->info.pos);
	e->flag(e->to, "replayed", in_use(p, c->info.pos));
	e->number(e->to, "epoch", c->info.epoch);
	e->number(e->to, "sequence", c->info.sequence);
	dump_hex(p, "nonce", c->info.nonce);
	dump_hex(p, "prev_chain", c->info.prev_chain);
	dump_hex(p, "chain", c->info.chain);
	e->number(e->to, "part", c->info.part);
	e->number(e->to, "nr_parts", c->info.nr_parts);
	e->number(e->to, "used", c->info.used);
	e->open(e->to, "replicas", true);
	for (r = first; r < KDP_REPLICAS; r++) {
		if (copies[r].fault || copies[r].shown ||
		    !kdp_journal_same(&copies[r].info, &c->info))
			continue;
		copies[r].shown = true;
		name[1] = '0' + r;
		e->text(e->to, NULL, name);
	}
	e->close(e->to);
	dump_records(p, c);
	e->close(e->to);
}

static void read_copy(struct dump *p, struct copy *c, u32 ring, u32 r)
{
	const struct kdp_super *s = &p->info.super;

	c->at = s->geometry.replica[r].extent + ring;
	c->shown = false;
	c->blank = false;
	c->fault = DUMP_UNREADABLE;
	memset(c->block, 0, sizeof(c->block));
	if (!dump_read(p, c->at))
		return;
	memcpy(c->block, p->block, sizeof(c->block));
	c->blank = kdp_is_zero(c->block, sizeof(c->block));
	c->fault = kdp_journal_decode(c->block, s->uuid, r, c->at, &c->info);
}

static void dump_blocks(struct dump *p, struct copy *copies)
{
	u32 ring, r;

	p->e->open(p->e->to, "blocks", true);
	for (ring = 0; ring < p->info.super.geometry.journal_blocks; ring++) {
		for (r = 0; r < KDP_REPLICAS; r++) {
			read_copy(p, &copies[r], ring, r);
			copies[r].shown = !dump_wants(p, r);
		}
		for (r = 0; r < KDP_REPLICAS; r++)
			if (!copies[r].shown && !copies[r].fault)
				dump_block(p, copies, r);
	}
	p->e->close(p->e->to);
}

/* Position that a place of the ring would have if recovery looks at it. */
static bool ring_in_use(const struct dump *p, u32 ring)
{
	u64 from = p->info.super.checkpoint.journal_pos;
	u32 all = p->info.super.geometry.journal_blocks;

	return in_use(p, from + (ring + all - from % all) % all);
}

static void dump_faulty(struct dump *p, struct copy *c)
{
	const struct kdpu_emit *e = p->e;
	u32 ring, r;

	e->open(e->to, "damaged", true);
	for (ring = 0; ring < p->info.super.geometry.journal_blocks; ring++) {
		for (r = 0; r < KDP_REPLICAS; r++) {
			if (!dump_wants(p, r))
				continue;
			read_copy(p, c, ring, r);
			if (!c->fault || (c->blank && !ring_in_use(p, ring)))
				continue;
			memcpy(p->block, c->block, sizeof(p->block));
			e->open(e->to, NULL, false);
			dump_replica(p, r);
			e->number(e->to, "block", c->at);
			e->flag(e->to, "needed", ring_in_use(p, ring));
			dump_fault(p, "fault", c->fault);
			dump_header(p);
			e->close(e->to);
		}
	}
	e->close(e->to);
}

int dump_journal(struct dump *p)
{
	const struct kdpu_emit *e = p->e;
	struct copy *copies;

	if (!p->info.super.geometry.device_blocks) {
		e->text(e->to, "journal", NULL);
		return 0;
	}
	copies = calloc(KDP_REPLICAS, sizeof(*copies));
	if (!copies)
		return -ENOMEM;
	e->open(e->to, "journal", false);
	e->number(e->to, "journal_pos", p->info.super.checkpoint.journal_pos);
	e->number(e->to, "blocks_used", p->opened ? p->info.journal_used : 0);
	dump_blocks(p, copies);
	dump_faulty(p, copies);
	e->close(e->to);
	free(copies);
	return 0;
}
