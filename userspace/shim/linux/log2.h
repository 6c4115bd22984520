/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KDP_SHIM_LOG2_H
#define KDP_SHIM_LOG2_H

#include <linux/types.h>

#define is_power_of_2(n)	((n) && !((n) & ((n) - 1)))

static inline int ilog2(u64 n)
{
	return 63 - __builtin_clzll(n);
}

static inline unsigned long roundup_pow_of_two(unsigned long n)
{
	return n < 2 ? 1 : 1ul << (ilog2(n - 1) + 1);
}

#endif
