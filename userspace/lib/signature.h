/* SPDX-License-Identifier: GPL-2.0-only */
/* What libblkid finds on a device: file systems, members, tables. */
#ifndef KDPU_SIGNATURE_H
#define KDPU_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct kdpu_signature {
	char type[48];		/* ext4, LVM2_member, gpt */
	char usage[16];		/* filesystem, raid, crypto, other; table */
	char label[72];
	char uuid[72];
	char part_uuid[48];	/* of the partition it is in */
	char part_label[72];
	int partition;		/* number, or 0 for the device itself */
	uint64_t offset;	/* of the magic on the device */
	uint64_t size;
};

struct kdpu_signatures {
	struct kdpu_signature *s;
	size_t nr;
	bool table;		/* there is a partition table */
};

/*
 * Everything on the device open as @fd and in its partitions.  A probe that
 * fails is an error, never an empty list.  Reads only.
 */
int kdpu_signatures_read(int fd, struct kdpu_signatures *list,
			 struct kdpu_err *err);
void kdpu_signatures_free(struct kdpu_signatures *list);

/* "ext4 file system \"root\"", "LVM2_member in partition 2"; to @buf. */
char *kdpu_signature_text(const struct kdpu_signature *s, char *buf,
			  size_t size);

/* Zero @size bytes at @offset; what the caller writes with. */
typedef int (*kdpu_zero_fn)(void *data, uint64_t offset, uint64_t size,
			    struct kdpu_err *err);

/* Remove every signature of the device itself that libblkid knows. */
int kdpu_signatures_wipe(int fd, kdpu_zero_fn zero, void *data,
			 struct kdpu_err *err);

#endif
