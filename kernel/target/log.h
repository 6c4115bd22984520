/* SPDX-License-Identifier: GPL-2.0-only */
/* DMERR() and its like for everything in target/. */
#ifndef KDP_TARGET_LOG_H
#define KDP_TARGET_LOG_H

#include <linux/device-mapper.h>

#define DM_MSG_PREFIX "kdevpool"

#endif
