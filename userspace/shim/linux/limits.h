/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KDP_SHIM_LIMITS_H
#define KDP_SHIM_LIMITS_H

#include_next <linux/limits.h>
#include <limits.h>

#define U32_MAX	((u32)~0U)
#define S64_MAX	((s64)(~0ULL >> 1))
#define U64_MAX	((u64)~0ULL)

#endif
