/* SPDX-License-Identifier: GPL-2.0-only */
/* The I/O scheduler that suits a pool's disk. */
#ifndef KDPU_SCHEDULER_H
#define KDPU_SCHEDULER_H

#include "device.h"

/* The schedulers that suit the device, best first; NULL ends them. */
const char *const *kdpu_schedulers_for(const struct kdpu_device *d);

/*
 * "mq-deadline kyber [bfq] none": the one in brackets.  -ENOENT when there is
 * nothing to choose, as for device-mapper.
 */
int kdpu_scheduler_read(const struct kdpu_host *h, const struct kdpu_device *d,
			char is[32]);

/*
 * Set the first that the kernel takes; @is goes in and comes out as it is then.
 * Negative errno when it takes none.
 */
int kdpu_scheduler_choose(const struct kdpu_host *h,
			  const struct kdpu_device *d, char is[32]);

/* The same, in one; what cannot be set stays as it is. */
void kdpu_scheduler_set(const struct kdpu_host *h, const char *path);

#endif
