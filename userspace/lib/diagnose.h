/* SPDX-License-Identifier: GPL-2.0-only */
/* Why is there no pool that could be activated? */
#ifndef KDPU_DIAGNOSE_H
#define KDPU_DIAGNOSE_H

#include "engine/disk.h"

/*
 * Open the pool read-only with the store's own code.  0 if that works;
 * otherwise an error that names the cause as well as it can be known: blank
 * disk, something else on it, truncated, all five copies damaged, a newer
 * format.  -ENODEV where there never was a pool.
 */
int kdpu_diagnose(struct kdpu_disk *d, const char *path, struct kdpu_err *err);

#endif
