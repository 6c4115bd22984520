/* SPDX-License-Identifier: GPL-2.0-only */
/* Which processes have a device or a file open. */
#ifndef KDPU_HANDLES_H
#define KDPU_HANDLES_H

#include "device.h"

struct kdpu_handle {
	int pid;
	char command[32];
	char path[PATH_MAX];	/* what the process opened */
};

/*
 * Look for a process other than this one that has the device, a partition or
 * anything built on it open.  1 and *@found, 0 for none, a negative errno when
 * somebody's descriptors may not be looked at (of an image file, that is passed
 * over).
 */
int kdpu_handles_find(const struct kdpu_host *h, const struct kdpu_device *d,
		      struct kdpu_handle *found, struct kdpu_err *err);

/* The same, but gives udev and the like @ms milliseconds to go away. */
int kdpu_handles_settle(const struct kdpu_host *h, const struct kdpu_device *d,
			int ms, struct kdpu_handle *found,
			struct kdpu_err *err);

#endif
