/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KDPU_ENGINE_OPEN_H
#define KDPU_ENGINE_OPEN_H

#include "engine/disk.h"

struct kdp_store;

/*
 * Open it: *@s, for kdp_store_free().  0, or what kdp_store_open() returns, with
 * its reason as the error.  Writes nothing.
 */
int kdpu_open(struct kdpu_disk *d, struct kdp_store **s, struct kdpu_err *err);

/*
 * Can the store open this?  0, or what kdp_store_open() returns, with its
 * reason as the error.  Writes nothing.
 */
int kdpu_open_try(struct kdpu_disk *d, struct kdpu_err *err);

#endif
