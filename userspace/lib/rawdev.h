/* SPDX-License-Identifier: GPL-2.0-only */
/* The block device calls that need the kernel's own headers. */
#ifndef KDPU_RAWDEV_H
#define KDPU_RAWDEV_H

#include <stdbool.h>
#include <stdint.h>

/* Size of a block device or regular file.  Negative errno. */
int kdpu_fd_bytes(int fd, uint64_t *bytes);

/* Let the kernel look for partitions again.  Negative errno. */
int kdpu_fd_reread_table(int fd);

/* Drop what is cached of a block device that was written around the cache. */
int kdpu_fd_drop_cache(int fd);

/*
 * The lock that udev honours: it leaves the device alone while we hold it.
 * Tries for @ms milliseconds.  -EWOULDBLOCK.
 */
int kdpu_fd_lock(int fd, int ms);

/*
 * Let the device write zeros; offset and size are whole sectors.  -EOPNOTSUPP
 * for what is no block device, or what the device said.
 */
int kdpu_fd_zero(int fd, uint64_t offset, uint64_t size);

/* Bypass the page cache; false if this file cannot. */
bool kdpu_fd_set_direct(int fd, bool direct);

#endif
