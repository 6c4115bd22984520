/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between the kernels we build for.  Nothing but this folder may
 * depend on a kernel's version.  Version numbers lie (stable kernels take over
 * interface changes), so what can be seen by the preprocessor is tested there.
 */
#ifndef KDP_COMPAT_H
#define KDP_COMPAT_H

#include <linux/blkdev.h>
#include <linux/fs.h>

/* The mode of a table: fmode_t, later blk_mode_t. */
#ifdef BLK_OPEN_WRITE
#define KDP_MODE_READ	BLK_OPEN_READ
#define KDP_MODE_WRITE	BLK_OPEN_WRITE
#else
#define KDP_MODE_READ	FMODE_READ
#define KDP_MODE_WRITE	FMODE_WRITE
#endif

#endif
