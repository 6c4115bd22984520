// SPDX-License-Identifier: GPL-2.0-only
/* What all parts of a dump share, and the volumes after replay. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include <stdlib.h>

#include "dmname.h"
#include "engine/dump-private.h"
#include "format/block.h"
#include "format/record.h"

bool dump_read(struct dump *p, u64 block)
{
	return !kdpu_disk_read(p->d, p->block, block << KDP_BLOCK_SHIFT,
			       KDP_BLOCK_SIZE);
}

void dump_replica(struct dump *p, u32 r)
{
	char text[8];

	scnprintf(text, sizeof(text), "R%u", r);
	p->e->text(p->e->to, "replica", text);
}

void dump_fault(struct dump *p, const char *key, enum kdp_fault fault)
{
	p->e->text(p->e->to, key, !fault ? NULL : fault == DUMP_UNREADABLE ?
		   "cannot be read" : kdp_fault_name(fault));
}

void dump_hex(struct dump *p, const char *key, u64 n)
{
	char text[20];

	scnprintf(text, sizeof(text), "%016llx", (unsigned long long)n);
	p->e->text(p->e->to, key, text);
}

void dump_uuid(struct dump *p, const char *key, const u8 *uuid)
{
	char text[KDPU_UUID_TEXT];

	p->e->text(p->e->to, key, kdpu_uuid_text(uuid, text));
}

void dump_header(struct dump *p)
{
	const struct kdpu_emit *e = p->e;
	struct kdp_block_id id;

	if (kdp_block_intact(p->block) == KDP_BAD_MAGIC) {
		e->text(e->to, "header", NULL);
		return;
	}
	kdp_block_id_get(p->block, &id);
	e->open(e->to, "header", false);
	e->number(e->to, "type", id.type);
	e->number(e->to, "replica", id.replica);
	e->number(e->to, "index", id.index);
	dump_uuid(p, "uuid", id.uuid);
	e->number(e->to, "block", id.block);
	e->number(e->to, "epoch", id.epoch);
	e->number(e->to, "sequence", id.sequence);
	dump_hex(p, "nonce", id.nonce);
	e->close(e->to);
}

void dump_volume_info(struct dump *p, const struct kdp_volume_info *v)
{
	const struct kdpu_emit *e = p->e;

	e->number(e->to, "id", v->id);
	e->text(e->to, "name", v->name);
	e->number(e->to, "sectors", v->sectors);
	e->flag(e->to, "thin", v->flags & KDP_VOLUME_THIN);
	e->number(e->to, "birth", v->birth);
	e->number(e->to, "parent", v->parent);
	e->number(e->to, "created", v->created);
	e->number(e->to, "uid", v->uid);
	e->number(e->to, "pid", v->pid);
	e->number(e->to, "pid_start", v->pid_start);
	dump_uuid(p, "boot_id", v->boot_id);
	e->text(e->to, "session", v->session[0] ? v->session : NULL);
	e->text(e->to, "tags", v->tags[0] ? v->tags : NULL);
}

void dump_extent(struct dump *p, const struct kdp_extent *x)
{
	const struct kdpu_emit *e = p->e;

	e->number(e->to, "logical", x->logical);
	e->number(e->to, "physical", x->physical);
	e->number(e->to, "count", x->count);
	e->number(e->to, "birth", x->birth);
	e->flag(e->to, "unwritten", x->unwritten);
}

static bool dump_volume(const struct kdp_volume *v, void *data)
{
	struct dump *p = data;
	const struct kdpu_emit *e = p->e;
	struct kdp_extent x;
	u32 logical = 0;

	e->open(e->to, NULL, false);
	dump_volume_info(p, &v->info);
	e->number(e->to, "chunks", v->nr_chunks);
	e->number(e->to, "mapped", v->map.nr_mapped);
	e->number(e->to, "unwritten", v->map.nr_unwritten);
	if (p->what->parts & KDPU_DUMP_EXTENTS) {
		e->open(e->to, "extents", true);
		while (kdp_map_next_extent(&v->map, &logical, &x)) {
			e->open(e->to, NULL, false);
			dump_extent(p, &x);
			e->close(e->to);
		}
		e->close(e->to);
	}
	e->close(e->to);
	return true;
}

static void dump_volumes(struct dump *p, struct kdp_store *s)
{
	const struct kdpu_emit *e = p->e;

	if (!p->opened) {
		e->text(e->to, "volumes", NULL);
		return;
	}
	e->open(e->to, "volumes", true);
	kdp_store_for_each(s, dump_volume, p);
	e->close(e->to);
}

static int dump_parts(struct dump *p, struct kdp_store *s)
{
	int ret = 0;

	if (p->what->parts & KDPU_DUMP_SUPER)
		dump_supers(p);
	if (p->what->parts & KDPU_DUMP_CHECKPOINT)
		dump_checkpoint(p);
	if (p->what->parts & KDPU_DUMP_JOURNAL)
		ret = dump_journal(p);
	if (p->what->parts & KDPU_DUMP_VOLUMES)
		dump_volumes(p, s);
	return ret;
}

int kdpu_dump_run(struct kdpu_disk *d, const struct kdpu_dump *what,
		  const struct kdpu_emit *e, struct kdpu_err *err)
{
	struct dump *p = calloc(1, sizeof(*p));
	struct kdp_store *s = kdp_store_new(&kdpu_disk_ops, d,
					    d->bytes >> KDP_BLOCK_SHIFT);
	char why[KDP_REASON_SIZE] = "";
	int ret = -ENOMEM;

	if (!p || !s)
		goto out;
	p->d = d;
	p->what = what;
	p->e = e;
	ret = kdp_store_open(s);
	if (ret == -ENOMEM)
		goto out;
	p->opened = !ret;
	if (ret)
		kdp_store_reason(s, why, sizeof(why));
	kdp_store_info(s, &p->info);
	e->flag(e->to, "opened", p->opened);
	e->text(e->to, "reason", p->opened ? NULL : why);
	ret = dump_parts(p, s);
out:
	if (s)
		kdp_store_free(s);
	free(p);
	return ret ? kdpu_fail_memory(err) : 0;
}
