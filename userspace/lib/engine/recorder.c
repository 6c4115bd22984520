// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/string.h>

#include <stdlib.h>

#include "engine/recorder.h"
#include "format/disk.h"
#include "store/disk.h"

/* One block; FUA writes are followed by a flush of everything. */
static int record(struct recorder *r, u64 block, const void *data)
{
	struct recorded *w = realloc(r->w, (r->nr + 1) * sizeof(*w));
	void *copy = malloc(KDP_BLOCK_SIZE);

	if (w)
		r->w = w;
	if (!w || !copy) {
		free(copy);
		r->no_memory = true;
		return -ENOMEM;
	}
	memcpy(copy, data, KDP_BLOCK_SIZE);
	w += r->nr++;
	w->block = block;
	w->flush_before = r->flushed;
	w->data = copy;
	r->flushed = false;
	return 0;
}

static void read_back(const struct recorder *r, u64 block, void *data)
{
	size_t i;

	for (i = 0; i < r->nr; i++)
		if (r->w[i].block == block)
			memcpy(data, r->w[i].data, KDP_BLOCK_SIZE);
}

static void one(struct recorder *r, struct kdp_io *io)
{
	char *data = io->data;
	u32 i;

	if (io->op == KDP_IO_READ)
		kdpu_disk_ops.submit(r->disk, io, 1);
	else
		io->error = 0;
	for (i = 0; !io->error && i < io->nr_blocks; i++, data += KDP_BLOCK_SIZE)
		if (io->op == KDP_IO_READ)
			read_back(r, io->block + i, data);
		else
			io->error = record(r, io->block + i, data);
}

static void submit(void *disk, struct kdp_io *io, u32 nr)
{
	struct recorder *r = disk;
	bool durable = false;
	u32 i;

	if (nr && io->op == KDP_IO_READ && !r->nr) {
		kdpu_disk_ops.submit(r->disk, io, nr);
		return;
	}
	for (i = 0; i < nr; i++) {
		one(r, &io[i]);
		durable |= io[i].op == KDP_IO_WRITE_FUA;
	}
	r->flushed |= durable;
}

static int flush(void *disk)
{
	struct recorder *r = disk;

	r->flushed = true;
	return 0;
}

const struct kdp_disk_ops recorder_ops = {
	.submit = submit,
	.flush = flush,
};

void recorder_free(struct recorder *r)
{
	while (r->nr)
		free(r->w[--r->nr].data);
	free(r->w);
	r->w = NULL;
}
