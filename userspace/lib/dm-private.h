/* SPDX-License-Identifier: GPL-2.0-only */
/* What dm.c and dm-beside.c share. */
#ifndef KDPU_DM_PRIVATE_H
#define KDPU_DM_PRIVATE_H

#include "err.h"
#include "libdm.h"

/* Scanners of the host stay away from guests' volumes. */
#define KDPU_DM_UDEV_FLAGS	(DM_UDEV_DISABLE_SUBSYSTEM_RULES_FLAG | \
				 DM_UDEV_DISABLE_DISK_RULES_FLAG | \
				 DM_UDEV_DISABLE_OTHER_RULES_FLAG)

/*
 * A task for the device @name (may be NULL); forgets what libdevmapper has
 * complained of.  NULL when it cannot be had; the caller destroys it.
 */
struct dm_task *kdpu_dm_task(int type, const char *name);

/* "device-mapper could not @what @name", and why; returns a negative errno. */
int kdpu_dm_failed(int error, const char *what, const char *name,
		   struct kdpu_err *err);

#endif
