// SPDX-License-Identifier: GPL-2.0-only
/*
 *   volume-cat IMAGE FOLDER
 *
 * Recover the pool on an image with the kernel's own code, without writing to
 * it, and put each volume's content, as a reader would see it, into a file of
 * its name in FOLDER.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/store.h"

static void die(const char *what)
{
	fprintf(stderr, "volume-cat: %s: %s\n", what, strerror(errno));
	exit(3);
}

static void submit(void *disk, struct kdp_io *io, u32 nr)
{
	int fd = *(int *)disk;
	u32 i;

	for (i = 0; i < nr; i++) {
		size_t size = (size_t)io[i].nr_blocks * KDP_BLOCK_SIZE;
		bool good = io[i].op == KDP_IO_READ &&
			    pread(fd, io[i].data, size,
				  io[i].block * KDP_BLOCK_SIZE) ==
			    (ssize_t)size;

		io[i].error = good ? 0 : -EIO;
	}
}

static int flush(void *disk)
{
	(void)disk;
	return 0;
}

static const struct kdp_disk_ops read_only = {
	.submit = submit,
	.flush = flush,
};

struct cat {
	int image;
	const char *folder;
	u64 chunk_bytes;
};

static void copy_run(const struct cat *c, int out, const struct kdp_extent *e)
{
	u64 from = e->physical * c->chunk_bytes;
	u64 to = e->logical * c->chunk_bytes;
	u64 left = e->count * c->chunk_bytes;
	static char buf[1 << 20];

	while (left) {
		size_t n = left < sizeof(buf) ? left : sizeof(buf);

		if (pread(c->image, buf, n, from) != (ssize_t)n)
			die("read");
		if (pwrite(out, buf, n, to) != (ssize_t)n)
			die("write");
		from += n;
		to += n;
		left -= n;
	}
}

static bool cat_volume(const struct kdp_volume *v, void *data)
{
	const struct cat *c = data;
	struct kdp_extent e;
	char path[4096];
	u32 logical = 0;
	int out;

	snprintf(path, sizeof(path), "%s/%s", c->folder, v->info.name);
	out = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (out < 0 || ftruncate(out, v->info.sectors * 512))
		die(path);
	while (kdp_map_next_extent(&v->map, &logical, &e))
		if (!e.unwritten)
			copy_run(c, out, &e);
	if (ftruncate(out, v->info.sectors * 512) || close(out))
		die(path);
	return true;
}

int main(int argc, char **argv)
{
	char reason[KDP_REASON_SIZE];
	struct kdp_store_info info;
	struct kdp_store *s;
	struct stat st;
	struct cat c;

	if (argc != 3) {
		fprintf(stderr, "usage: volume-cat IMAGE FOLDER\n");
		return 2;
	}
	c.image = open(argv[1], O_RDONLY | O_CLOEXEC);
	c.folder = argv[2];
	if (c.image < 0 || fstat(c.image, &st))
		die(argv[1]);
	s = kdp_store_new(&read_only, &c.image, st.st_size / KDP_BLOCK_SIZE);
	if (!s || kdp_store_open(s)) {
		kdp_store_reason(s, reason, sizeof(reason));
		fprintf(stderr, "volume-cat: %s\n", reason);
		return 1;
	}
	kdp_store_info(s, &info);
	c.chunk_bytes = (u64)info.super.geometry.chunk_blocks * KDP_BLOCK_SIZE;
	kdp_store_for_each(s, cat_volume, &c);
	kdp_store_free(s);
	return 0;
}
