/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KDP_SHIM_MUTEX_H
#define KDP_SHIM_MUTEX_H

#include <assert.h>
#include <stdbool.h>

/* The tools have one thread: a lock only notices wrong nesting. */
struct mutex {
	bool held;
};

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
	assert(!m->held);
	m->held = true;
}

static inline void mutex_unlock(struct mutex *m)
{
	assert(m->held);
	m->held = false;
}

#define lockdep_assert_held(m)	assert((m)->held)

#endif
