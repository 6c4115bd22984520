// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include <signal.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

#include "engine/disk.h"
#include "format/disk.h"
#include "io.h"
#include "store/disk.h"

#define ZERO_PIECE	(1024u * 1024u)
#define MAX_ROW		64	/* transfers read at one go */

static volatile sig_atomic_t interrupted;

void kdpu_disk_interrupt(void)
{
	interrupted = 1;
}

bool kdpu_disk_interrupted(void)
{
	return interrupted;
}

void kdpu_disk_resume(void)
{
	interrupted = 0;
}

static void note(int *first, int error)
{
	if (error && !*first)
		*first = error;
}

/* Every write of the library to a disk comes through here. */
static int guarded_write(struct kdpu_disk *d, const void *data, size_t size,
			 u64 offset)
{
	int err = 0;

	if (!d->writable)
		return -EBADF;
	if (interrupted)
		return -EINTR;
	if (offset > d->bytes || size > d->bytes - offset)
		return -ENOSPC;
	if (++d->writes == d->fail_write ||
	    (offset >> KDP_BLOCK_SHIFT) - d->bad_first < d->bad_count)
		return -EIO;
	if (d->undo)
		err = kdpu_undo_save(d->undo, d->fd, offset, size);
	if (!err)
		err = kdpu_pwrite(d->fd, data, size, offset);
	return err;
}

static int transfer(struct kdpu_disk *d, struct kdp_io *io, void *data)
{
	u64 offset = io->block << KDP_BLOCK_SHIFT;
	size_t size = (size_t)io->nr_blocks << KDP_BLOCK_SHIFT;

	if (io->block > d->bytes >> KDP_BLOCK_SHIFT)
		return -ENXIO;
	if (io->op != KDP_IO_READ)
		return guarded_write(d, data, size, offset);
	if (offset > d->bytes || size > d->bytes - offset)
		return -ENXIO;
	return kdpu_pread(d->fd, data, size, offset);
}

/* Memory that is not aligned goes through a buffer that is. */
static int transfer_any(struct kdpu_disk *d, struct kdp_io *io)
{
	size_t size = (size_t)io->nr_blocks << KDP_BLOCK_SHIFT;
	void *buffer;
	int err;

	if (!((uintptr_t)io->data % KDPU_IO_ALIGN))
		return transfer(d, io, io->data);
	buffer = kdpu_io_alloc(size);
	if (!buffer)
		return -ENOMEM;
	if (io->op != KDP_IO_READ)
		memcpy(buffer, io->data, size);
	err = transfer(d, io, buffer);
	if (!err && io->op == KDP_IO_READ)
		memcpy(io->data, buffer, size);
	free(buffer);
	return err;
}

static int disk_flush(void *disk)
{
	struct kdpu_disk *d = disk;

	return d->writable ? kdpu_disk_sync(d) : 0;
}

/* How many transfers from the first on are reads of blocks in a row? */
static u32 reads_in_row(const struct kdp_io *io, u32 nr)
{
	u32 n = 0;

	while (n < nr && n < MAX_ROW && io[n].op == KDP_IO_READ &&
	       !((uintptr_t)io[n].data % KDPU_IO_ALIGN) &&
	       (!n || io[n].block == io[n - 1].block + io[n - 1].nr_blocks))
		n++;
	return n;
}

/* Read them at one go.  False: one after the other will tell what is wrong. */
static bool read_row(struct kdpu_disk *d, struct kdp_io *io, u32 nr)
{
	struct iovec v[MAX_ROW] = { };
	size_t size = 0;
	u32 i;

	if (io->block > d->bytes >> KDP_BLOCK_SHIFT)
		return false;
	for (i = 0; i < nr; i++) {
		v[i].iov_base = io[i].data;
		v[i].iov_len = (size_t)io[i].nr_blocks << KDP_BLOCK_SHIFT;
		size += v[i].iov_len;
	}
	if (preadv(d->fd, v, nr, io->block << KDP_BLOCK_SHIFT) !=
	    (ssize_t)size)
		return false;
	for (i = 0; i < nr; i++)
		io[i].error = 0;
	return true;
}

static void submit_one(struct kdpu_disk *d, struct kdp_io *io)
{
	io->error = transfer_any(d, io);
	note(io->op == KDP_IO_READ ? &d->read_error : &d->write_error,
	     io->error);
}

static void disk_submit(void *disk, struct kdp_io *io, u32 nr)
{
	struct kdpu_disk *d = disk;
	bool durable = false;
	int err = 0;
	u32 i, row;

	for (i = 0; i < nr; i += row) {
		row = reads_in_row(io + i, nr - i);
		if (row > 1 && read_row(d, io + i, row))
			continue;
		row = 1;
		submit_one(d, &io[i]);
		durable |= io[i].op == KDP_IO_WRITE_FUA;
	}
	if (durable)
		err = disk_flush(d);
	for (i = 0; err && i < nr; i++)
		if (io[i].op == KDP_IO_WRITE_FUA && !io[i].error)
			io[i].error = err;
}

const struct kdp_disk_ops kdpu_disk_ops = {
	.submit = disk_submit,
	.flush = disk_flush,
};

int kdpu_disk_sync(struct kdpu_disk *d)
{
	int err = fdatasync(d->fd) ? -errno : 0;

	if (!err && d->undo)
		err = kdpu_undo_barrier(d->undo);
	note(&d->write_error, err);
	return err;
}

int kdpu_disk_read(struct kdpu_disk *d, void *data, uint64_t offset,
		   size_t size)
{
	u64 from = offset & ~(u64)(KDPU_IO_ALIGN - 1);
	u64 to = (offset + size + KDPU_IO_ALIGN - 1) &
		 ~(u64)(KDPU_IO_ALIGN - 1);
	void *buffer;
	int err;

	if (offset > d->bytes || size > d->bytes - offset)
		return -ENXIO;
	to = min_t(u64, to, d->bytes);
	buffer = kdpu_io_alloc(to - from);
	if (!buffer)
		return -ENOMEM;
	err = kdpu_pread(d->fd, buffer, to - from, from);
	if (!err)
		memcpy(data, (char *)buffer + (offset - from), size);
	free(buffer);
	note(&d->read_error, err);
	return err;
}

/* Zero part of one aligned piece, keeping what is around it. */
static int zero_piece(struct kdpu_disk *d, u8 *buffer, u64 offset, u64 size)
{
	u64 from = offset & ~(u64)(KDPU_IO_ALIGN - 1);
	u64 to = (offset + size + KDPU_IO_ALIGN - 1) &
		 ~(u64)(KDPU_IO_ALIGN - 1);
	int err = 0;

	to = min_t(u64, to, d->bytes);
	if (from != offset || to != offset + size)
		err = kdpu_pread(d->fd, buffer, to - from, from);
	if (err)
		return err;
	memset(buffer + (offset - from), 0, size);
	return guarded_write(d, buffer, to - from, from);
}

int kdpu_disk_zero(struct kdpu_disk *d, uint64_t offset, uint64_t size)
{
	u8 *buffer = kdpu_io_alloc(ZERO_PIECE + 2 * KDPU_IO_ALIGN);
	int err = 0;
	u64 n;

	if (!buffer)
		return -ENOMEM;
	for (; !err && size; offset += n, size -= n) {
		n = min_t(u64, size, ZERO_PIECE);
		err = zero_piece(d, buffer, offset, n);
	}
	free(buffer);
	note(&d->write_error, err);
	return err;
}

int kdpu_disk_restore(struct kdpu_disk *d)
{
	if (!d->undo)
		return -EINVAL;
	return kdpu_undo_restore(d->undo, d->fd);
}
