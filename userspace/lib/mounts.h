/* SPDX-License-Identifier: GPL-2.0-only */
/* What is mounted, swapped on, or named in fstab. */
#ifndef KDPU_MOUNTS_H
#define KDPU_MOUNTS_H

#include "err.h"
#include "host.h"

struct kdpu_mount {
	dev_t dev;		/* what the kernel says; major 0 for some */
	int source_error;	/* of resolving the source; -ENOENT: no such node */
	dev_t source_dev;	/* 0: the source is no block device */
	const char *source;
	const char *target;
	const char *type;
	const char *options;
	const char *where;	/* "" or the mount namespace's process */
};

/* Return a negative errno to stop with an error, 1 to stop, 0 to go on. */
typedef int (*kdpu_mount_fn)(const struct kdpu_mount *m, void *data,
			     struct kdpu_err *err);

/*
 * Call @fn for every mount of every mount namespace.  Not being allowed to
 * look at one is an error.  Returns what @fn returned, or 0.
 */
int kdpu_mounts_each(const struct kdpu_host *h, kdpu_mount_fn fn, void *data,
		     struct kdpu_err *err);

/* The same for swap areas (only source is set) and for fstab's lines. */
int kdpu_swaps_each(const struct kdpu_host *h, kdpu_mount_fn fn, void *data,
		    struct kdpu_err *err);
int kdpu_fstab_each(const struct kdpu_host *h, kdpu_mount_fn fn, void *data,
		    struct kdpu_err *err);

/* Does this kernel's file system @type live on no block device?  -errno. */
int kdpu_fstype_nodev(const struct kdpu_host *h, const char *type);

#endif
