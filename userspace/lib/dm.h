/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Device-mapper, as far as this program needs it, over libdevmapper.
 *
 * Devices are made and removed in batches: one udev cookie for all of them, so
 * that udev is waited for once.  Names and UUIDs are those of dmname.h.
 */
#ifndef KDPU_DM_H
#define KDPU_DM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "dmname.h"
#include "err.h"

/*
 * Device-mapper and our target are there; tries to load the module.  -ENODEV
 * without device-mapper, -ENOENT without the target, -EACCES.
 */
int kdpu_dm_ready(struct kdpu_err *err);

/* Is udev running, so that it makes the nodes? */
bool kdpu_dm_udev(void);

struct kdpu_dm_batch {
	uint32_t cookie;
	bool open;
};

int kdpu_dm_batch_begin(struct kdpu_dm_batch *b, struct kdpu_err *err);
/* Wait until udev has done everything; the nodes are there (or gone) then. */
void kdpu_dm_batch_end(struct kdpu_dm_batch *b);

struct kdpu_dm_new {
	const char *name;
	const char *uuid;
	uint64_t sectors;
	const char *target;
	const char *params;
	bool read_only;
};

/* *@dev (may be NULL) is the new device's number. */
int kdpu_dm_create(struct kdpu_dm_batch *b, const struct kdpu_dm_new *n,
		   dev_t *dev, struct kdpu_err *err);
int kdpu_dm_remove(struct kdpu_dm_batch *b, const char *name,
		   struct kdpu_err *err);

struct kdpu_dm_removal {
	const char *name;
	int ret;		/* 0: it is gone; negative errno */
	bool told;		/* the kernel has told udev */
};

/*
 * Several at the same time, dm-beside.c; what can be removed is, also when
 * others cannot.  The error is that of the first of those.
 */
int kdpu_dm_remove_all(struct kdpu_dm_batch *b, struct kdpu_dm_removal *r,
		       size_t nr, struct kdpu_err *err);

/* Also of a device that is in use. */
int kdpu_dm_rename(struct kdpu_dm_batch *b, const char *from, const char *to,
		   struct kdpu_err *err);

/*
 * Where udev does not: have the node in /dev/mapper if there is the device, and
 * none if there is not.  A program that was killed may not have come to it.
 */
void kdpu_dm_node(const char *name);

struct kdpu_dm_device {
	char name[KDPU_DM_NAME_SIZE];
	uint8_t pool[KDPU_UUID_SIZE];	/* from its UUID */
	uint64_t id;			/* volume id, 0: the pool's device */
	dev_t dev;
	int open_count;
	bool suspended;
	bool live;			/* has a table */
};

struct kdpu_dm_devices {
	struct kdpu_dm_device *d;
	size_t nr;
};

/* All devices whose UUID is one of ours. */
int kdpu_dm_list(struct kdpu_dm_devices *l, struct kdpu_err *err);
void kdpu_dm_list_free(struct kdpu_dm_devices *l);

/* Is there any device of this name?  1, 0 or a negative errno. */
int kdpu_dm_exists(const char *name, struct kdpu_err *err);

/*
 * Status line and table line of a device's only target, and the answer to a
 * message ("" if none); free() them.
 */
int kdpu_dm_status(const char *name, char **params, struct kdpu_err *err);
int kdpu_dm_table(const char *name, char **params, struct kdpu_err *err);
int kdpu_dm_message(const char *name, const char *message, char **reply,
		    struct kdpu_err *err);

#endif
