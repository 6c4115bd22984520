// SPDX-License-Identifier: GPL-2.0-only
/*
 * A load whose every block tells who wrote it and when, and its check.
 *
 *   kdp-load run SEED SECONDS MARKERS OFFSET VOLUME...
 *   kdp-load verify SEED ACKED[,ACKED...] VOLUME...
 *
 * Each volume has a writer.  Its operation number i writes one block, chosen by
 * SEED, volume and i; every few operations it calls fdatasync() and then writes
 * i, in a block of its own, to MARKERS at OFFSET: so much is acknowledged.
 * MARKERS lies on the disk whose writes are logged, so for every prefix of the
 * log it is known what had been acknowledged.
 *
 * verify: every sector must be of this volume, of this block, and no older than
 * the last acknowledged write of the block; a sector that no acknowledged
 * operation wrote may also be zero.  Anything else is somebody else's data.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/fs.h>

#define BLOCK	4096
#define SECTOR	512
#define MAGIC	0x64616f6c2d70646bull	/* "kdp-load" */
#define FLUSH_EVERY	6

struct tag {
	uint64_t magic;
	uint64_t seed;
	uint64_t volume;
	uint64_t block;
	uint64_t sector;
	uint64_t op;		/* from 1 */
	uint64_t fill[(SECTOR - 48) / 8];
};

static void die(const char *what)
{
	fprintf(stderr, "kdp-load: %s: %s\n", what, strerror(errno));
	exit(3);
}

static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15ull;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

static uint64_t target(uint64_t seed, uint64_t volume, uint64_t op,
		       uint64_t blocks)
{
	return mix(mix(seed) ^ mix(volume) << 1 ^ op) % blocks;
}

static void make_tag(struct tag *t, uint64_t seed, uint64_t volume,
		     uint64_t block, uint64_t sector, uint64_t op)
{
	size_t i;

	t->magic = MAGIC;
	t->seed = seed;
	t->volume = volume;
	t->block = block;
	t->sector = sector;
	t->op = op;
	for (i = 0; i < sizeof(t->fill) / 8; i++)
		t->fill[i] = mix(op ^ block << 20 ^ sector << 8 ^ i);
}

static void *aligned(size_t size)
{
	void *p;

	if (posix_memalign(&p, BLOCK, size))
		die("memory");
	return p;
}

static int open_disk(const char *path, int flags, uint64_t *blocks)
{
	int fd = open(path, flags | O_CLOEXEC);
	uint64_t bytes;
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		die(path);
	bytes = st.st_size;
	if (S_ISBLK(st.st_mode) && ioctl(fd, BLKGETSIZE64, &bytes))
		die(path);
	*blocks = bytes / BLOCK;
	return fd;
}

static void write_at(int fd, const void *data, uint64_t offset)
{
	if (pwrite(fd, data, BLOCK, offset) != BLOCK)
		die("write");
}

static void writer(uint64_t seed, uint64_t volume, const char *path,
		   int markers, uint64_t offset, time_t until)
{
	uint64_t blocks, op, b;
	int fd = open_disk(path, O_RDWR | O_DIRECT, &blocks);
	struct tag *data = aligned(BLOCK);
	uint64_t *marker = aligned(BLOCK);
	unsigned int i;

	memset(marker, 0, BLOCK);
	for (op = 1; time(NULL) < until; op++) {
		b = target(seed, volume, op, blocks);
		for (i = 0; i < BLOCK / SECTOR; i++)
			make_tag(&data[i], seed, volume, b, i, op);
		write_at(fd, data, b * BLOCK);
		if (op % FLUSH_EVERY)
			continue;
		if (fdatasync(fd))
			die("fdatasync");
		*marker = op;
		write_at(markers, marker, offset + volume * BLOCK);
	}
	exit(0);
}

static int run(int argc, char **argv)
{
	uint64_t seed = strtoull(argv[0], NULL, 0);
	time_t until = time(NULL) + strtoull(argv[1], NULL, 0);
	uint64_t offset = strtoull(argv[3], NULL, 0), unused;
	int markers = open_disk(argv[2], O_RDWR | O_DIRECT, &unused);
	int i, status, bad = 0;

	for (i = 4; i < argc; i++)
		if (!fork())
			writer(seed, i - 4, argv[i], markers, offset, until);
	while (wait(&status) > 0)
		bad |= status;
	return bad ? 1 : 0;
}

/* acked[b]: last acknowledged operation on block b; 0: none. */
static uint64_t *acked_ops(uint64_t seed, uint64_t volume, uint64_t upto,
			   uint64_t blocks)
{
	uint64_t *acked = calloc(blocks, sizeof(*acked));
	uint64_t op;

	if (!acked)
		die("memory");
	for (op = 1; op <= upto; op++)
		acked[target(seed, volume, op, blocks)] = op;
	return acked;
}

static int is_zero(const struct tag *t)
{
	static const struct tag zero;

	return !memcmp(t, &zero, sizeof(zero));
}

static const char *judge(const struct tag *t, uint64_t seed, uint64_t volume,
			 uint64_t block, uint64_t sector, uint64_t blocks,
			 uint64_t acked)
{
	struct tag want;

	if (is_zero(t))
		return acked ? "acknowledged data lost: zeros" : NULL;
	if (t->magic != MAGIC || t->seed != seed)
		return "foreign data";
	make_tag(&want, seed, volume, block, sector, t->op);
	if (memcmp(t, &want, sizeof(want)) ||
	    target(seed, volume, t->op, blocks) != block)
		return "data of another volume or block";
	return t->op < acked ? "acknowledged data lost: older data" : NULL;
}

static int verify_volume(uint64_t seed, uint64_t volume, const char *path,
			 uint64_t upto)
{
	enum { STEP = 256 };
	uint64_t blocks, b, i, bad = 0, written = 0;
	int fd = open_disk(path, O_RDONLY | O_DIRECT, &blocks);
	uint64_t *acked = acked_ops(seed, volume, upto, blocks);
	struct tag *data = aligned(STEP * BLOCK);
	const char *why;
	ssize_t n;

	for (b = 0; b < blocks; b += n / BLOCK) {
		n = pread(fd, data, STEP * BLOCK, b * BLOCK);
		if (n <= 0 || n % BLOCK)
			die(path);
		for (i = 0; i < (uint64_t)n / SECTOR; i++) {
			uint64_t block = b + i / 8;

			written += !is_zero(&data[i]);
			why = judge(&data[i], seed, volume, block, i % 8,
				    blocks, acked[block]);
			if (why && bad++ < 3)
				printf("%s: block %llu sector %llu: %s (op %llu, acknowledged %llu)\n",
				       path, (unsigned long long)block,
				       (unsigned long long)i % 8, why,
				       (unsigned long long)data[i].op,
				       (unsigned long long)acked[block]);
		}
	}
	printf("%s: %llu operations acknowledged, %llu sectors written, %llu wrong\n",
	       path, (unsigned long long)upto, (unsigned long long)written,
	       (unsigned long long)bad);
	free(acked);
	free(data);
	close(fd);
	return bad != 0;
}

static int verify(int argc, char **argv)
{
	uint64_t seed = strtoull(argv[0], NULL, 0);
	char *acked = argv[1];
	int i, bad = 0;

	for (i = 2; i < argc; i++) {
		bad |= verify_volume(seed, i - 2, argv[i],
				     strtoull(acked, &acked, 0));
		if (*acked == ',')
			acked++;
	}
	return bad;
}

int main(int argc, char **argv)
{
	if (argc >= 7 && !strcmp(argv[1], "run"))
		return run(argc - 2, argv + 2);
	if (argc >= 5 && !strcmp(argv[1], "verify"))
		return verify(argc - 2, argv + 2);
	fprintf(stderr,
		"usage: kdp-load run SEED SECONDS MARKERS OFFSET VOLUME...\n"
		"       kdp-load verify SEED ACKED[,ACKED...] VOLUME...\n");
	return 2;
}
