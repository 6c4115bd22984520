/* SPDX-License-Identifier: GPL-2.0-only */
/* An active pool that does not exist, for reports. */
#ifndef KDP_TESTS_SAMPLEPOOL_H
#define KDP_TESTS_SAMPLEPOOL_H

#include "lib/active.h"

/*
 * Three volumes; with @wide every text is as long as it can be and every number
 * as large.  kdpu_pool_free() it.
 */
void sample_pool(struct kdpu_pool *p, bool wide);

#endif
