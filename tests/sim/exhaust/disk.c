// SPDX-License-Identifier: GPL-2.0-only
/*
 * The disk.  Transfers complete in the order in which they were submitted; that
 * any subset of those in flight may have reached the medium is left to who
 * reads the log.
 */
#include <stdlib.h>
#include <string.h>

#include "exhaust.h"

u64 x_cell_hash(u32 block, u32 content)
{
	return kdp_mix64((u64)block << 32 | content);
}

void x_disk_set(struct x_disk *d, u32 block, u32 content)
{
	d->hash += x_cell_hash(block, content) -
		   x_cell_hash(block, d->cell[block]);
	d->cell[block] = content;
}

/* A recovery overwrites what was wiped; from then on that is what is there. */
u32 x_disk_get(const struct x_disk *d, u32 block)
{
	if (block & X_ORIGINAL) {
		block &= ~X_ORIGINAL;
		return d->trace && d->written[block] == d->run ?
		       d->original[block] : d->cell[block];
	}
	if (!(d->wiped >> d->owner[block] & 1) ||
	    (d->trace && d->written[block] == d->run))
		return d->cell[block];
	return d->stale ? d->stale[block] : d->garbage;
}

static struct x_entry *log_new(struct x_log *log)
{
	if (log->nr == log->max) {
		log->max = log->max ? log->max * 2 : 256;
		log->entry = x_must(realloc(log->entry, log->max *
					    sizeof(*log->entry)));
	}
	return &log->entry[log->nr++];
}

void x_log_add(struct x_disk *d, enum x_kind kind, u32 block, u32 content)
{
	if (!d->log)
		return;
	*log_new(d->log) = (struct x_entry){
		.kind = kind, .block = block, .content = content, .count = 1,
		.submit = d->log->nr_submits, .floor = d->floor,
	};
}

void x_log_end(struct x_disk *d)
{
	d->log->nr_submits++;
	x_log_add(d, X_END, 0, 0);
	d->log->nr_submits++;
}

static void write_block(struct x_disk *d, enum kdp_io_op op, u32 block,
			const void *data)
{
	u32 content = x_content(data);

	if (d->trace) {
		if (d->nr_undo == ARRAY_SIZE(d->undo_block))
			abort();
		d->undo_block[d->nr_undo] = block;
		d->undo_cell[d->nr_undo++] = d->cell[block];
		if (d->written[block] != d->run)
			d->original[block] = d->cell[block];
		d->written[block] = d->run;
	}
	x_disk_set(d, block, content);
	x_log_add(d, op == KDP_IO_WRITE ? X_WRITE : X_FUA, block, content);
}

static void trace_add(struct x_trace *t, u32 block, u32 content)
{
	if (t->nr == ARRAY_SIZE(t->block))
		abort();
	t->block[t->nr] = block;
	t->content[t->nr++] = content;
}

static void read_block(struct x_disk *d, u32 block, void *data)
{
	bool late = d->late && d->late_mask >> d->owner[block] & 1;
	u32 key = late ? block | X_ORIGINAL : block;
	u32 content;

	if (late && d->late == X_LATE_GARBAGE) {
		memcpy(data, x_content_data(d->garbage), KDP_BLOCK_SIZE);
		return;
	}
	content = x_disk_get(d, key);
	memcpy(data, x_content_data(content), KDP_BLOCK_SIZE);
	if (d->trace && (late || d->written[block] != d->run))
		trace_add(d->trace, key, content);
}

static void x_submit(void *disk, struct kdp_io *io, u32 nr)
{
	struct x_disk *d = disk;
	u32 i, b;

	for (i = 0; i < nr; i++) {
		io[i].error = 0;
		for (b = 0; b < io[i].nr_blocks; b++) {
			u8 *data = (u8 *)io[i].data + (size_t)b *
				   KDP_BLOCK_SIZE;

			if (io[i].block + b >= X_BLOCKS)
				abort();
			if (io[i].op == KDP_IO_READ)
				read_block(d, io[i].block + b, data);
			else
				write_block(d, io[i].op, io[i].block + b, data);
		}
	}
	if (d->log)
		d->log->nr_submits++;
}

static int x_do_flush(void *disk)
{
	struct x_disk *d = disk;

	x_log_add(d, X_FLUSH, 0, 0);
	if (d->log)
		d->log->nr_submits++;
	return 0;
}

/* What a read gets is undefined; the log lets it be zeros or the old. */
static void x_do_discard(void *disk, u64 block, u64 nr_blocks)
{
	struct x_disk *d = disk;

	d->nr_discarded += nr_blocks;
	x_log_add(d, X_DISCARD, block, 0);
	if (!d->log)
		return;
	d->log->entry[d->log->nr - 1].count = nr_blocks;
	d->log->nr_submits++;
}

const struct kdp_disk_ops x_disk_ops = {
	.submit = x_submit,
	.flush = x_do_flush,
	.discard = x_do_discard,
};

void x_disk_begin(struct x_disk *d, struct x_trace *trace)
{
	d->run++;
	d->nr_undo = 0;
	d->trace = trace;
	trace->nr = 0;
}

void x_disk_undo(struct x_disk *d)
{
	d->trace = NULL;
	while (d->nr_undo) {
		d->nr_undo--;
		x_disk_set(d, d->undo_block[d->nr_undo],
			   d->undo_cell[d->nr_undo]);
	}
}

u32 x_role(const struct kdp_geometry *g, u32 replica, u32 block)
{
	if (block - g->replica[replica].super < KDP_SUPER_SLOTS)
		return block - g->replica[replica].super;
	return KDP_SUPER_SLOTS + block - g->replica[replica].extent;
}

void x_disk_owners(struct x_disk *d, const struct kdp_geometry *g)
{
	u32 r, i;

	memset(d->owner, X_DATA, sizeof(d->owner));
	for (r = 0; r < KDP_REPLICAS; r++) {
		for (i = 0; i < KDP_SUPER_SLOTS; i++)
			d->owner[g->replica[r].super + i] = r;
		for (i = 0; i < kdp_extent_blocks(g); i++)
			d->owner[g->replica[r].extent + i] = r;
	}
}
