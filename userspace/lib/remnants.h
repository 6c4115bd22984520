/* SPDX-License-Identifier: GPL-2.0-only */
/* What a program that was killed while it made devices has left behind. */
#ifndef KDPU_REMNANTS_H
#define KDPU_REMNANTS_H

#include "dm.h"

/*
 * Remove the devices of this pool that have no table.  One that a program is
 * making just now has none either, for a moment: they are given half a second.
 */
int kdpu_remnants_remove(const uint8_t uuid[KDPU_UUID_SIZE],
			 struct kdpu_err *err);

#endif
