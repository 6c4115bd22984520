/* SPDX-License-Identifier: GPL-2.0-only */
/* Random numbers; everything in a case comes from one generator. */
#ifndef KDP_FUZZ_RNG_H
#define KDP_FUZZ_RNG_H

#include <linux/types.h>

struct rng {
	u64 state;
};

/* splitmix64 */
static inline u64 rng_next(struct rng *r)
{
	u64 x = r->state += 0x9e3779b97f4a7c15ull;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

/* 0 to @n - 1; 0 when @n is 0. */
static inline u64 rng_below(struct rng *r, u64 n)
{
	u64 x = rng_next(r);

	return n ? x % n : 0;
}

static inline bool rng_percent(struct rng *r, u32 percent)
{
	return rng_below(r, 100) < percent;
}

#endif
