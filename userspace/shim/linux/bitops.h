/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KDP_SHIM_BITOPS_H
#define KDP_SHIM_BITOPS_H

#define hweight32(x)	((unsigned int)__builtin_popcount(x))
#define hweight64(x)	((unsigned int)__builtin_popcountll(x))

#endif
