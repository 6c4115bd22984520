/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KDP_SHIM_RCUPDATE_H
#define KDP_SHIM_RCUPDATE_H

#include <linux/types.h>

/* One thread: nobody reads while somebody writes. */
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
