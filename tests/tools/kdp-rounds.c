// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rounds of suspend, resume, reload, remove and discard, by one process: a
 * dmsetup for each of them takes an emulated processor half a second.
 *
 *   kdp-rounds PREFIX ROUNDS SECONDS
 *
 * PREFIX is the pool device; PREFIX-a is reloaded, PREFIX-b suspended while its
 * pool is and discarded, PREFIX-c written, removed and made again.  Every other
 * round suspends without flush.  Ends after ROUNDS, or after SECONDS, and tells
 * how many it did; exit status 1: what failed is on standard error.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <libdevmapper.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define BYTES	(256 * 1024)
#define PLACES	120	/* of 64 KiB, on a volume of 8 MiB */

struct table {
	uint64_t start, length;
	char type[32], params[256];
};

struct names {
	char pool[64], a[64], b[64], c[64];
};

static bool noflush;	/* suspend so */

/* The task of this type; on failure says which. */
static bool run(int type, const char *name, const struct table *load,
		struct table *out)
{
	struct dm_task *t = dm_task_create(type);
	char *target, *params;
	bool ok = t && dm_task_set_name(t, name);

	if (type == DM_DEVICE_SUSPEND && noflush)
		ok = ok && dm_task_no_flush(t) && dm_task_skip_lockfs(t);
	if (type == DM_DEVICE_REMOVE)
		ok = ok && dm_task_retry_remove(t);
	if (load)
		ok = ok && dm_task_add_target(t, load->start, load->length,
					      load->type, load->params);
	ok = ok && dm_task_run(t);
	if (ok && out) {
		dm_get_next_target(t, NULL, &out->start, &out->length, &target,
				   &params);
		ok = target && params;
		if (ok) {
			snprintf(out->type, sizeof(out->type), "%s", target);
			snprintf(out->params, sizeof(out->params), "%s", params);
		}
	}
	if (t)
		dm_task_destroy(t);
	if (!ok)
		fprintf(stderr, "%s: ioctl %d fails\n", name, type);
	return ok;
}

static bool suspend(const char *name)
{
	return run(DM_DEVICE_SUSPEND, name, NULL, NULL);
}

static bool resume(const char *name)
{
	return run(DM_DEVICE_RESUME, name, NULL, NULL);
}

/* The same table once more; live with the next resume. */
static bool reload(const char *name)
{
	struct table t;

	return run(DM_DEVICE_TABLE, name, NULL, &t) &&
	       run(DM_DEVICE_RELOAD, name, &t, NULL);
}

static int open_node(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "/dev/mapper/%s", name);
	return open(path, O_RDWR | O_DIRECT | O_CLOEXEC);
}

/* Direct writes; what they say does not matter. */
static void scribble(const char *name, unsigned int n)
{
	void *data = aligned_alloc(4096, BYTES);
	int fd = open_node(name);

	memset(data, n, BYTES);
	if (fd < 0 || pwrite(fd, data, BYTES, (off_t)(n % PLACES) << 16) < 0)
		perror(name);
	close(fd);
	free(data);
}

static bool discard(const char *name)
{
	uint64_t range[2] = { 0, 0 };
	int fd = open_node(name);
	bool ok = fd >= 0 && !ioctl(fd, BLKGETSIZE64, &range[1]) &&
		  !ioctl(fd, BLKDISCARD, range);

	if (!ok)
		perror(name);
	close(fd);
	return ok;
}

static bool make_anew(const char *name)
{
	struct table t;

	return run(DM_DEVICE_TABLE, name, NULL, &t) &&
	       run(DM_DEVICE_REMOVE, name, NULL, NULL) &&
	       run(DM_DEVICE_CREATE, name, &t, NULL);
}

static bool one_round(const struct names *d, unsigned int n)
{
	noflush = n % 2;
	if (!suspend(d->pool) || !resume(d->pool))
		return false;
	if (!reload(d->a) || !suspend(d->a) || !resume(d->a))
		return false;
	if (!reload(d->pool) || !suspend(d->pool))
		return false;
	/* a volume whose bios are parked; with flush it would wait for them */
	if (noflush && !suspend(d->b))
		return false;
	if (!resume(d->pool) || (noflush && !resume(d->b)))
		return false;
	scribble(d->c, n);
	return make_anew(d->c) && discard(d->b);
}

static bool all_rounds(const struct names *d, unsigned int rounds,
		       time_t seconds)
{
	struct timespec begin, now;
	unsigned int n = 0;
	bool ok = true;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	do {
		ok = one_round(d, ++n);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (ok && n < rounds && now.tv_sec - begin.tv_sec < seconds);
	printf("%s%u rounds in %ld s\n", ok ? "" : "failed: ", n,
	       (long)(now.tv_sec - begin.tv_sec));
	return ok;
}

int main(int argc, char **argv)
{
	struct names d;

	if (argc != 4) {
		fprintf(stderr, "usage: kdp-rounds PREFIX ROUNDS SECONDS\n");
		return 2;
	}
	snprintf(d.pool, sizeof(d.pool), "%s", argv[1]);
	snprintf(d.a, sizeof(d.a), "%s-a", argv[1]);
	snprintf(d.b, sizeof(d.b), "%s-b", argv[1]);
	snprintf(d.c, sizeof(d.c), "%s-c", argv[1]);
	return !all_rounds(&d, strtoul(argv[2], NULL, 10),
			   strtoul(argv[3], NULL, 10));
}
