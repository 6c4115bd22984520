/* SPDX-License-Identifier: GPL-2.0-only */
/* A list of volumes that somebody wants: names and sizes. */
#ifndef KDPU_VOLSPEC_H
#define KDPU_VOLSPEC_H

#include <stddef.h>
#include <stdint.h>

#include "dmname.h"
#include "err.h"

struct kdpu_volspec {
	char name[KDPU_VOLUME_NAME];
	uint64_t bytes;
};

struct kdpu_volspecs {
	struct kdpu_volspec *v;
	size_t nr;
};

/*
 * Add a volume; names and sizes are checked.  -EINVAL, -EEXIST if the name is
 * in the list already, -ENOMEM.
 */
int kdpu_volspecs_add(struct kdpu_volspecs *l, const char *name,
		      const char *size, struct kdpu_err *err);

/* The same from "NAME:SIZE". */
int kdpu_volspecs_parse(struct kdpu_volspecs *l, const char *text,
			struct kdpu_err *err);

uint64_t kdpu_volspecs_bytes(const struct kdpu_volspecs *l);
void kdpu_volspecs_free(struct kdpu_volspecs *l);

#endif
