/* SPDX-License-Identifier: GPL-2.0-only */
/* Make a pool with the store's own code. */
#ifndef KDPU_ENGINE_FORMAT_H
#define KDPU_ENGINE_FORMAT_H

#include "dmname.h"
#include "engine/disk.h"
#include "volspec.h"

struct kdpu_format {
	const char *name;
	const char *serial;		/* of the device, "" if unknown */
	uint64_t chunk_bytes;		/* 0: the default */
	const struct kdpu_volspecs *volumes;
	uint32_t uid;			/* owner of the volumes */
	uint8_t uuid[KDPU_UUID_SIZE];	/* out */
};

/*
 * Old superblocks die first, the new ones come last: at no time is a half
 * made pool to be seen.  -EINTR after kdpu_disk_interrupt().
 */
int kdpu_format(struct kdpu_disk *d, struct kdpu_format *f,
		struct kdpu_err *err);

/* Read the new pool back: five current copies, all volumes.  -EIO if not. */
int kdpu_format_verify(struct kdpu_disk *d, const struct kdpu_format *f,
		       struct kdpu_err *err);

#endif
