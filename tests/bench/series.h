/* SPDX-License-Identifier: GPL-2.0-only */
/* Series of samples, nanoseconds, and the clocks that they come from. */
#ifndef KDP_BENCH_SERIES_H
#define KDP_BENCH_SERIES_H

#include <linux/types.h>

struct series {
	u32 *ns;
	u32 nr, max;
	bool sorted;
};

void series_add(struct series *s, u64 ns);
/* Microseconds; @share of the samples are not above it.  0 when empty. */
double series_at(struct series *s, double share);
void series_free(struct series *s);

static inline double series_median(struct series *s)
{
	return series_at(s, 0.5);
}

u64 clock_now(void);	/* goes on whatever happens; cheap */
u64 clock_thread(void);	/* while this thread computes; a system call */
double clock_cpu(void);	/* seconds that this process has computed */

#endif
