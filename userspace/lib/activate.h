/* SPDX-License-Identifier: GPL-2.0-only */
/* Bring pools and their volumes up and down. */
#ifndef KDPU_ACTIVATE_H
#define KDPU_ACTIVATE_H

#include "active.h"

struct kdpu_activation {
	bool already;		/* the pool was active before */
	size_t made;		/* devices of volumes that were made now */
	size_t links_missing;	/* volumes without a link in /dev/kdevpool */
};

struct kdpu_activate_how {
	const char *name;	/* must be the pool's name; NULL: any */
	bool read_only;
	bool adopt;		/* it may be another disk: record its serial */
};

/*
 * Activate the pool on @path and make a device for each volume; when it is
 * active already only the devices that are missing.  All or nothing.  *@p is
 * the active pool afterwards.  One at a time on a machine.
 */
int kdpu_activate(const char *path, const struct kdpu_activate_how *how,
		  struct kdpu_pool *p, struct kdpu_activation *done,
		  struct kdpu_err *err);

/*
 * The pool is active from a disk that has been pulled out.  Once it is idle its
 * devices are replaced when it is activated from the disk that came back.
 */
bool kdpu_pool_lost(const struct kdpu_pool *p);

/* -EBUSY, naming what is open, if one of its volumes is. */
int kdpu_pool_idle(struct kdpu_pool *p, struct kdpu_err *err);

/* One of its volumes is / or /usr: it cannot be taken down. */
bool kdpu_pool_is_system(const struct kdpu_pool *p);

/*
 * Two that activate a pool, as when its disk makes two events, would take each
 * other's half made devices for remnants; two that clean up, each other's half
 * removed ones.  So they wait for their turn, up to two minutes: a lock of
 * device-mapper's own node, which is there from the first moment on, and which
 * nobody else locks.  *@fd is -1 where there is no device-mapper; the turn ends
 * with the process at the latest.
 */
int kdpu_turn_take(int *fd, struct kdpu_err *err);
void kdpu_turn_give(int fd);

/* Remove all devices of the pool.  -EBUSY, naming what is open. */
int kdpu_deactivate(struct kdpu_pool *p, struct kdpu_err *err);

/*
 * Make devices for these volumes within a batch.  On an error, end the batch
 * and call kdpu_devices_remove().  @v[i] are of @p.
 */
int kdpu_devices_add(struct kdpu_dm_batch *b, struct kdpu_pool *p,
		     struct kdpu_volume **v, size_t nr, bool read_only,
		     struct kdpu_err *err);
/* After the end of the batch: their paths; links where there is no udev. */
int kdpu_devices_link(struct kdpu_pool *p, struct kdpu_volume **v, size_t nr,
		      struct kdpu_err *err);

/* The same in a batch of its own: all or none. */
int kdpu_devices_make(struct kdpu_pool *p, struct kdpu_volume **v, size_t nr,
		      bool read_only, struct kdpu_err *err);
/* Remove those that are there; stops at the first error. */
int kdpu_devices_drop(struct kdpu_dm_batch *b, struct kdpu_pool *p,
		      struct kdpu_volume **v, size_t nr, struct kdpu_err *err);
int kdpu_devices_remove(struct kdpu_pool *p, struct kdpu_volume **v,
			size_t nr, struct kdpu_err *err);

/* -EBUSY and who uses them, if one of the volumes' devices is open. */
int kdpu_devices_idle(const struct kdpu_pool *p, struct kdpu_volume *const *v,
		      size_t nr, struct kdpu_err *err);

#endif
