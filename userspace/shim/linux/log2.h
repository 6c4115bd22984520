/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KDP_SHIM_LOG2_H
#define KDP_SHIM_LOG2_H

#include <linux/types.h>

#define is_power_of_2(n)	((n) && !((n) & ((n) - 1)))

static inline int ilog2(u64 n)
{
	return 63 - __builtin_clzll(n);
}

#endif
