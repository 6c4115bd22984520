/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Libraries that are loaded when they are needed.  Linked in, they and those
 * that they need would make the prober, which udev runs for every block device,
 * take twice its time.
 *
 * A library has a structure of pointers to its functions and a table of their
 * names in the same order; both are made of one list.
 */
#ifndef KDPU_LOADED_H
#define KDPU_LOADED_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

struct kdpu_loaded {
	const char *file;	/* "libx.so.1" */
	const char *package;	/* Debian's, that has it */
	const char *const *names;
	size_t nr;
	void *calls;		/* the structure of pointers */
	void *handle;		/* NULL until it is loaded */
};

/*
 * Have it loaded; 0 also when it was.  -ELIBACC when it cannot be, or lacks one
 * of the functions.
 */
int kdpu_load(struct kdpu_loaded *l, struct kdpu_err *err);

/*
 * The structure of pointers of a library without which nothing goes: ends the
 * program, with a message, when it cannot be loaded.  kdevpool-admin has them
 * loaded before a command begins.
 */
const void *kdpu_need(struct kdpu_loaded *l);

/* Where the library's file is; it must be loaded. */
const char *kdpu_loaded_path(const struct kdpu_loaded *l);

#endif
