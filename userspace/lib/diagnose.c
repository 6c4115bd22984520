// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "diagnose.h"
#include "engine/open.h"
#include "engine/super.h"
#include "io.h"
#include "signature.h"

#define SAMPLE	(1024u * 1024u)

static bool all_zero(const unsigned char *p, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		if (p[i])
			return false;
	return true;
}

/* Nothing but zeros in the first and last MiB and where superblocks go? */
static bool is_blank(struct kdpu_disk *d)
{
	const uint64_t places[] = {
		0, 16u << 20, 32u << 20, 48u << 20,
		d->bytes > SAMPLE ? d->bytes - SAMPLE : 0,
	};
	unsigned char *p = kdpu_io_alloc(SAMPLE);
	bool blank = p;
	uint64_t n;
	size_t i;

	for (i = 0; blank && i < sizeof(places) / sizeof(places[0]); i++) {
		if (places[i] >= d->bytes)
			continue;
		n = d->bytes - places[i];
		n = n < SAMPLE ? n : SAMPLE;
		blank = !kdpu_disk_read(d, p, places[i], n) && all_zero(p, n);
	}
	free(p);
	return blank;
}

/* What libblkid says is there: "ext4 file system", or "". */
static void foreign(const char *path, char *buf, size_t size)
{
	struct kdpu_signatures sigs;
	struct kdpu_err ignored;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	buf[0] = 0;
	if (fd < 0)
		return;
	if (!kdpu_signatures_read(fd, &sigs, &ignored)) {
		if (sigs.nr)
			kdpu_signature_text(&sigs.s[0], buf, size);
		kdpu_signatures_free(&sigs);
	}
	close(fd);
}

static int no_pool(struct kdpu_disk *d, const char *path, struct kdpu_err *err)
{
	enum kdpu_traces traces = kdpu_super_traces(d);
	char what[256];

	foreign(path, what, sizeof(what));
	if (!what[0] && traces == KDPU_TRACES_DAMAGED) {
		kdpu_fail(err, -EUCLEAN, "%s held a pool, but none of its ten superblocks is valid: all five copies are damaged",
			  path);
		kdpu_expected(err, "at least one of five copies of the metadata");
		return kdpu_todo(err, "restore the superblocks from a backup of the disk, or make a new pool with create --force");
	}
	if (what[0])
		kdpu_fail(err, -ENODEV, "%s holds no kdevpool pool, but: %s",
			  path, what);
	else if (traces == KDPU_TRACES_DESTROYED)
		kdpu_fail(err, -ENODEV, "%s holds no pool: the one it had was destroyed",
			  path);
	else if (is_blank(d))
		kdpu_fail(err, -ENODEV, "%s is blank: it holds no pool", path);
	else
		kdpu_fail(err, -ENODEV, "%s has no valid superblock: it holds no pool, or one with all five copies of its metadata damaged",
			  path);
	return kdpu_todo(err, "is it the right device?  To make a pool on it: kdevpool-admin create --device %s",
			 path);
}

int kdpu_diagnose(struct kdpu_disk *d, const char *path, struct kdpu_err *err)
{
	int ret = kdpu_open_try(d, err);

	if (!ret)
		return 0;
	if (ret == -ENODEV)
		return no_pool(d, path, err);
	return kdpu_fail(err, ret, "%s: %s", path, err->what);
}
