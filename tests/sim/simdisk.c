// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "format/disk.h"
#include "simdisk.h"

/* 4 KiB of metadata, shared by all that hold it. */
struct page {
	unsigned int refs;
	uint8_t data[KDP_BLOCK_SIZE];
};

/* The content of a block: a page, or a tag. */
struct cell {
	struct page *page;
	uint64_t tag;
};

struct pending {
	uint64_t block;
	uint64_t when;		/* transfers done before it */
	struct cell cell;
};

struct transfer {
	enum kdp_io_op op;
	uint64_t block;
	struct cell cell;	/* what is written */
	void *into;		/* metadata that is read */
	int *error;
	unsigned int *left;	/* of its batch */
};

#define MAX_FLIGHT	512

struct simdisk {
	uint64_t nr_blocks;
	struct rng *rng;
	struct sched *sched;
	struct cell *now;
	struct cell *durable;
	struct pending *cache;
	unsigned int nr_cache, max_cache;
	struct transfer flight[MAX_FLIGHT];
	unsigned int nr_flight;
	uint64_t crash_in;
	bool dead;
	bool fail_flush;
	uint64_t bad_first, bad_count;
	void (*on_power_off)(void *arg);
	void *on_power_off_arg;
	struct simdisk_stats stats;
};

static void *must(void *p)
{
	if (!p)
		abort();
	return p;
}

static struct page *page_new(const void *data)
{
	struct page *p = must(malloc(sizeof(*p)));

	p->refs = 1;
	memcpy(p->data, data, KDP_BLOCK_SIZE);
	return p;
}

static void page_put(struct page *p)
{
	if (p && !--p->refs)
		free(p);
}

static struct cell cell_get(struct cell c)
{
	if (c.page)
		c.page->refs++;
	return c;
}

static void cell_set(struct cell *at, struct cell c)
{
	struct cell old = *at;

	*at = cell_get(c);
	page_put(old.page);
}

static unsigned int events_ready(void *arg);
static void event_happen(void *arg, unsigned int i);

struct simdisk *simdisk_new(uint64_t nr_blocks, struct rng *rng,
			    struct sched *sched)
{
	struct simdisk *d = must(calloc(1, sizeof(*d)));

	d->nr_blocks = nr_blocks;
	d->rng = rng;
	d->sched = sched;
	d->now = must(calloc(nr_blocks, sizeof(*d->now)));
	d->durable = must(calloc(nr_blocks, sizeof(*d->durable)));
	sched_set_events(sched, events_ready, event_happen, d);
	return d;
}

static void drop_cache(struct simdisk *d)
{
	while (d->nr_cache)
		page_put(d->cache[--d->nr_cache].cell.page);
}

void simdisk_free(struct simdisk *d)
{
	uint64_t b;

	drop_cache(d);
	for (b = 0; b < d->nr_blocks; b++) {
		page_put(d->now[b].page);
		page_put(d->durable[b].page);
	}
	free(d->cache);
	free(d->now);
	free(d->durable);
	free(d);
}

static void cache_add(struct simdisk *d, uint64_t block, struct cell c)
{
	if (d->nr_cache == d->max_cache) {
		d->max_cache = d->max_cache ? d->max_cache * 2 : 256;
		d->cache = must(realloc(d->cache,
					d->max_cache * sizeof(*d->cache)));
	}
	d->cache[d->nr_cache].block = block;
	d->cache[d->nr_cache].when = d->stats.transfers;
	d->cache[d->nr_cache++].cell = cell_get(c);
}

/* FUA: on the medium, and older cached writes of the block are moot. */
static void to_medium(struct simdisk *d, uint64_t block, struct cell c)
{
	unsigned int i, n = 0;

	for (i = 0; i < d->nr_cache; i++) {
		if (d->cache[i].block == block)
			page_put(d->cache[i].cell.page);
		else
			d->cache[n++] = d->cache[i];
	}
	d->nr_cache = n;
	cell_set(&d->durable[block], c);
}

static bool is_bad(const struct simdisk *d, uint64_t block)
{
	return block - d->bad_first < d->bad_count;
}

static void read_block(struct simdisk *d, uint64_t block, void *into)
{
	const struct cell *c = &d->now[block];

	if (c->page) {
		memcpy(into, c->page->data, KDP_BLOCK_SIZE);
		return;
	}
	memset(into, 0, KDP_BLOCK_SIZE);
	memcpy(into, &c->tag, sizeof(c->tag));
}

static int do_transfer(struct simdisk *d, const struct transfer *t)
{
	if (d->dead)
		return -EIO;
	if (t->op == KDP_IO_READ) {
		read_block(d, t->block, t->into);
		return 0;
	}
	if (is_bad(d, t->block)) {
		d->stats.failed++;
		return -EIO;
	}
	cell_set(&d->now[t->block], t->cell);
	if (t->op == KDP_IO_WRITE_FUA)
		to_medium(d, t->block, t->cell);
	else
		cache_add(d, t->block, t->cell);
	return 0;
}

/* The power fails: what is in flight may have reached the cache or not. */
static void power_off(struct simdisk *d)
{
	unsigned int i;

	if (d->on_power_off)
		d->on_power_off(d->on_power_off_arg);
	d->dead = true;
	for (i = 0; i < d->nr_flight; i++)
		if (d->flight[i].op != KDP_IO_READ &&
		    !is_bad(d, d->flight[i].block))
			cache_add(d, d->flight[i].block, d->flight[i].cell);
}

static unsigned int events_ready(void *arg)
{
	struct simdisk *d = arg;

	return d->nr_flight;
}

static void event_happen(void *arg, unsigned int i)
{
	struct simdisk *d = arg;
	struct transfer t = d->flight[i];

	if (d->crash_in && !--d->crash_in)
		power_off(d);
	d->flight[i] = d->flight[--d->nr_flight];
	d->stats.transfers++;
	*t.error = do_transfer(d, &t);
	page_put(t.cell.page);
	(*t.left)--;
}

static void start(struct simdisk *d, struct transfer t)
{
	if (d->nr_flight == MAX_FLIGHT || t.block >= d->nr_blocks)
		abort();
	d->flight[d->nr_flight++] = t;
}

static bool all_ended(void *arg)
{
	return !*(unsigned int *)arg;
}

/* In a task the transfers take their time; outside they end at once. */
static void finish(struct simdisk *d, unsigned int *left)
{
	if (sched_in_task(d->sched)) {
		sched_wait(d->sched, all_ended, left);
		return;
	}
	while (*left)
		event_happen(d, rng_below(d->rng, d->nr_flight));
}

static void simdisk_submit(void *disk, struct kdp_io *io, u32 nr)
{
	struct simdisk *d = disk;
	unsigned int left = 0;
	u32 i, b;

	for (i = 0; i < nr; i++) {
		io[i].error = 0;
		for (b = 0; b < io[i].nr_blocks; b++) {
			void *data = (u8 *)io[i].data + b * KDP_BLOCK_SIZE;
			struct transfer t = {
				.op = io[i].op, .block = io[i].block + b,
				.error = &io[i].error, .left = &left,
			};

			if (t.op == KDP_IO_READ)
				t.into = data;
			else
				t.cell.page = page_new(data);
			left++;
			start(d, t);
		}
	}
	finish(d, &left);
}

/* Only what had ended when the flush began is promised. */
static int simdisk_flush(void *disk)
{
	struct simdisk *d = disk;
	uint64_t begun = d->stats.transfers;
	unsigned int i, n = 0;

	d->stats.flushes++;
	if (sched_in_task(d->sched))
		sched_wait(d->sched, NULL, NULL);
	if (d->dead)
		return -EIO;
	if (d->fail_flush) {
		d->fail_flush = false;
		d->stats.flush_failed++;
		return -EIO;
	}
	for (i = 0; i < d->nr_cache; i++) {
		struct pending *w = &d->cache[i];

		if (w->when > begun) {
			d->cache[n++] = *w;
			continue;
		}
		cell_set(&d->durable[w->block], w->cell);
		page_put(w->cell.page);
	}
	d->nr_cache = n;
	return 0;
}

const struct kdp_disk_ops simdisk_ops = {
	.submit = simdisk_submit,
	.flush = simdisk_flush,
};

int simdisk_write_tags(struct simdisk *d, uint64_t block, const uint64_t *tags,
		       unsigned int nr)
{
	unsigned int i, left = nr;
	int error[64] = { 0 }, err = 0;

	if (nr > 64)
		abort();
	for (i = 0; i < nr; i++)
		start(d, (struct transfer){
			.op = KDP_IO_WRITE, .block = block + i,
			.cell = { .tag = tags[i] }, .error = &error[i],
			.left = &left,
		});
	finish(d, &left);
	for (i = 0; i < nr; i++)
		if (error[i])
			err = error[i];
	return err;
}

int simdisk_write_tag(struct simdisk *d, uint64_t block, uint64_t tag)
{
	return simdisk_write_tags(d, block, &tag, 1);
}

uint64_t simdisk_read_tag(struct simdisk *d, uint64_t block)
{
	/* metadata where data should be: somebody else's for certain */
	return d->now[block].page ? ~0ull : d->now[block].tag;
}

void simdisk_crash_in(struct simdisk *d, uint64_t transfers)
{
	d->crash_in = transfers;
}

void simdisk_on_power_off(struct simdisk *d, void (*fn)(void *arg), void *arg)
{
	d->on_power_off = fn;
	d->on_power_off_arg = arg;
}

bool simdisk_is_dead(const struct simdisk *d)
{
	return d->dead;
}

static void tear(struct simdisk *d, uint64_t block, const struct cell *c)
{
	uint64_t mask = rng_next(d->rng);
	struct page *p;
	uint8_t old[KDP_BLOCK_SIZE];
	unsigned int i;

	memset(old, 0, sizeof(old));
	if (d->durable[block].page)
		memcpy(old, d->durable[block].page->data, sizeof(old));
	for (i = 0; i < KDP_BLOCK_SIZE / 512; i++)
		if (mask >> i & 1)
			memcpy(old + i * 512, c->page->data + i * 512, 512);
	p = page_new(old);
	cell_set(&d->durable[block], (struct cell){ .page = p });
	page_put(p);
	d->stats.torn++;
}

static void survive(struct simdisk *d, const struct pending *w)
{
	uint64_t luck = rng_below(d->rng, 4);

	if (luck == 0) {
		d->stats.lost++;
	} else if (luck == 1 && w->cell.page) {
		tear(d, w->block, &w->cell);
	} else {
		/* a tag is whole or not there */
		cell_set(&d->durable[w->block], w->cell);
		d->stats.kept++;
	}
}

void simdisk_power_cycle(struct simdisk *d)
{
	unsigned int i;

	for (i = 0; i < d->nr_cache; i++)
		survive(d, &d->cache[i]);
	for (i = 0; i < d->nr_cache; i++)
		cell_set(&d->now[d->cache[i].block],
			 d->durable[d->cache[i].block]);
	drop_cache(d);
	d->dead = false;
	d->crash_in = 0;
	d->fail_flush = false;
	d->bad_count = 0;
}

void simdisk_fail_writes(struct simdisk *d, uint64_t first, uint64_t count)
{
	d->bad_first = first;
	d->bad_count = count;
}

void simdisk_fail_next_flush(struct simdisk *d)
{
	d->fail_flush = true;
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
	d->stats.damaged += count;
}

void simdisk_misdirect(struct simdisk *d, uint64_t from, uint64_t to)
{
	put_both(d, to, d->durable[from]);
	d->stats.misdirected++;
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

const struct simdisk_stats *simdisk_stats(const struct simdisk *d)
{
	return &d->stats;
}
