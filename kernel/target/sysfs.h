/* SPDX-License-Identifier: GPL-2.0-only */
/* The pool's directory in sysfs. */
#ifndef KDP_TARGET_SYSFS_H
#define KDP_TARGET_SYSFS_H

struct gendisk;
struct kdp_pool;

/* Make it unless it is there.  Preresume: one at a time.  0 or an errno. */
int kdp_sysfs_add(struct kdp_pool *pool, struct gendisk *disk);
/* Wake those who poll metadata_health.  The worker, or none runs. */
void kdp_sysfs_notify(struct kdp_pool *pool);
/* Waits for those who read or write; none of our locks is held. */
void kdp_sysfs_remove(struct kdp_pool *pool);

#endif
