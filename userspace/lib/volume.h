/* SPDX-License-Identifier: GPL-2.0-only */
/* Make and remove volumes of an active pool, with their devices. */
#ifndef KDPU_VOLUME_H
#define KDPU_VOLUME_H

#include "active.h"
#include "volspec.h"

/*
 * All of them or none: one message, then all devices; when these cannot be
 * made the volumes are removed again.  The pool's volumes are read again.
 */
int kdpu_volumes_create(struct kdpu_pool *p, const struct kdpu_volspecs *l,
			struct kdpu_err *err);

/* -ENOENT, -EBUSY; nothing is removed then. */
int kdpu_volumes_remove(struct kdpu_pool *p, char *const *names, size_t nr,
			struct kdpu_err *err);

#endif
