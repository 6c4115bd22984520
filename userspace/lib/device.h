/* SPDX-License-Identifier: GPL-2.0-only */
/* What a person wants to know about a disk before it is overwritten. */
#ifndef KDPU_DEVICE_H
#define KDPU_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "devset.h"
#include "err.h"
#include "host.h"

struct kdpu_device {
	char given[PATH_MAX];	/* as the user wrote it */
	char path[PATH_MAX];	/* without links */
	bool block;		/* a block device; otherwise a regular file */
	dev_t dev;		/* of the block device, or 0 */
	dev_t file_dev;		/* where a file is, and its inode */
	ino_t file_ino;
	uint64_t bytes;
	uint32_t logical;	/* sector sizes */
	uint32_t physical;
	bool rotational;
	bool removable;
	bool read_only;
	bool partition;		/* of some disk */
	char name[64];		/* the kernel's name, "" for files */
	char model[80];		/* "" if unknown */
	char serial[64];
	char scheduler[32];	/* "" if not read, see scheduler.h */
	struct kdpu_devset up;	/* the device, partitions, holders */
};

/*
 * Look at @path; opens nothing.  -ENOENT, -ENOTBLK for what is neither block
 * device nor regular file, or what sysfs said.
 */
int kdpu_device_read(const struct kdpu_host *h, const char *path,
		     struct kdpu_device *d, struct kdpu_err *err);
void kdpu_device_free(struct kdpu_device *d);

#endif
