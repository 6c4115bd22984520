/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Block devices that hang together, by what sysfs says: partitions of a disk,
 * and the stack of device-mapper, md, bcache devices and so on.
 */
#ifndef KDPU_DEVSET_H
#define KDPU_DEVSET_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"
#include "host.h"

enum kdpu_relation {
	KDPU_SELF,
	KDPU_PARTITION,		/* a partition of the device itself */
	KDPU_HOLDER,		/* built on the device or its partitions */
	KDPU_BELOW,		/* what the device is built on */
};

struct kdpu_member {
	dev_t dev;
	enum kdpu_relation relation;
	char name[64];		/* the kernel's: sda1, dm-3 */
	char label[160];	/* for people: "dm-3 (vg-root)" */
};

struct kdpu_devset {
	struct kdpu_member *m;
	size_t nr;
};

/* The device, its partitions and everything built on any of them. */
int kdpu_devset_up(const struct kdpu_host *h, dev_t dev,
		   struct kdpu_devset *set, struct kdpu_err *err);

/* The device, and everything that it is built on, down to whole disks. */
int kdpu_devset_down(const struct kdpu_host *h, dev_t dev,
		     struct kdpu_devset *set, struct kdpu_err *err);

/* NULL if it is not in the set. */
const struct kdpu_member *kdpu_devset_find(const struct kdpu_devset *set,
					   dev_t dev);

void kdpu_devset_free(struct kdpu_devset *set);

#endif
