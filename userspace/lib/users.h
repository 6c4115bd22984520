/* SPDX-License-Identifier: GPL-2.0-only */
/* Who uses a disk, or the volumes of the pool on it? */
#ifndef KDPU_USERS_H
#define KDPU_USERS_H

#include "active.h"
#include "device.h"

/*
 * -EBUSY, naming mounts, swap, loop devices, what is built on it and processes
 * that have it open, if anything uses the disk or image at @path or what is
 * built on it; another error when that cannot be found out.  @p, if not NULL,
 * is the pool that is active on it: its own devices do not count as users,
 * those who use them do.
 */
int kdpu_users_refuse(const struct kdpu_host *h, const char *path,
		      const struct kdpu_pool *p, struct kdpu_err *err);

#endif
