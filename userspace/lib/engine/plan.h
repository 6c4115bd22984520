/* SPDX-License-Identifier: GPL-2.0-only */
/* What a pool on a device of some size would look like; nothing is read. */
#ifndef KDPU_ENGINE_PLAN_H
#define KDPU_ENGINE_PLAN_H

#include "volspec.h"

struct kdpu_plan {
	uint64_t device_bytes;
	uint64_t chunk_bytes;
	uint64_t metadata_bytes;	/* not for volumes: copies, head, tail */
	uint64_t volume_bytes;		/* taken by the volumes, whole chunks */
	uint64_t free_bytes;		/* left after the volumes */
	uint32_t max_volumes;
};

/*
 * Lay a pool out as the kernel would, with these volumes in it.  @chunk_bytes
 * 0: the default.  -EINVAL for an impossible layout, -ENOSPC with how much is
 * missing, -ENOMEM.
 */
int kdpu_plan_make(uint64_t device_bytes, uint64_t chunk_bytes,
		   const struct kdpu_volspecs *volumes, struct kdpu_plan *plan,
		   struct kdpu_err *err);

#endif
