// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "io.h"
#include "safety-private.h"
#include "scheduler.h"
#include "verify.h"

#define SYSDEV	"/sys/dev/block/%u:%u"
#define MIB	(1024u * 1024u)

static void verify_scheduler(const struct kdpu_host *h,
			     const struct kdpu_device *d,
			     struct kdpu_finding *f)
{
	char was[32], is[32] = "?";
	int ret = kdpu_scheduler_read(h, d, was);

	if (ret == -ENOENT) {
		kdpu_finding_set(f, KDPU_PASS, "%s has none", d->name);
		return;
	}
	if (!ret) {
		strcpy(is, was);
		ret = kdpu_scheduler_choose(h, d, is);
	}
	/* activation may have set it already */
	if (d->scheduler[0])
		strcpy(was, d->scheduler);
	if (ret) {
		kdpu_finding_set(f, KDPU_NOTE, "is \"%s\" and cannot be set: %s",
				 is, strerror(-ret));
		kdpu_finding_todo(f, "echo %s >/sys/block/%s/queue/scheduler",
				  kdpu_schedulers_for(d)[0], d->name);
	} else if (strcmp(is, was)) {
		kdpu_finding_set(f, KDPU_PASS, "%s (was %s)", is, was);
	} else {
		kdpu_finding_set(f, KDPU_PASS, "%s", is);
	}
}

static uint64_t attribute(const struct kdpu_host *h,
			  const struct kdpu_device *d, const char *attr)
{
	char text[32];

	if (kdpu_host_read(h, text, sizeof(text), SYSDEV "/%s", major(d->dev),
			   minor(d->dev), attr))
		return 0;
	return strtoull(text, NULL, 10);
}

static void verify_alignment(const struct kdpu_host *h,
			     const struct kdpu_device *d, uint64_t chunk,
			     struct kdpu_finding *f)
{
	uint64_t start = attribute(h, d, "start") * 512;
	uint64_t offset = attribute(h, d, "alignment_offset");

	if (d->partition && start % MIB) {
		kdpu_finding_set(f, KDPU_NOTE, "the partition begins at byte %llu, which is no multiple of 1 MiB",
				 (unsigned long long)start);
		kdpu_finding_todo(f, "a partition that begins at a multiple of 1 MiB is faster");
	} else if (offset) {
		kdpu_finding_set(f, KDPU_NOTE, "the physical sectors are shifted by %llu bytes",
				 (unsigned long long)offset);
		kdpu_finding_todo(f, "a partition that begins there is faster");
	} else if (chunk % d->physical) {
		kdpu_finding_set(f, KDPU_NOTE, "chunks of %llu bytes are no multiple of the physical sector of %u",
				 (unsigned long long)chunk, d->physical);
		kdpu_finding_todo(f, "--chunk with a multiple of it is faster");
	} else {
		kdpu_finding_set(f, KDPU_PASS, "chunks of %llu KiB on sectors of %u bytes",
				 (unsigned long long)chunk / 1024,
				 d->physical);
	}
}

/* What a test would do first; a new volume reads zeros. */
static int try_volume(const char *node, void *block)
{
	int fd = open(node, O_RDWR | O_DIRECT | O_CLOEXEC);
	int ret;

	if (fd < 0)
		return -errno;
	ret = kdpu_pread(fd, block, KDPU_IO_ALIGN, 0);
	close(fd);
	return ret;
}

static void verify_access(const struct kdpu_pool *p, struct kdpu_finding *f)
{
	void *block = kdpu_io_alloc(KDPU_IO_ALIGN);
	int ret = block ? 0 : -ENOMEM;
	size_t i;

	for (i = 0; !ret && i < p->nr; i++)
		ret = try_volume(p->volumes[i].node, block);
	free(block);
	if (!ret) {
		kdpu_finding_set(f, KDPU_PASS, "each volume can be opened and read");
		return;
	}
	kdpu_finding_set(f, KDPU_NOTE, "%.200s: %s",
			 i ? p->volumes[i - 1].node : "no memory",
			 strerror(-ret));
	kdpu_finding_todo(f, "the kernel log may have the reason: dmesg | tail");
}

void kdpu_verify(const struct kdpu_host *h, const struct kdpu_device *d,
		 const struct kdpu_pool *p, uint64_t chunk_bytes,
		 struct kdpu_finding findings[KDPU_NR_VERIFY])
{
	memset(findings, 0, KDPU_NR_VERIFY * sizeof(*findings));
	findings[0].name = "I/O scheduler";
	verify_scheduler(h, d, &findings[0]);
	findings[1].name = "alignment";
	verify_alignment(h, d, chunk_bytes, &findings[1]);
	findings[2].name = "access";
	verify_access(p, &findings[2]);
}
