/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine made of files: /sys, /proc, /etc and /dev below a temporary
 * folder, whose block devices are regular files.
 */
#ifndef KDP_TESTS_FAKEHOST_H
#define KDP_TESTS_FAKEHOST_H

#include <stdint.h>
#include <sys/types.h>

#include "lib/host.h"

#define FAKE_DISK_BYTES	(64u << 20)

/* A new machine with a disk sdb (8:16) of 64 MiB; one at a time. */
const struct kdpu_host *fake_host_new(void);
void fake_host_free(void);

/* Write a file below the root, with folders as needed. */
void fake_file(const char *path, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void fake_link(const char *target, const char *path);
void fake_remove(const char *path);

/* A path below the root; static storage, the last four stay valid. */
const char *fake_path(const char *path);

/*
 * A block device: sysfs folder @dir ("sdb/sdb1"), number, size.  With @disk a
 * file of that size in /dev.
 */
void fake_block(const char *dir, unsigned int maj, unsigned int min,
		uint64_t bytes, int disk);

/* Write bytes to the disk sdb. */
void fake_poke(uint64_t offset, const void *data, size_t size);

/* A hash of size and all bytes of a file. */
uint64_t fake_hash(const char *real_path);

#endif
