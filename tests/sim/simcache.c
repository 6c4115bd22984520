// SPDX-License-Identifier: GPL-2.0-only
/* The simulated disk's cache, and what of it outlives a power failure. */
#include "simdisk-inside.h"

struct page *page_new(const void *data)
{
	struct page *p = must(malloc(sizeof(*p)));

	p->refs = 1;
	memcpy(p->data, data, KDP_BLOCK_SIZE);
	return p;
}

void page_put(struct page *p)
{
	if (p && !--p->refs)
		free(p);
}

struct cell cell_get(struct cell c)
{
	if (c.page)
		c.page->refs++;
	return c;
}

void cell_set(struct cell *at, struct cell c)
{
	struct cell old = *at;

	*at = cell_get(c);
	page_put(old.page);
}

void cache_add(struct simdisk *d, uint64_t block, struct cell c)
{
	struct pending *w;

	if (d->nr_cache == d->max_cache) {
		d->max_cache = d->max_cache ? d->max_cache * 2 : 256;
		d->cache = must(realloc(d->cache,
					d->max_cache * sizeof(*d->cache)));
	}
	w = &d->cache[d->nr_cache++];
	w->block = block;
	w->when = d->stats.transfers;
	w->cell = cell_get(c);
	if (d->state[block].cached < 255)
		d->state[block].cached++;
}

void cache_drop(struct simdisk *d)
{
	while (d->nr_cache) {
		struct pending *w = &d->cache[--d->nr_cache];

		d->state[w->block].cached = 0;
		page_put(w->cell.page);
	}
}

static void cache_keep(struct simdisk *d, unsigned int *n, struct pending w)
{
	d->cache[(*n)++] = w;
	if (d->state[w.block].cached < 255)
		d->state[w.block].cached++;
}

void cache_flush(struct simdisk *d, uint64_t begun)
{
	unsigned int i, n = 0;

	for (i = 0; i < d->nr_cache; i++)
		d->state[d->cache[i].block].cached = 0;
	for (i = 0; i < d->nr_cache; i++) {
		struct pending w = d->cache[i];

		if (w.when > begun) {
			cache_keep(d, &n, w);
			continue;
		}
		cell_set(&d->durable[w.block], w.cell);
		page_put(w.cell.page);
	}
	d->nr_cache = n;
}

void cache_bypass(struct simdisk *d, uint64_t block, struct cell c)
{
	unsigned int i, n = 0;

	if (d->state[block].cached) {
		for (i = 0; i < d->nr_cache; i++) {
			if (d->cache[i].block == block)
				page_put(d->cache[i].cell.page);
			else
				d->cache[n++] = d->cache[i];
		}
		d->nr_cache = n;
		d->state[block].cached = 0;
	}
	cell_set(&d->durable[block], c);
}

/* Some sectors are new, the others are what they were. */
static void tear(struct simdisk *d, uint64_t block, const struct page *page)
{
	uint64_t mask = 1 + rng_below(d->rng, 254);
	uint8_t bytes[KDP_BLOCK_SIZE];
	struct page *p;
	unsigned int i;

	memset(bytes, 0, sizeof(bytes));
	if (d->durable[block].page)
		memcpy(bytes, d->durable[block].page->data, sizeof(bytes));
	for (i = 0; i < KDP_BLOCK_SIZE / 512; i++)
		if (mask >> i & 1)
			memcpy(bytes + i * 512, page->data + i * 512, 512);
	p = page_new(bytes);
	cell_set(&d->durable[block], (struct cell){ .page = p });
	page_put(p);
	d->stats.torn++;
}

static void keep(struct simdisk *d, const struct pending *w, bool *lost)
{
	d->stats.reordered += *lost;
	cell_set(&d->durable[w->block], w->cell);
}

static void lose(struct simdisk *d, bool *lost)
{
	d->stats.lost++;
	*lost = true;
}

/* A tag is whole or not there: a write of several of them is torn between. */
static void survive_torn(struct simdisk *d, const struct pending *w, bool *lost)
{
	switch (rng_below(d->rng, 4)) {
	case 0:
		lose(d, lost);
		d->stats.torn += !w->cell.page;
		break;
	case 1:
		keep(d, w, lost);
		break;
	default:
		if (w->cell.page)
			tear(d, w->block, w->cell.page);
		else
			keep(d, w, lost);
	}
}

static void survive(struct simdisk *d, enum simdisk_style style,
		    unsigned int point, unsigned int i, bool *lost)
{
	const struct pending *w = &d->cache[i];

	if (style == SIMDISK_TORN)
		survive_torn(d, w, lost);
	else if ((style == SIMDISK_OLDEST && i >= point) ||
		 (style == SIMDISK_ANY && rng_below(d->rng, 2)))
		lose(d, lost);
	else
		keep(d, w, lost);
}

void simdisk_power_cycle(struct simdisk *d, enum simdisk_style style)
{
	unsigned int i, point = rng_below(d->rng, d->nr_cache + 1);
	bool lost = false;

	for (i = 0; i < d->nr_cache; i++)
		survive(d, style, point, i, &lost);
	for (i = 0; i < d->nr_cache; i++)
		cell_set(&d->now[d->cache[i].block],
			 d->durable[d->cache[i].block]);
	cache_drop(d);
	d->dead = false;
	d->fail_flush = false;
	memset(d->streamed, 0, sizeof(d->streamed));
	simdisk_mend_writes(d);
}
