// SPDX-License-Identifier: GPL-2.0-only
#include <err.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "cuts.h"

#define SECTOR		512u

/* exit codes of kdevpool-admin */
#define CHECK_DAMAGED	1	/* and nothing lost */
#define NO_POOL		2

struct entry {
	size_t offset, size;	/* size 0: a flush */
	unsigned char *data;
};

static struct {
	char disk[PATH_MAX];
	struct entry *e;
	size_t nr;
	unsigned int tried, bad;
	uint32_t random;
} log_;

void cuts_disk(const char *path)
{
	if (!realpath(path, log_.disk))
		err(2, "%s", path);
	log_.random = 1;
}

static uint32_t draw(void)
{
	log_.random ^= log_.random << 13;
	log_.random ^= log_.random >> 17;
	log_.random ^= log_.random << 5;
	return log_.random;
}

static void clear(void)
{
	while (log_.nr)
		free(log_.e[--log_.nr].data);
}

static struct entry *add(size_t offset, size_t size)
{
	struct entry *e = realloc(log_.e, (log_.nr + 1) * sizeof(*e));

	if (!e)
		err(2, "no memory");
	log_.e = e;
	e += log_.nr++;
	*e = (struct entry){ .offset = offset, .size = size };
	e->data = malloc(size + 1);
	if (!e->data)
		err(2, "no memory");
	return e;
}

static bool is_disk(pid_t pid, unsigned long fd)
{
	char link[64], path[PATH_MAX];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/%d/fd/%lu", pid, fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n < 0)
		return false;
	path[n] = 0;
	return !strcmp(path, log_.disk);
}

static void on_call(pid_t pid, long nr, const unsigned long args[4],
		    void *data)
{
	struct iovec to, from = { (void *)args[1], args[2] };

	(void)data;
	if (nr == SYS_sync || !is_disk(pid, args[0]))
		return;
	if (nr == SYS_fsync || nr == SYS_fdatasync) {
		add(0, 0);
		return;
	}
	if (nr != SYS_pwrite64)
		errx(2, "system call %ld on the disk is not known here", nr);
	to.iov_base = add(args[3], args[2])->data;
	to.iov_len = args[2];
	if (process_vm_readv(pid, &to, 1, &from, 1, 0) != (ssize_t)args[2])
		err(2, "cannot read what is written");
}

void cuts_begin(struct trace *t)
{
	clear();
	t->on_call = on_call;
}

static void put(int fd, const struct entry *e, size_t from, size_t size)
{
	if (pwrite(fd, e->data + from, size, e->offset + from) !=
	    (ssize_t)size)
		err(2, "%s", log_.disk);
}

/* All of it, nothing, or some sectors. */
static void put_some(int fd, const struct entry *e)
{
	uint32_t fate = draw() % 3;
	size_t at;

	if (!fate)
		put(fd, e, 0, e->size);
	for (at = 0; fate == 1 && at + SECTOR <= e->size; at += SECTOR)
		if (draw() & 1)
			put(fd, e, at, SECTOR);
}

/* The power fails after @end entries; the last flush before is entry @flush. */
static void make(int fd, size_t flush, size_t end)
{
	size_t i;

	for (i = 0; i < end; i++) {
		if (i < flush)
			put(fd, &log_.e[i], 0, log_.e[i].size);
		else
			put_some(fd, &log_.e[i]);
	}
}

static bool fine(const struct disk *d)
{
	return !disk_changes(d) || ask("check") <= CHECK_DAMAGED ||
	       ask("probe") == NO_POOL;
}

static void cut(const struct disk *d, const struct trace *t, size_t flush,
		size_t end)
{
	int fd = open(log_.disk, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		err(2, "%s", log_.disk);
	make(fd, flush, end);
	close(fd);
	log_.tried++;
	if (!fine(d)) {
		log_.bad++;
		printf("not ok power cut after %zu of %zu writes, flushed %zu; call %u, %s\n",
		       end, log_.nr, flush, t->at, action_name(t->action));
	}
	disk_put_back(d);
}

void cuts_try(const struct disk *d, const struct trace *t, unsigned int each)
{
	size_t i, flush = 0;
	unsigned int n;

	for (i = 0; i <= log_.nr; i++) {
		if (i < log_.nr && log_.e[i].size)
			continue;
		for (n = 0; n < each; n++)
			cut(d, t, flush, flush + draw() % (i - flush + 1));
		flush = i;
	}
}

unsigned int cuts_tried(void)
{
	return log_.tried;
}

unsigned int cuts_bad(void)
{
	return log_.bad;
}
