/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KDP_SHIM_BUG_H
#define KDP_SHIM_BUG_H

#include <stdio.h>
#include <stdlib.h>

/* What the kernel only warns of is a failed test here. */
#define WARN_ON_ONCE(cond)	({					\
	if (cond) {							\
		fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond); \
		abort();						\
	}								\
	0;								\
})

#endif
