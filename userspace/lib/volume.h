/* SPDX-License-Identifier: GPL-2.0-only */
/* Make and remove volumes of an active pool, with their devices. */
#ifndef KDPU_VOLUME_H
#define KDPU_VOLUME_H

#include "active.h"
#include "process.h"
#include "volspec.h"

/*
 * All of them or none, owned by the process @o, or by none: one message, then all devices; when these cannot be
 * made the volumes are removed again.  The pool's volumes are read again.
 */
int kdpu_volumes_create(struct kdpu_pool *p, const struct kdpu_volspecs *l,
			const struct kdpu_owner *o, struct kdpu_err *err);

/* -ENOENT, -EBUSY; nothing is removed then. */
int kdpu_volumes_remove(struct kdpu_pool *p, char *const *names, size_t nr,
			struct kdpu_err *err);

/*
 * Give a volume another name, and its device, which may be in use, too.  -ENOENT,
 * -EEXIST, -EINVAL; all is as it was then.  The pool's volumes are read again.
 */
int kdpu_volume_rename(struct kdpu_pool *p, const char *name, const char *to,
		       struct kdpu_err *err);

/* What to change of a volume; NULL: as it is, "": nothing from now on. */
struct kdpu_volume_changes {
	const char *uid;	/* a number */
	const char *pid;	/* a number; 0: no process owns it */
	const char *session;
	const char *tag;
};

/* -ENOENT, -EINVAL.  The pool's volumes are read again. */
int kdpu_volume_set(struct kdpu_pool *p, const char *name,
		    const struct kdpu_volume_changes *c, struct kdpu_err *err);

#endif
