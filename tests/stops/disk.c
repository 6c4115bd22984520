// SPDX-License-Identifier: GPL-2.0-only
#include <err.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "disk.h"

#define PIECE	(1u << 20)
#define BLOCK	4096u

/* Programs write around the page cache: forget it. */
static int open_disk(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd < 0)
		err(2, "%s", path);
	ioctl(fd, BLKFLSBUF);
	return fd;
}

static size_t piece_at(const struct disk *d, size_t offset)
{
	return d->size - offset < PIECE ? d->size - offset : PIECE;
}

static void read_piece(const struct disk *d, int fd, size_t offset, void *to)
{
	size_t n = piece_at(d, offset);

	if (pread(fd, to, n, offset) != (ssize_t)n)
		err(2, "cannot read %s", d->path);
}

void disk_remember(struct disk *d, const char *path)
{
	int fd = open_disk(path, O_RDONLY);
	size_t offset;

	d->path = path;
	d->size = lseek(fd, 0, SEEK_END);
	d->before = malloc(d->size);
	if (!d->before)
		err(2, "no memory for %s", path);
	for (offset = 0; offset < d->size; offset += PIECE)
		read_piece(d, fd, offset, d->before + offset);
	close(fd);
}

size_t disk_changes(const struct disk *d)
{
	static unsigned char now[PIECE];
	int fd = open_disk(d->path, O_RDONLY);
	size_t offset, at, n = 0;

	for (offset = 0; offset < d->size; offset += PIECE) {
		read_piece(d, fd, offset, now);
		if (!memcmp(now, d->before + offset, piece_at(d, offset)))
			continue;
		for (at = 0; at < piece_at(d, offset); at += BLOCK)
			n += !!memcmp(now + at, d->before + offset + at, BLOCK);
	}
	close(fd);
	return n;
}

void disk_put_back(const struct disk *d)
{
	static unsigned char now[PIECE];
	int fd = open_disk(d->path, O_RDWR);
	size_t offset, n;

	for (offset = 0; offset < d->size; offset += PIECE) {
		n = piece_at(d, offset);
		read_piece(d, fd, offset, now);
		if (memcmp(now, d->before + offset, n) &&
		    pwrite(fd, d->before + offset, n, offset) != (ssize_t)n)
			err(2, "cannot write %s", d->path);
	}
	if (fsync(fd))
		err(2, "cannot write %s", d->path);
	close(fd);
}
