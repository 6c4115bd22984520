/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The way back: what was on the disk before each write, in order, in an
 * anonymous file (so that another process could hold it and outlive the one
 * that writes).
 */
#ifndef KDPU_UNDO_H
#define KDPU_UNDO_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct kdpu_undo;

/* NULL: errno says why. */
struct kdpu_undo *kdpu_undo_new(void);
void kdpu_undo_free(struct kdpu_undo *u);

/*
 * Remember the @size bytes that are at @offset of the file open as @fd; both
 * multiples of 4096.  Negative errno: then do not write there.
 */
int kdpu_undo_save(struct kdpu_undo *u, int fd, uint64_t offset, size_t size);

/*
 * Write everything back, the newest first, and make it durable.  Goes on after
 * an error and returns the first.
 */
int kdpu_undo_restore(struct kdpu_undo *u, int fd);

uint64_t kdpu_undo_bytes(const struct kdpu_undo *u);

#endif
