// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "figures.h"
#include "format/disk.h"
#include "series.h"
#include "sparse.h"

static void *map_bytes(u64 size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		die("no address space for a disk of %llu bytes",
		    (unsigned long long)size);
	return p;
}

struct sparse *sparse_new(u64 nr_blocks)
{
	struct sparse *d = map_bytes(sizeof(*d));

	d->nr_blocks = nr_blocks;
	d->bytes = map_bytes(nr_blocks << KDP_BLOCK_SHIFT);
	/* a block must not cost 2 MiB */
	madvise(d->bytes, nr_blocks << KDP_BLOCK_SHIFT, MADV_NOHUGEPAGE);
	return d;
}

void sparse_free(struct sparse *d)
{
	munmap(d->bytes, d->nr_blocks << KDP_BLOCK_SHIFT);
	munmap(d, sizeof(*d));
}

void sparse_populate(struct sparse *d, u64 block, u64 nr_blocks)
{
	memset(d->bytes + (block << KDP_BLOCK_SHIFT), 0,
	       nr_blocks << KDP_BLOCK_SHIFT);
}

static void transfer(struct sparse *d, struct kdp_io *io)
{
	size_t size = (size_t)io->nr_blocks << KDP_BLOCK_SHIFT;
	u8 *at = d->bytes + (io->block << KDP_BLOCK_SHIFT);

	io->error = 0;
	if (io->block + io->nr_blocks > d->nr_blocks)
		die("I/O beyond the end of the disk");
	if (io->op == KDP_IO_READ) {
		d->count.read += io->nr_blocks;
		memcpy(io->data, at, size);
		return;
	}
	d->count.written += io->nr_blocks;
	if (io->op == KDP_IO_WRITE_FUA)
		d->count.written_fua += io->nr_blocks;
	memcpy(at, io->data, size);
}

static void sparse_submit(void *disk, struct kdp_io *io, u32 nr)
{
	struct sparse *d = disk;
	bool durable = false;
	u64 blocks = 0;
	u32 i;

	d->time.submit_in = clock_now();
	if (d->pace)
		d->pace->before(d->pace->arg);
	for (i = 0; i < nr; i++) {
		transfer(d, &io[i]);
		blocks += io[i].nr_blocks;
		durable |= io[i].op == KDP_IO_WRITE_FUA;
	}
	d->count.submits++;
	if (d->pace)
		d->pace->after(d->pace->arg, blocks << KDP_BLOCK_SHIFT,
			       durable);
	d->time.submit_out = clock_now();
}

static int sparse_flush(void *disk)
{
	struct sparse *d = disk;

	d->time.flush_in = clock_now();
	d->count.flushes++;
	if (d->pace) {
		d->pace->before(d->pace->arg);
		d->pace->after(d->pace->arg, 0, true);
	}
	d->time.flush_out = clock_now();
	return 0;
}

static void sparse_discard(void *disk, u64 block, u64 nr_blocks)
{
	struct sparse *d = disk;

	(void)block;
	(void)nr_blocks;
	d->count.discards++;
}

const struct kdp_disk_ops sparse_ops = {
	.submit = sparse_submit,
	.flush = sparse_flush,
	.discard = sparse_discard,
};
