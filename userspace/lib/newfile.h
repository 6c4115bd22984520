/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KDPU_NEWFILE_H
#define KDPU_NEWFILE_H

#include <stdio.h>
#include <sys/types.h>

#include "err.h"

/*
 * Put a file at @path, complete or not at all: @write() writes it beside, under
 * another name that begins with @path, then it is renamed.  -errno.
 */
int kdpu_newfile(const char *path, mode_t mode,
		 void (*write)(FILE *f, const void *data), const void *data,
		 struct kdpu_err *err);

#endif
