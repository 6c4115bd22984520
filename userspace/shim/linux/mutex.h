/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KDP_SHIM_MUTEX_H
#define KDP_SHIM_MUTEX_H

#include <linux/build_bug.h>
#include <stdbool.h>

/*
 * The tools have one thread: there a lock that is held proves wrong nesting.
 * The simulator runs several tasks on one thread and sets the hooks: wait is
 * called before a lock is taken and until it is free, unlocked after it was
 * released.
 */
struct mutex {
	bool held;
};

extern void (*kdp_shim_mutex_wait)(struct mutex *m);
extern void (*kdp_shim_mutex_unlocked)(struct mutex *m);

static inline void mutex_init(struct mutex *m)
{
	m->held = false;
}

static inline void mutex_destroy(struct mutex *m)
{
	assert(!m->held);
}

static inline void mutex_lock(struct mutex *m)
{
	if (kdp_shim_mutex_wait)
		kdp_shim_mutex_wait(m);
	assert(!m->held);
	m->held = true;
}

static inline int mutex_trylock(struct mutex *m)
{
	if (m->held)
		return 0;
	m->held = true;
	return 1;
}

static inline void mutex_unlock(struct mutex *m)
{
	assert(m->held);
	m->held = false;
	if (kdp_shim_mutex_unlocked)
		kdp_shim_mutex_unlocked(m);
}

#define lockdep_assert_held(m)	assert((m)->held)

#endif
