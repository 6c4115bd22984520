// SPDX-License-Identifier: GPL-2.0-only
/* A set of hashes of 64 bits; two images with the same one are not expected. */
#include <stdlib.h>

#include "exhaust.h"

#define FIRST_SIZE	4096u

static void insert(struct x_set *set, u64 key)
{
	u32 i = key & (set->size - 1);

	while (set->key[i])
		i = (i + 1) & (set->size - 1);
	set->key[i] = key;
}

static bool contains(const struct x_set *set, u64 key)
{
	u32 i = key & (set->size - 1);

	while (set->key[i] && set->key[i] != key)
		i = (i + 1) & (set->size - 1);
	return set->key[i];
}

static void resize(struct x_set *set, u32 size)
{
	u64 *old = set->key;
	u32 i, n = old ? set->size : 0;

	set->size = size;
	set->key = x_must(calloc(size, sizeof(*set->key)));
	for (i = 0; i < n; i++)
		if (old[i])
			insert(set, old[i]);
	free(old);
}

bool x_set_add(struct x_set *set, u64 key)
{
	key += !key;		/* 0 marks what is free */
	if (2 * set->nr >= set->size)
		resize(set, set->size ? 2 * set->size : FIRST_SIZE);
	if (contains(set, key))
		return false;
	insert(set, key);
	set->nr++;
	return true;
}

void x_set_clear(struct x_set *set)
{
	free(set->key);
	*set = (struct x_set){ };
}
