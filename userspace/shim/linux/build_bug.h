/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KDP_SHIM_BUILD_BUG_H
#define KDP_SHIM_BUILD_BUG_H

/* Every <assert.h> makes its own static_assert: this must be the last. */
#include <assert.h>

#undef static_assert
#define KDP_SHIM_ASSERT(expr, msg, ...)	_Static_assert(expr, msg)
#define static_assert(expr, ...)	KDP_SHIM_ASSERT(expr, ##__VA_ARGS__, #expr)

#endif
