/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KDP_SHIM_RCUPDATE_H
#define KDP_SHIM_RCUPDATE_H

#include <linux/types.h>
#include <stdlib.h>

struct rcu_head {
	void *unused[2];
};

/* Nobody reads while somebody writes, so memory may go at once. */
#define kfree_rcu(p, member)	free(p)

static inline void rcu_read_lock(void)
{
}

static inline void rcu_read_unlock(void)
{
}

static inline void synchronize_rcu(void)
{
}

#endif
