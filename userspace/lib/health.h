/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How the copies of an active pool's metadata are, and who tends them:
 * /sys/dev/block/M:N/kdevpool/ (kernel/doc/interface.rst).
 */
#ifndef KDPU_HEALTH_H
#define KDPU_HEALTH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"
#include "host.h"

#define KDPU_COPIES	5

struct kdpu_copy {
	char state[16];		/* "current", "damaged", ... */
	uint32_t damaged;	/* places known to be bad */
	uint32_t attempts;	/* to repair it, of the last hour */
	uint64_t mended;	/* places, since the pool was opened */
	uint64_t extent;	/* block of the disk where it begins */
	uint64_t moved_from;	/* the same before, 0: was not moved */
};

/* A scrub or repair; who asked is done when served >= asked. */
struct kdpu_job {
	uint64_t asked, served;
	char result[16];	/* of the last that ended */
	uint64_t ended;		/* seconds since 1970; 0: never */
};

struct kdpu_health {
	bool known;		/* the rest is filled in */
	struct kdpu_copy copy[KDPU_COPIES];
	uint32_t valid;
	uint64_t repairs;	/* copies made whole since it was opened */
	uint64_t last_repair;	/* seconds since 1970; 0: never */
	uint64_t rewrites;	/* checkpoints from memory */
	uint32_t scrub_interval;
	bool auto_repair;
	char now[8];		/* "idle", "scrub", "repair" */
	uint32_t done, all;	/* places, of what runs; 0: nothing does */
	struct kdpu_job scrub, repair;
	/* what the last scrub saw */
	uint32_t places, bad[KDPU_COPIES];
	bool crossed;		/* bitmap and maps were compared: */
	uint32_t mapped_but_free, mapped_twice, leaked;
};

/* Of the pool device @dev.  -ENODEV: it is not there; -EPROTO. */
int kdpu_health_read(const struct kdpu_host *host, dev_t dev,
		     struct kdpu_health *h, struct kdpu_err *err);

#endif
