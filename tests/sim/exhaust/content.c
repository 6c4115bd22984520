// SPDX-License-Identifier: GPL-2.0-only
/* Blocks by number, so that images can be compared and kept cheaply. */
#include <stdlib.h>
#include <string.h>

#include "exhaust.h"

#define FIRST_SIZE	65536u

static u8 **data;
static u64 *hash;
static u32 nr, max;
static u32 *table;		/* number + 1, by hash; open addressing */
static u32 table_size;

/* The same blocks are torn again and again. */
static struct torn {
	u32 new, old, torn;
} torn_before[4096];

static u64 hash_of(const void *block)
{
	const u64 *p = block;
	u64 h = 1;
	u32 i;

	for (i = 0; i < KDP_BLOCK_SIZE / sizeof(*p); i++)
		h = (h ^ p[i]) * 0x9e3779b97f4a7c15ull ^ h >> 29;
	return kdp_mix64(h);
}

static void table_put(u32 content)
{
	u32 i = hash[content] & (table_size - 1);

	while (table[i])
		i = (i + 1) & (table_size - 1);
	table[i] = content + 1;
}

static void table_make(u32 size)
{
	u32 i;

	free(table);
	table_size = size;
	table = x_must(calloc(size, sizeof(*table)));
	for (i = 0; i < nr; i++)
		table_put(i);
}

static u32 content_new(const void *block, u64 h)
{
	if (nr == max) {
		max = max ? max * 2 : FIRST_SIZE;
		data = x_must(realloc(data, max * sizeof(*data)));
		hash = x_must(realloc(hash, max * sizeof(*hash)));
		table_make(max * 4);
	}
	data[nr] = x_must(aligned_alloc(64, KDP_BLOCK_SIZE));
	memcpy(data[nr], block, KDP_BLOCK_SIZE);
	hash[nr] = h;
	table_put(nr);
	return nr++;
}

u32 x_content(const void *block)
{
	static const u8 zeros[KDP_BLOCK_SIZE] __attribute__((aligned(64)));
	u64 h = hash_of(block);
	u32 i;

	if (!nr)
		content_new(zeros, hash_of(zeros));
	for (i = h & (table_size - 1); table[i]; i = (i + 1) & (table_size - 1))
		if (hash[table[i] - 1] == h &&
		    !memcmp(data[table[i] - 1], block, KDP_BLOCK_SIZE))
			return table[i] - 1;
	return content_new(block, h);
}

const u8 *x_content_data(u32 content)
{
	return data[content];
}

u64 x_content_tag(u32 content)
{
	u64 tag;

	memcpy(&tag, data[content], sizeof(tag));
	return tag;
}

/* The first @n bytes of one and the rest of the other. */
static u32 torn_at(u32 n, u32 first, u32 rest)
{
	u8 block[KDP_BLOCK_SIZE] __attribute__((aligned(64)));

	memcpy(block, data[rest], sizeof(block));
	memcpy(block, data[first], n);
	return x_content(block);
}

/* What fits into a sector is torn within it: worse than disks are. */
static u32 torn_new(u32 new, u32 old)
{
	static const u32 where[] = { 512, 80 };
	u32 i, torn;

	for (i = 0; i < ARRAY_SIZE(where); i++) {
		torn = torn_at(where[i], new, old);
		if (torn != new && torn != old)
			return torn;
		torn = torn_at(where[i], old, new);
		if (torn != new && torn != old)
			return torn;
	}
	return old;
}

u32 x_content_torn(u32 new, u32 old)
{
	struct torn *t = &torn_before[(new * 31 + old) % ARRAY_SIZE(torn_before)];

	if (t->new != new || t->old != old)
		*t = (struct torn){ new, old, torn_new(new, old) };
	return t->torn;
}

u32 x_nr_contents(void)
{
	return nr;
}

void x_forget_contents(u32 from)
{
	while (nr > from)
		free(data[--nr]);
	table_make(table_size);
	memset(torn_before, 0, sizeof(torn_before));
}
