/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KDP_SHIM_SPINLOCK_H
#define KDP_SHIM_SPINLOCK_H

#include <linux/build_bug.h>
#include <stdbool.h>

typedef struct {
	bool held;
} spinlock_t;

static inline void spin_lock_init(spinlock_t *l)
{
	l->held = false;
}

static inline void spin_lock(spinlock_t *l)
{
	assert(!l->held);
	l->held = true;
}

static inline void spin_unlock(spinlock_t *l)
{
	assert(l->held);
	l->held = false;
}

#define spin_lock_irqsave(l, flags)		((flags) = 0, spin_lock(l))
#define spin_unlock_irqrestore(l, flags)	((void)(flags), spin_unlock(l))

#endif
