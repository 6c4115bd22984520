/* SPDX-License-Identifier: GPL-2.0-only */
/* Whole reads and writes, also on descriptors with O_DIRECT. */
#ifndef KDPU_IO_H
#define KDPU_IO_H

#include <stddef.h>
#include <stdint.h>

#define KDPU_IO_ALIGN	4096u

/* 0 or a negative errno; -EIO at the end of the file. */
int kdpu_pread(int fd, void *data, size_t size, uint64_t offset);
int kdpu_pwrite(int fd, const void *data, size_t size, uint64_t offset);

/* Memory that O_DIRECT accepts, zeroed; free() it.  NULL: none. */
void *kdpu_io_alloc(size_t size);

#endif
