/* SPDX-License-Identifier: GPL-2.0-only */
/* Private to engine/: layouts and lists of volumes in the kernel's terms. */
#ifndef KDPU_ENGINE_OPS_H
#define KDPU_ENGINE_OPS_H

#include "format/geometry.h"
#include "model/op.h"
#include "volspec.h"

int kdpu_layout(uint64_t device_bytes, uint64_t chunk_bytes,
		struct kdp_geometry *g, struct kdpu_err *err);

/* An operation for each volume; free() it.  NULL: no memory, or none asked. */
struct kdp_op *kdpu_ops_new(const struct kdpu_volspecs *volumes, u64 now,
			    u32 uid);

#endif
