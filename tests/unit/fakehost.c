// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "fakehost.h"

static char root[64];

static struct {
	char path[256];		/* below the root */
	dev_t dev;
} nodes[32];
static int nr_nodes;

static void need(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "fakehost: %s: %s\n", what, strerror(errno));
	abort();
}

const char *fake_path(const char *path)
{
	static char buf[4][PATH_MAX];
	static int n;

	n = (n + 1) % 4;
	snprintf(buf[n], PATH_MAX, "%s%s", root, path);
	return buf[n];
}

static void make_folders(const char *path)
{
	char copy[PATH_MAX], *p;

	snprintf(copy, sizeof(copy), "%s", path);
	for (p = copy + strlen(root) + 1; (p = strchr(p, '/')); p++) {
		*p = 0;
		need(!mkdir(copy, 0755) || errno == EEXIST, copy);
		*p = '/';
	}
}

void fake_file(const char *path, const char *fmt, ...)
{
	const char *real = fake_path(path);
	va_list args;
	FILE *f;

	make_folders(real);
	f = fopen(real, "w");
	need(f != NULL, real);
	va_start(args, fmt);
	vfprintf(f, fmt, args);
	va_end(args);
	need(!fclose(f), real);
}

void fake_link(const char *target, const char *path)
{
	const char *real = fake_path(path);

	make_folders(real);
	unlink(real);
	need(!symlink(target, real), real);
}

void fake_remove(const char *path)
{
	need(!remove(fake_path(path)), path);
}

/* Nodes are known by their path below the root, or as they are in texts. */
static int fake_resolve(const char *path, dev_t *dev)
{
	char target[PATH_MAX], real[PATH_MAX];
	const char *whole = path;
	ssize_t n = readlink(path, target, sizeof(target) - 1);
	size_t len = strlen(root);
	int i;

	if (n >= 0) {
		target[n] = 0;
		return fake_resolve(target, dev);
	}
	if (realpath(path, real) && !strncmp(real, root, len))
		path = real + len;
	else if (!strncmp(path, root, len))
		path += len;
	for (i = 0; i < nr_nodes; i++) {
		if (!strcmp(nodes[i].path, path)) {
			*dev = nodes[i].dev;
			return 0;
		}
	}
	if (!strncmp(path, "/dev/", 5))
		return -ENOENT;
	return access(whole, F_OK) ? -errno : -ENOTBLK;
}

static struct kdpu_host host = { .root = root, .resolve = fake_resolve };

static void fake_node(const char *path, dev_t dev)
{
	need(nr_nodes < 32, "too many nodes");
	snprintf(nodes[nr_nodes].path, sizeof(nodes[0].path), "%s", path);
	nodes[nr_nodes++].dev = dev;
}

static void attribute(const char *dir, const char *name, const char *value)
{
	char path[256];

	snprintf(path, sizeof(path), "/sys/devices/%s/%s", dir, name);
	fake_file(path, "%s\n", value);
}

void fake_block(const char *dir, unsigned int maj, unsigned int min,
		uint64_t bytes, int disk)
{
	const char *name = strrchr(dir, '/') ? strrchr(dir, '/') + 1 : dir;
	char text[64], path[256], target[256];

	snprintf(text, sizeof(text), "%u:%u", maj, min);
	attribute(dir, "dev", text);
	snprintf(path, sizeof(path), "/sys/dev/block/%s", text);
	snprintf(target, sizeof(target), "../../devices/%s", dir);
	fake_link(target, path);
	snprintf(text, sizeof(text), "%llu",
		 (unsigned long long)(bytes / 512));
	attribute(dir, "size", text);
	attribute(dir, "ro", "0");
	if (!strchr(dir, '/')) {
		attribute(dir, "removable", "0");
		attribute(dir, "queue/logical_block_size", "512");
		attribute(dir, "queue/physical_block_size", "4096");
		attribute(dir, "queue/rotational", "0");
	}
	snprintf(path, sizeof(path), "/dev/%s", name);
	fake_node(path, makedev(maj, min));
	if (!disk)
		return;
	fake_file(path, "%s", "");
	need(!truncate(fake_path(path), bytes), path);
}

void fake_poke(uint64_t offset, const void *data, size_t size)
{
	int fd = open(fake_path("/dev/sdb"), O_WRONLY);

	need(fd >= 0, "sdb");
	need(pwrite(fd, data, size, offset) == (ssize_t)size, "sdb");
	close(fd);
}

static uint64_t mix(uint64_t x)
{
	x ^= x >> 33;
	x *= 0xff51afd7ed558ccdull;
	x ^= x >> 33;
	x *= 0xc4ceb9fe1a85ec53ull;
	return x ^ x >> 33;
}

/* Words that are zero do not count: a hole and zeros written are alike. */
static uint64_t hash_words(const unsigned char *p, size_t n, uint64_t offset)
{
	uint64_t h = 0, word;
	size_t i;

	for (i = 0; i < n; i += 8) {
		word = 0;
		memcpy(&word, p + i, n - i < 8 ? n - i : 8);
		if (word)
			h += mix(word ^ mix(offset + i + 1));
	}
	return h;
}

uint64_t fake_hash(const char *real_path)
{
	static unsigned char buf[1 << 16];
	int fd = open(real_path, O_RDONLY);
	off_t at = 0;
	uint64_t h;
	ssize_t n;

	need(fd >= 0, real_path);
	h = mix(lseek(fd, 0, SEEK_END));
	while ((at = lseek(fd, at, SEEK_DATA)) >= 0) {
		/* whole words, whatever the hole before was like */
		at &= ~(off_t)(sizeof(buf) - 1);
		n = pread(fd, buf, sizeof(buf), at);
		need(n > 0, real_path);
		h += hash_words(buf, n, at);
		at += n;
	}
	close(fd);
	return h;
}

const struct kdpu_host *fake_host_new(void)
{
	char real[PATH_MAX];

	strcpy(root, "/tmp/kdp-fake-XXXXXX");
	need(mkdtemp(root) != NULL, root);
	need(realpath(root, real) != NULL, root);
	snprintf(root, sizeof(root), "%.60s", real);
	nr_nodes = 0;
	fake_file("/proc/filesystems", "nodev\tproc\nnodev\ttmpfs\n\text4\n\tbtrfs\n");
	fake_file("/proc/swaps", "Filename\tType\tSize\tUsed\tPriority\n");
	fake_file("/proc/self/mountinfo",
		  "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
		  "23 22 0:5 / /proc rw - proc proc rw\n");
	fake_link("mnt:[1]", "/proc/self/ns/mnt");
	fake_file("/etc/fstab", "/dev/sda1 / ext4 defaults 0 1\n");
	fake_block("sda", 8, 0, FAKE_DISK_BYTES, 0);
	fake_block("sda/sda1", 8, 1, FAKE_DISK_BYTES, 0);
	fake_file("/sys/devices/sda/sda1/partition", "1\n");
	fake_block("sdb", 8, 16, FAKE_DISK_BYTES, 1);
	need(!mkdir(fake_path("/sys/block"), 0755), "/sys/block");
	return &host;
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void fake_host_free(void)
{
	need(!nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS), root);
}
