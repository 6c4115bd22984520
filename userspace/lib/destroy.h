/* SPDX-License-Identifier: GPL-2.0-only */
/* Make a disk no pool any more. */
#ifndef KDPU_DESTROY_H
#define KDPU_DESTROY_H

#include <stdint.h>

#include "dmname.h"
#include "err.h"

/*
 * Overwrite the superblocks of the pool on @path, if it is the pool with this
 * UUID and nothing uses the device.  -ESTALE: it is another one by now.
 */
int kdpu_destroy(const char *path, const uint8_t uuid[KDPU_UUID_SIZE],
		 struct kdpu_err *err);

/* Called now and then, and at the end: so many bytes of @total are done. */
typedef void (*kdpu_progress_fn)(uint64_t done, uint64_t total, void *data);

/*
 * The same, and then zeros over all of the device, from its start on.  After
 * kdpu_disk_interrupt() -EINTR; the error says how far it came.
 */
int kdpu_wipe(const char *path, const uint8_t uuid[KDPU_UUID_SIZE],
	      kdpu_progress_fn progress, void *data, struct kdpu_err *err);

#endif
