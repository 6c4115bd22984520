/* SPDX-License-Identifier: GPL-2.0-only */
/* Volumes that are as fast at the first write as at any other. */
#ifndef KDPU_PREPARE_H
#define KDPU_PREPARE_H

#include "active.h"
#include "destroy.h"
#include "volspec.h"

/*
 * Write zeros to all of these volumes, which are new and have devices, so that
 * each of their chunks counts as written.  -EINTR after kdpu_disk_interrupt();
 * what came to be prepared is told, and they can be used all the same.
 */
int kdpu_volumes_prepare(struct kdpu_pool *p, const struct kdpu_volspecs *l,
			 kdpu_progress_fn progress, void *data,
			 struct kdpu_err *err);

#endif
