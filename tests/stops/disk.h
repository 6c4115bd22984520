/* SPDX-License-Identifier: GPL-2.0-only */
/* A disk or image and what was on it. */
#ifndef STOPS_DISK_H
#define STOPS_DISK_H

#include <stdbool.h>
#include <stddef.h>

struct disk {
	const char *path;
	size_t size;
	unsigned char *before;	/* all of it */
};

void disk_remember(struct disk *d, const char *path);

/* How many of its 4 KiB blocks differ from what was there before? */
size_t disk_changes(const struct disk *d);

/* Write back what differs. */
void disk_put_back(const struct disk *d);

#endif
