// SPDX-License-Identifier: GPL-2.0-only
/*
 * Damage the metadata of a pool, in a way that has a name, on an image or a disk;
 * also one whose pool is active.  `corrupt --help` tells how.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "corruptions.h"
#include "image.h"
#include "lib/engine/log.h"
#include "lib/io.h"
#include "lib/rawdev.h"

#define MAX_USED	100000

struct file {
	const char *path;
	int fd;
	void *page;		/* for O_DIRECT */
	u64 blocks;
};

static void __attribute__((noreturn, format(printf, 1, 2)))
die(const char *fmt, ...)
{
	va_list args;

	fputs("corrupt: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	exit(2);
}

/* Around the page cache: that is where the kernel reads and writes. */
static void open_file(struct file *f, const char *path, int flags)
{
	uint64_t bytes;

	f->path = path;
	f->fd = open(path, flags | O_DIRECT | O_CLOEXEC);
	if (f->fd < 0 && errno == EINVAL)
		f->fd = open(path, flags | O_CLOEXEC);
	f->page = kdpu_io_alloc(KDP_BLOCK_SIZE);
	if (f->fd < 0 || !f->page || kdpu_fd_bytes(f->fd, &bytes))
		die("cannot open %s: %s", path, strerror(errno));
	f->blocks = bytes >> KDP_BLOCK_SHIFT;
}

static void read_block(void *disk, u64 block, void *data)
{
	struct file *f = disk;

	if (kdpu_pread(f->fd, f->page, KDP_BLOCK_SIZE,
		       block << KDP_BLOCK_SHIFT))
		die("cannot read block %llu of %s", (unsigned long long)block,
		    f->path);
	memcpy(data, f->page, KDP_BLOCK_SIZE);
}

static void write_block(void *disk, u64 block, const void *data)
{
	struct file *f = disk;

	memcpy(f->page, data, KDP_BLOCK_SIZE);
	if (kdpu_pwrite(f->fd, f->page, KDP_BLOCK_SIZE,
			block << KDP_BLOCK_SHIFT))
		die("cannot write block %llu of %s", (unsigned long long)block,
		    f->path);
}

/* "single-byte" is "single byte". */
static bool same_name(const char *name, const char *given)
{
	for (; *name && *given; name++, given++)
		if (*name != (*given == '-' ? ' ' : *given))
			return false;
	return !*name && !*given;
}

static const struct corruption *find(const char *given)
{
	unsigned int i;

	for (i = 0; i < nr_corruptions; i++)
		if (same_name(corruptions[i].name, given))
			return &corruptions[i];
	die("there is no corruption \"%s\"; corrupt --list", given);
}

static void print_name(const char *name)
{
	for (; *name; name++)
		putchar(*name == ' ' ? '-' : *name);
}

static const char *const of_five[] = {
	[CORRUPTION_REFUSED] = "refused, and not a byte is written",
	[CORRUPTION_HARMLESS] = "mended: what is lost is there in another form",
	[CORRUPTION_OLDER] = "the pool is that of some time ago: nothing tells that there was a newer one",
};

static void list(void)
{
	unsigned int i;

	for (i = 0; i < nr_corruptions; i++) {
		print_name(corruptions[i].name);
		putchar('\n');
	}
}

static void help_of(const struct corruption *c)
{
	print_name(c->name);
	printf(": %s.\n"
	       "What must happen, with the pool not active:\n"
	       "  1 to 4 replicas  check exits with 1, repair or activation mends all\n"
	       "  5 replicas       %s\n"
	       "while it is active, I/O going on:\n"
	       "  1 to 4 replicas  scrub finds it, and it is mended byte for byte\n"
	       "  5 replicas       mended from memory, by a new checkpoint if need be\n",
	       c->what, of_five[c->five]);
}

static void help(void)
{
	puts("corrupt NAME [--replicas N] [--first R] [--old FILE] IMAGE|DISK\n"
	     "    damage N replicas (default 1), from replica R (default 0) on;\n"
	     "    --old is for stale-replica: what --save made some time ago\n"
	     "corrupt NAME --help       what that is, and what must happen\n"
	     "corrupt --list            the names\n"
	     "corrupt --save FILE DISK  keep its metadata in a sparse file\n"
	     "corrupt --used DISK       a line for each block of the metadata that is\n"
	     "                          in use, with a digest of it");
}

static void look(struct victim *v, struct file *f)
{
	v->read = read_block;
	v->write = write_block;
	v->disk = f;
	if (!victim_look(v, f->blocks))
		die("%s has no valid superblock", f->path);
}

static void save(const char *to, const char *path)
{
	struct file from = { }, f = { };
	struct victim v = { };
	const struct kdp_geometry *g = &v.super.geometry;
	unsigned char block[KDP_BLOCK_SIZE];
	u64 i;
	u32 r;

	open_file(&from, path, O_RDONLY);
	look(&v, &from);
	f.fd = open(to, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (f.fd < 0 || ftruncate(f.fd, from.blocks << KDP_BLOCK_SHIFT))
		die("cannot make %s: %s", to, strerror(errno));
	close(f.fd);
	open_file(&f, to, O_RDWR);
	for (r = 0; r < KDP_REPLICAS; r++) {
		for (i = 0; i < KDP_SUPER_SLOTS; i++) {
			read_block(&from, kdp_super_block(g, r, i), block);
			write_block(&f, kdp_super_block(g, r, i), block);
		}
		for (i = 0; i < kdp_extent_blocks(g); i++) {
			read_block(&from, g->replica[r].extent + i, block);
			write_block(&f, g->replica[r].extent + i, block);
		}
	}
}

/* FNV-1a; to compare, not to prove. */
static unsigned long long digest(const unsigned char *p, size_t n)
{
	unsigned long long h = 14695981039346656037ull;

	while (n--)
		h = (h ^ *p++) * 1099511628211ull;
	return h;
}

static void used(const char *path)
{
	unsigned char block[KDP_BLOCK_SIZE];
	struct kdp_store_info info;
	struct file f = { };
	u64 *blocks = calloc(MAX_USED, sizeof(*blocks));
	size_t i, n;
	u32 r;

	if (!blocks)
		die("not enough memory");
	image_info(path, &info);
	open_file(&f, path, O_RDONLY);
	for (r = 0; r < KDP_REPLICAS; r++) {
		n = image_needed(&info, r, blocks, MAX_USED);
		for (i = 0; i < n; i++) {
			read_block(&f, blocks[i], block);
			printf("R%u %llu %016llx\n", r,
			       (unsigned long long)blocks[i],
			       digest(block, sizeof(block)));
		}
	}
	free(blocks);
}

static void harm(const struct corruption *c, u32 n, u32 first,
		 const char *old_path, const char *path)
{
	struct file f = { }, old = { };
	struct victim v = { };
	u32 i;

	open_file(&f, path, O_RDWR);
	look(&v, &f);
	if (old_path) {
		open_file(&old, old_path, O_RDONLY);
		v.old = &old;
	} else if (c->five == CORRUPTION_OLDER) {
		die("this needs --old FILE, made by corrupt --save some time ago");
	}
	for (i = 0; i < n; i++)
		c->harm(&v, (first + i) % KDP_REPLICAS);
	for (; c->rest && i < KDP_REPLICAS; i++)
		c->rest(&v, (first + i) % KDP_REPLICAS);
	if (fsync(f.fd))
		die("cannot write %s: %s", path, strerror(errno));
}

static u32 number(const char *text, u32 least, u32 most)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (!*text || *end || n < least || n > most)
		die("\"%s\": expected %u to %u", text, least, most);
	return n;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "list", no_argument, NULL, 'l' },
		{ "save", required_argument, NULL, 's' },
		{ "used", no_argument, NULL, 'u' },
		{ "replicas", required_argument, NULL, 'n' },
		{ "first", required_argument, NULL, 'f' },
		{ "old", required_argument, NULL, 'o' },
		{ }
	};
	const char *to = NULL, *old = NULL;
	u32 n = 1, first = 0;
	int what = 0, c;

	kdpu_engine_quiet();
	while ((c = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		if (c == 'n')
			n = number(optarg, 1, KDP_REPLICAS);
		else if (c == 'f')
			first = number(optarg, 0, KDP_REPLICAS - 1);
		else if (c == 'o')
			old = optarg;
		else if (c == '?')
			return 2;
		else
			what = c;
		if (c == 's')
			to = optarg;
	}
	argv += optind;
	argc -= optind;
	if (what == 'h')
		argc ? help_of(find(argv[0])) : help();
	else if (what == 'l')
		list();
	else if (what == 's' && argc == 1)
		save(to, argv[0]);
	else if (what == 'u' && argc == 1)
		used(argv[0]);
	else if (!what && argc == 2)
		harm(find(argv[0]), n, first, old, argv[1]);
	else
		die("see corrupt --help");
	return 0;
}
