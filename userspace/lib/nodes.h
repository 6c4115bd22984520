/* SPDX-License-Identifier: GPL-2.0-only */
/* /dev/kdevpool/<pool>/<volume>: made by udev, or by us where there is none. */
#ifndef KDPU_NODES_H
#define KDPU_NODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The best path that there is now: the link below /dev/kdevpool, or the node
 * below /dev/mapper; "" if neither exists.
 */
void kdpu_node_find(const char *pool, const char *volume, const char *dm_name,
		    char *path, size_t size);

/* Make or remove the link; for systems without udev.  Negative errno. */
int kdpu_node_link(const char *pool, const char *volume, const char *dm_name);
void kdpu_node_unlink(const char *pool, const char *volume);

/* The name below /dev of the device with these numbers.  Negative errno. */
int kdpu_sysfs_devname(unsigned int major, unsigned int minor, char *name,
		       size_t size);

/*
 * Let udev look at a device again, and wait (two seconds at most) until its
 * node belongs to @uid.
 */
void kdpu_node_reown(dev_t dev, const char *path, uid_t uid);

/* Who may open a node, and the I/O that its device has seen since it was made. */
struct kdpu_node_facts {
	bool known;		/* the node is there */
	mode_t mode;		/* permission bits */
	uid_t uid;
	gid_t gid;
	bool counted;		/* the kernel counts its I/O */
	uint64_t reads, read_bytes, writes, written_bytes;
	uint64_t discards, discarded_bytes, flushes;
};

/* Never fails; what cannot be found out is not known. */
void kdpu_node_facts(const char *path, struct kdpu_node_facts *f);

#endif
