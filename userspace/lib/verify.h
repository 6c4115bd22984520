/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * After a pool was made and activated: set what makes its disk fast, and look
 * whether all is as it should be.
 */
#ifndef KDPU_VERIFY_H
#define KDPU_VERIFY_H

#include "active.h"
#include "safety.h"

#define KDPU_NR_VERIFY	3

/*
 * The disk's I/O scheduler (set, too), alignment, access to the volumes.  The
 * verdict is KDPU_PASS, or KDPU_NOTE for what is not well.
 */
void kdpu_verify(const struct kdpu_host *h, const struct kdpu_device *d,
		 const struct kdpu_pool *p, uint64_t chunk_bytes,
		 struct kdpu_finding findings[KDPU_NR_VERIFY]);

#endif
