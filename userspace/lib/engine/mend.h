/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Repair of a pool that is not active, when a copy's place cannot be written:
 * the pool is activated here, repaired as the kernel would, with the same code
 * and the same attempts but without the time between them, and closed.  So a
 * copy whose extent fails is moved, and one whose home fails is out of date.
 */
#ifndef KDPU_ENGINE_MEND_H
#define KDPU_ENGINE_MEND_H

#include "engine/disk.h"

struct kdpu_mended {
	struct {
		bool current;
		uint64_t moved_from;	/* block; 0: it was not */
		uint64_t extent;
	} copy[5];
	unsigned int current;		/* copies */
};

/*
 * @d is open for writing.  0, whatever became of the copies: *@m tells; else
 * what kdp_store_open() and kdp_store_activate() return, -EINTR, -ENOMEM.  An
 * epoch has begun, by the host that activated it last.
 */
int kdpu_mend(struct kdpu_disk *d, struct kdpu_mended *m, struct kdpu_err *err);

#endif
