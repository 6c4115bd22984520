/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a pool tells about itself; the texts are in doc/interface.rst.  All
 * sleep and take the life lock (message handlers hold it already, for reading:
 * those say so).
 */
#ifndef KDP_TARGET_REPORT_H
#define KDP_TARGET_REPORT_H

#include "target/pool.h"

/* The status line. */
void kdp_report_status(struct kdp_pool *pool, char *result,
		       unsigned int maxlen);

/* The reply to "info"; life is held. */
void kdp_report_info(struct kdp_pool *pool, char *result, unsigned int maxlen);

/*
 * The reply to "list": volumes with an id above @after; life is held and the
 * store is there.  What does not fit is left out from a whole line on, and the
 * buffer is filled up, by which device-mapper knows that it was too small.
 */
void kdp_report_list(struct kdp_pool *pool, u64 after, char *result,
		     unsigned int maxlen);

/* Fill @result with blank lines from @sz on: "too small". */
void kdp_report_overflow(char *result, unsigned int sz, unsigned int maxlen);

#endif
