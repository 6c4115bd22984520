/* SPDX-License-Identifier: GPL-2.0-only */
/* What the world is told. */
#ifndef KDP_TARGET_EVENT_H
#define KDP_TARGET_EVENT_H

#include <linux/types.h>

struct kdp_pool;

/* So many copies are valid now: uevent, dm event, sysfs.  Sleeps. */
void kdp_pool_send_health(struct kdp_pool *pool, u32 valid);
/* Replica @r has another extent: blocks where they begin.  Sleeps. */
void kdp_pool_send_moved(struct kdp_pool *pool, u32 r, u64 from, u64 to);

#endif
