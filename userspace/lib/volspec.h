/* SPDX-License-Identifier: GPL-2.0-only */
/* A list of volumes that somebody wants: names and sizes. */
#ifndef KDPU_VOLSPEC_H
#define KDPU_VOLSPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dmname.h"
#include "err.h"

struct kdpu_volspec {
	char name[KDPU_VOLUME_NAME];
	uint64_t bytes;
	bool thin;		/* takes space only as it is written to */
};

struct kdpu_volspecs {
	struct kdpu_volspec *v;
	size_t nr;
};

/*
 * Add a volume; names and sizes are checked.  A size ending in ":thin" makes a
 * thin volume.  -EINVAL, -EEXIST if the name is
 * in the list already, -ENOMEM.
 */
int kdpu_volspecs_add(struct kdpu_volspecs *l, const char *name,
		      const char *size, struct kdpu_err *err);

/* The same from "NAME:SIZE[:thin]". */
int kdpu_volspecs_parse(struct kdpu_volspecs *l, const char *text,
			struct kdpu_err *err);

/* Add those of another list, which stays as it is.  -EEXIST, -ENOMEM. */
int kdpu_volspecs_append(struct kdpu_volspecs *l,
			 const struct kdpu_volspecs *more,
			 struct kdpu_err *err);

/* What they take from the pool at once: thin volumes take nothing. */
uint64_t kdpu_volspecs_bytes(const struct kdpu_volspecs *l);
void kdpu_volspecs_free(struct kdpu_volspecs *l);

#endif
