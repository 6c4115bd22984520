// SPDX-License-Identifier: GPL-2.0-only
/* The simulated disk: transfers, and what the store asks of a device. */
#include <errno.h>

#include "simdisk-inside.h"

static unsigned int events_ready(void *arg, bool idle);
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
	d->state = must(calloc(nr_blocks, sizeof(*d->state)));
	sched_set_events(sched, events_ready, event_happen, d);
	return d;
}

static void forget_last(struct simdisk *d)
{
	while (d->nr_last)
		page_put(d->last[--d->nr_last].cell.page);
}

void simdisk_free(struct simdisk *d)
{
	uint64_t b;

	cache_drop(d);
	forget_last(d);
	for (b = 0; b < d->nr_blocks; b++) {
		page_put(d->now[b].page);
		page_put(d->durable[b].page);
	}
	free(d->cache);
	free(d->now);
	free(d->durable);
	free(d->state);
	free(d);
}

static void read_block(const struct simdisk *d, const struct transfer *t)
{
	const struct cell *c = &d->now[t->block];

	if (t->tag) {
		*t->tag = simdisk_tag(d, t->block);
	} else if (c->page) {
		memcpy(t->into, c->page->data, KDP_BLOCK_SIZE);
	} else {
		memset(t->into, 0, KDP_BLOCK_SIZE);
		memcpy(t->into, &c->tag, sizeof(c->tag));
	}
}

static int do_flush(struct simdisk *d, const struct transfer *t)
{
	if (t->fails || d->fail_flush) {
		if (!t->fails)
			d->fail_flush = false;
		d->stats.flush_failed++;
		return -EIO;
	}
	cache_flush(d, t->begun);
	return 0;
}

/* Each block reads as zeros afterwards, or as it did. */
static void do_discard(struct simdisk *d, const struct transfer *t)
{
	uint64_t b;

	for (b = t->block; b < t->block + t->count; b++) {
		if ((!d->now[b].page && !d->now[b].tag) || rng_below(d->rng, 2))
			continue;
		cell_set(&d->now[b], (struct cell){ });
		cache_add(d, b, (struct cell){ });
	}
}

static bool write_fails(const struct simdisk *d, uint64_t block)
{
	return d->state[block].write_fails || d->state[block].gone;
}

static int do_write(struct simdisk *d, const struct transfer *t)
{
	if (write_fails(d, t->block)) {
		d->stats.failed += d->state[t->block].write_fails;
		return -EIO;
	}
	d->stats.writes++;
	cell_set(&d->now[t->block], t->cell);
	if (t->type == TRANSFER_WRITE_FUA)
		cache_bypass(d, t->block, t->cell);
	else
		cache_add(d, t->block, t->cell);
	return 0;
}

static int do_transfer(struct simdisk *d, const struct transfer *t)
{
	if (d->dead)
		return -EIO;
	switch (t->type) {
	case TRANSFER_READ:
		if (d->state[t->block].gone)
			return -EIO;
		read_block(d, t);
		return 0;
	case TRANSFER_FLUSH:
		return do_flush(d, t);
	case TRANSFER_DISCARD:
		do_discard(d, t);
		return 0;
	default:
		return do_write(d, t);
	}
}

/* The power fails: what is in flight may have reached the cache or not. */
static void power_off(struct simdisk *d)
{
	const struct transfer *t;
	unsigned int i;

	d->dead = true;
	for (i = 0; i < d->nr_flight; i++) {
		t = &d->flight[i];
		if (t->type == TRANSFER_DISCARD)
			do_discard(d, t);
		else if ((t->type == TRANSFER_WRITE ||
			  t->type == TRANSFER_WRITE_FUA) &&
			 !write_fails(d, t->block))
			cache_add(d, t->block, t->cell);
	}
}

static enum simdisk_class classify(const struct simdisk *d,
				   const struct transfer *t)
{
	if (t->type == TRANSFER_FLUSH)
		return t->stream ? SIMDISK_STREAM_FLUSH : SIMDISK_FLUSH;
	if (t->type == TRANSFER_DISCARD)
		return SIMDISK_DISCARD;
	if (d->state[t->block].kind == SIMDISK_DATA)
		return SIMDISK_DATA_IO;
	if (t->type == TRANSFER_READ)
		return SIMDISK_META_READ;
	if (d->state[t->block].kind == SIMDISK_SUPER)
		return SIMDISK_SUPER_WRITE;
	if (d->state[t->block].kind == SIMDISK_SLOT)
		return SIMDISK_STREAM;
	if (*t->left == t->total)
		return SIMDISK_JOURNAL_FIRST;
	return *t->left > 1 ? SIMDISK_JOURNAL_MIDDLE : SIMDISK_JOURNAL_LAST;
}

static bool is_slow(const struct simdisk *d, unsigned int i)
{
	return d->flight[i].not_before > d->stats.transfers;
}

/* Those that are slow end when nothing else does. */
static unsigned int events_ready(void *arg, bool idle)
{
	struct simdisk *d = arg;
	unsigned int i, n = 0;

	for (i = 0; i < d->nr_flight; i++)
		n += !is_slow(d, i);
	return n || !idle ? n : d->nr_flight;
}

/* The @nth of those that are not slow, or of all. */
static unsigned int choose_event(const struct simdisk *d, unsigned int nth)
{
	unsigned int i;

	for (i = 0; i < d->nr_flight; i++)
		if (!is_slow(d, i) && !nth--)
			return i;
	return nth;
}

static void event_happen(void *arg, unsigned int nth)
{
	struct simdisk *d = arg;
	unsigned int i = choose_event(d, nth);
	struct transfer t = d->flight[i];

	if (!d->dead && d->on_transfer &&
	    d->on_transfer(d->on_transfer_arg, classify(d, &t)))
		power_off(d);
	d->flight[i] = d->flight[--d->nr_flight];
	d->stats.transfers++;
	*t.error = do_transfer(d, &t);
	page_put(t.cell.page);
	(*t.left)--;
}

void transfer_start(struct simdisk *d, struct transfer t)
{
	if (d->nr_flight == MAX_FLIGHT || t.block >= d->nr_blocks)
		abort();
	if (t.type != TRANSFER_FLUSH &&
	    d->state[t.block].kind == SIMDISK_DATA &&
	    !rng_below(d->rng, SLOW_ONE_IN))
		t.not_before = d->stats.transfers +
			       rng_below(d->rng, SLOW_TRANSFERS);
	d->flight[d->nr_flight++] = t;
}

static bool all_ended(void *arg)
{
	return !*(unsigned int *)arg;
}

/* In a task the transfers take their time; outside they end at once. */
void transfer_finish(struct simdisk *d, unsigned int *left)
{
	if (sched_in_task(d->sched)) {
		sched_wait(d->sched, all_ended, left);
		return;
	}
	while (*left)
		event_happen(d, rng_below(d->rng, events_ready(d, true)));
}

/* Note what kind of metadata is written; @t is the first block of it. */
static void note_writes(struct simdisk *d, const struct transfer *t, bool first)
{
	uint8_t kind = d->state[t->block].kind;

	if (kind == SIMDISK_SLOT)
		d->streamed[sched_number(d->sched)] = true;
	if (kind != SIMDISK_JOURNAL)
		return;
	if (first)
		forget_last(d);
	if (d->nr_last < MAX_LAST)
		d->last[d->nr_last++] = (struct pending){
			.block = t->block, .cell = cell_get(t->cell),
		};
}

static void start_block(struct simdisk *d, struct kdp_io *io, u32 b,
			struct transfer t, bool first)
{
	void *data = (u8 *)io->data + b * KDP_BLOCK_SIZE;

	t.block = io->block + b;
	t.error = &io->error;
	if (io->op == KDP_IO_READ) {
		t.type = TRANSFER_READ;
		t.into = data;
	} else {
		t.type = io->op == KDP_IO_WRITE ? TRANSFER_WRITE :
						  TRANSFER_WRITE_FUA;
		t.cell.page = page_new(data);
		note_writes(d, &t, first);
	}
	transfer_start(d, t);
}

static void simdisk_submit(void *disk, struct kdp_io *io, u32 nr)
{
	struct simdisk *d = disk;
	unsigned int left = 0;
	u32 i, b;

	for (i = 0; i < nr; i++) {
		io[i].error = 0;
		left += io[i].nr_blocks;
	}
	for (i = 0; i < nr; i++)
		for (b = 0; b < io[i].nr_blocks; b++)
			start_block(d, &io[i], b, (struct transfer){
				.left = &left, .total = left,
			}, !i && !b);
	transfer_finish(d, &left);
}

static int one(struct simdisk *d, struct transfer t)
{
	unsigned int left = 1;
	int error = 0;

	t.left = &left;
	t.total = 1;
	t.error = &error;
	transfer_start(d, t);
	transfer_finish(d, &left);
	return error;
}

/* Only what had ended when the flush began is promised. */
static int simdisk_flush(void *disk)
{
	struct simdisk *d = disk;
	bool *streamed = &d->streamed[sched_number(d->sched)];
	struct transfer t = {
		.type = TRANSFER_FLUSH, .begun = d->stats.transfers,
		.stream = *streamed,
	};

	*streamed = false;
	return one(d, t);
}

int simdisk_failing_flush(struct simdisk *d)
{
	return one(d, (struct transfer){
		.type = TRANSFER_FLUSH, .fails = true,
	});
}

static void simdisk_discard(void *disk, u64 block, u64 nr_blocks)
{
	one(disk, (struct transfer){
		.type = TRANSFER_DISCARD, .block = block, .count = nr_blocks,
	});
}

const struct kdp_disk_ops simdisk_ops = {
	.submit = simdisk_submit,
	.flush = simdisk_flush,
	.drain = simdisk_drain,
	.discard = simdisk_discard,
};

void simdisk_on_transfer(struct simdisk *d,
			 bool (*fn)(void *arg, enum simdisk_class what),
			 void *arg)
{
	d->on_transfer = fn;
	d->on_transfer_arg = arg;
}

bool simdisk_is_dead(const struct simdisk *d)
{
	return d->dead;
}

const struct simdisk_stats *simdisk_stats(const struct simdisk *d)
{
	return &d->stats;
}
