// SPDX-License-Identifier: GPL-2.0-only
/* Harm that is done to the simulated disk from outside. */
#include "simdisk-inside.h"

void simdisk_set_kind(struct simdisk *d, uint64_t first, uint64_t count,
		      enum simdisk_kind kind)
{
	while (count--)
		d->state[first++].kind = kind;
}

void simdisk_forget_kinds(struct simdisk *d)
{
	simdisk_set_kind(d, 0, d->nr_blocks, SIMDISK_DATA);
}

void simdisk_fail_writes(struct simdisk *d, uint64_t first, uint64_t count)
{
	d->any_write_fails = true;
	while (count--)
		d->state[first++].write_fails = true;
}

void simdisk_mend_writes(struct simdisk *d)
{
	uint64_t b;

	if (!d->any_write_fails)
		return;
	for (b = 0; b < d->nr_blocks; b++)
		d->state[b].write_fails = false;
	d->any_write_fails = false;
}

void simdisk_set_gone(struct simdisk *d, uint64_t first, uint64_t count,
		      bool gone)
{
	while (count--)
		d->state[first++].gone = gone;
}

void simdisk_fail_next_flush(struct simdisk *d)
{
	d->fail_flush = true;
}

unsigned int simdisk_holds_last(const struct simdisk *d, uint64_t first,
				uint64_t count)
{
	unsigned int i, n = 0;

	for (i = 0; i < d->nr_last; i++)
		n += d->last[i].block - first < count &&
		     d->durable[d->last[i].block].page == d->last[i].cell.page;
	return n;
}

static void put_both(struct simdisk *d, uint64_t block, struct cell c)
{
	cell_set(&d->durable[block], c);
	cell_set(&d->now[block], c);
}

void simdisk_damage(struct simdisk *d, uint64_t first, uint64_t count)
{
	uint8_t bytes[KDP_BLOCK_SIZE];
	struct page *p;
	uint64_t b;

	memset(bytes, rng_next(d->rng), sizeof(bytes));
	p = page_new(bytes);
	for (b = first; b < first + count; b++)
		put_both(d, b, (struct cell){ .page = p });
	page_put(p);
}

void simdisk_corrupt(struct simdisk *d, uint64_t block)
{
	uint8_t bytes[KDP_BLOCK_SIZE] = { 0 };
	unsigned int n = 1 + rng_below(d->rng, 4);
	struct page *p = d->durable[block].page;

	if (p)
		memcpy(bytes, p->data, sizeof(bytes));
	while (n--)
		bytes[rng_below(d->rng, sizeof(bytes))] ^=
			1 + rng_below(d->rng, 255);
	p = page_new(bytes);
	put_both(d, block, (struct cell){ .page = p });
	page_put(p);
}

void simdisk_misdirect(struct simdisk *d, uint64_t from, uint64_t to)
{
	put_both(d, to, d->durable[from]);
}

const void *simdisk_page(const struct simdisk *d, uint64_t block)
{
	const struct page *p = d->durable[block].page;

	return p ? p->data : NULL;
}

struct simdisk_copy {
	uint64_t first, count;
	struct cell cell[];
};

struct simdisk_copy *simdisk_save(struct simdisk *d, uint64_t first,
				  uint64_t count)
{
	struct simdisk_copy *c = must(malloc(sizeof(*c) +
					     count * sizeof(c->cell[0])));
	uint64_t i;

	c->first = first;
	c->count = count;
	for (i = 0; i < count; i++)
		c->cell[i] = cell_get(d->durable[first + i]);
	return c;
}

void simdisk_restore(struct simdisk *d, struct simdisk_copy *c)
{
	uint64_t i;

	for (i = 0; i < c->count; i++)
		put_both(d, c->first + i, c->cell[i]);
}

void simdisk_copy_free(struct simdisk_copy *c)
{
	uint64_t i;

	if (!c)
		return;
	for (i = 0; i < c->count; i++)
		page_put(c->cell[i].page);
	free(c);
}
