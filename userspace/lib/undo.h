/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The way back: what was on the disk before each write, in order.  The bytes
 * are in an anonymous file and the list of them in shared memory, so that each
 * of two processes that have the log from before a fork() can go back when the
 * other was killed at whatever moment.
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
 * Everything written so far is durable.  The way back makes what came later
 * durable before it goes on from here: if the power fails meanwhile, the disk
 * is as it could have been on the way there.
 */
int kdpu_undo_barrier(struct kdpu_undo *u);

/*
 * Write everything back, the newest first, and make it durable.  Goes on after
 * an error and returns the first.  Can be done again after it was cut short.
 */
int kdpu_undo_restore(struct kdpu_undo *u, int fd);

uint64_t kdpu_undo_bytes(const struct kdpu_undo *u);

#endif
