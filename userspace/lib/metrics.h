/* SPDX-License-Identifier: GPL-2.0-only */
/* Active pools in the text format that Prometheus reads. */
#ifndef KDPU_METRICS_H
#define KDPU_METRICS_H

#include <stdio.h>

#include "active.h"

void kdpu_metrics_write(FILE *f, const struct kdpu_pools *l);

#endif
