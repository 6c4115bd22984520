/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KDP_SHIM_ATOMIC_H
#define KDP_SHIM_ATOMIC_H

#include <linux/types.h>

typedef struct {
	s64 counter;
} atomic64_t;

static inline s64 atomic64_read(const atomic64_t *a)
{
	return __atomic_load_n(&a->counter, __ATOMIC_RELAXED);
}

static inline void atomic64_set(atomic64_t *a, s64 v)
{
	__atomic_store_n(&a->counter, v, __ATOMIC_RELAXED);
}

static inline s64 atomic64_read_acquire(const atomic64_t *a)
{
	return __atomic_load_n(&a->counter, __ATOMIC_ACQUIRE);
}

static inline void atomic64_set_release(atomic64_t *a, s64 v)
{
	__atomic_store_n(&a->counter, v, __ATOMIC_RELEASE);
}

typedef struct {
	int counter;
} atomic_t;

static inline int atomic_read(const atomic_t *a)
{
	return __atomic_load_n(&a->counter, __ATOMIC_RELAXED);
}

static inline int atomic_read_acquire(const atomic_t *a)
{
	return __atomic_load_n(&a->counter, __ATOMIC_ACQUIRE);
}

static inline void atomic_inc(atomic_t *a)
{
	__atomic_fetch_add(&a->counter, 1, __ATOMIC_RELAXED);
}

static inline int atomic_dec_return_release(atomic_t *a)
{
	return __atomic_sub_fetch(&a->counter, 1, __ATOMIC_RELEASE);
}

static inline void smp_mb(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

#endif
