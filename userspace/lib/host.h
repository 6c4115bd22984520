/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the facts about this machine come from.  The tests put another tree
 * and another way to name devices in here.
 */
#ifndef KDPU_HOST_H
#define KDPU_HOST_H

#include <limits.h>
#include <stdint.h>
#include <sys/types.h>

struct kdpu_host {
	const char *root;	/* before /sys, /proc, /etc; "" in earnest */
	/*
	 * Which block device is @path a node of (or a link to)?  0, -ENOENT,
	 * -ENOTBLK, or what stat() said.
	 */
	int (*resolve)(const char *path, dev_t *dev);
};

extern const struct kdpu_host kdpu_this_host;

/* Read a file below root, without the final newline.  Negative errno. */
int kdpu_host_read(const struct kdpu_host *h, char *buf, size_t size,
		   const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* The path of a file below root.  Returns @buf. */
char *kdpu_host_path(const struct kdpu_host *h, char buf[PATH_MAX],
		     const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
