// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "format/disk.h"
#include "memdisk.h"

static void *must(void *p)
{
	if (!p)
		abort();
	return p;
}

u64 memdisk_random(struct memdisk *d)
{
	d->rng ^= d->rng << 13;
	d->rng ^= d->rng >> 7;
	d->rng ^= d->rng << 17;
	return d->rng * 0x2545f4914f6cdd1dull >> 11;
}

struct memdisk *memdisk_new(u64 nr_blocks, u64 seed)
{
	struct memdisk *d = must(calloc(1, sizeof(*d)));

	d->nr_blocks = nr_blocks;
	d->now = must(calloc(nr_blocks, KDP_BLOCK_SIZE));
	d->durable = must(calloc(nr_blocks, KDP_BLOCK_SIZE));
	d->rng = seed * 0x9e3779b97f4a7c15ull + 1;
	return d;
}

struct memdisk *memdisk_clone(const struct memdisk *d)
{
	struct memdisk *c = memdisk_new(d->nr_blocks, 1);

	c->rng = d->rng;
	memcpy(c->now, d->now, d->nr_blocks * KDP_BLOCK_SIZE);
	memcpy(c->durable, d->now, d->nr_blocks * KDP_BLOCK_SIZE);
	return c;
}

static void drop_cache(struct memdisk *d)
{
	u32 i;

	for (i = 0; i < d->nr_cache; i++)
		free(d->cache[i].data);
	d->nr_cache = 0;
}

void memdisk_free(struct memdisk *d)
{
	drop_cache(d);
	free(d->cache);
	free(d->now);
	free(d->durable);
	free(d);
}

static u8 *at(u8 *image, u64 block)
{
	return image + block * KDP_BLOCK_SIZE;
}

static void apply_torn(struct memdisk *d, const struct memdisk_write *w)
{
	u64 mask = memdisk_random(d);
	u32 i;

	for (i = 0; i < KDP_BLOCK_SIZE / 512; i++)
		if (mask >> i & 1)
			memcpy(at(d->durable, w->block) + i * 512,
			       w->data + i * 512, 512);
}

void memdisk_power_cycle(struct memdisk *d)
{
	u32 i;

	for (i = 0; i < d->nr_cache; i++) {
		switch (memdisk_random(d) % 4) {
		case 0:
			break;
		case 1:
			apply_torn(d, &d->cache[i]);
			break;
		default:
			memcpy(at(d->durable, d->cache[i].block),
			       d->cache[i].data, KDP_BLOCK_SIZE);
		}
	}
	drop_cache(d);
	memcpy(d->now, d->durable, d->nr_blocks * KDP_BLOCK_SIZE);
	d->dead = false;
	d->crash_after = 0;
}

static void to_cache(struct memdisk *d, u64 block, const u8 *data)
{
	struct memdisk_write *w;

	if (d->nr_cache == d->max_cache) {
		d->max_cache = d->max_cache ? d->max_cache * 2 : 64;
		d->cache = must(realloc(d->cache,
					d->max_cache * sizeof(*d->cache)));
	}
	w = &d->cache[d->nr_cache++];
	w->block = block;
	w->data = must(malloc(KDP_BLOCK_SIZE));
	memcpy(w->data, data, KDP_BLOCK_SIZE);
}

/* A FUA write makes older cached writes of its block moot. */
static void to_medium(struct memdisk *d, u64 block, const u8 *data)
{
	u32 i, n = 0;

	for (i = 0; i < d->nr_cache; i++) {
		if (d->cache[i].block == block)
			free(d->cache[i].data);
		else
			d->cache[n++] = d->cache[i];
	}
	d->nr_cache = n;
	memcpy(at(d->durable, block), data, KDP_BLOCK_SIZE);
}

static int one_block(struct memdisk *d, enum kdp_io_op op, u64 block, u8 *data)
{
	bool bad = block - d->bad_first < d->bad_count ||
		   block - d->also_first < d->also_count;

	if (d->dead)
		return -EIO;
	if (block >= d->nr_blocks)
		return -EINVAL;
	if (op == KDP_IO_READ) {
		if (bad && d->bad_reads)
			return -EIO;
		memcpy(data, at(d->now, block), KDP_BLOCK_SIZE);
		return 0;
	}
	if (bad)
		return -EIO;
	memcpy(at(d->now, block), data, KDP_BLOCK_SIZE);
	d->nr_writes++;
	if (d->crash_after && d->nr_writes >= d->crash_after) {
		/* this very write may or may not reach the medium */
		to_cache(d, block, data);
		d->dead = true;
		return -EIO;
	}
	if (op == KDP_IO_WRITE_FUA)
		to_medium(d, block, data);
	else
		to_cache(d, block, data);
	return 0;
}

/* Parallel transfers end in any order. */
static void memdisk_submit(void *disk, struct kdp_io *io, u32 nr)
{
	struct memdisk *d = disk;
	u32 i, b, from = nr ? memdisk_random(d) % nr : 0;
	void (*meanwhile)(void *arg) = d->meanwhile;

	if (meanwhile && nr && io[0].op == KDP_IO_WRITE) {
		d->meanwhile = NULL;
		meanwhile(d->meanwhile_arg);
		d->meanwhile = meanwhile;
	}
	for (i = 0; i < nr; i++) {
		struct kdp_io *x = &io[(from + i) % nr];

		x->error = 0;
		for (b = 0; b < x->nr_blocks && !x->error; b++)
			x->error = one_block(d, x->op, x->block + b,
				(u8 *)x->data + (size_t)b * KDP_BLOCK_SIZE);
	}
}

static void trace(struct memdisk *d, char what)
{
	size_t len = strlen(d->trace);

	if (len + 1 < sizeof(d->trace))
		d->trace[len] = what;
}

static int memdisk_flush(void *disk)
{
	struct memdisk *d = disk;
	u32 i;

	d->nr_flushes++;
	trace(d, 'F');
	if (d->dead || d->flush_fails)
		return -EIO;
	if (d->flush_lies)
		return 0;
	for (i = 0; i < d->nr_cache; i++)
		memcpy(at(d->durable, d->cache[i].block), d->cache[i].data,
		       KDP_BLOCK_SIZE);
	drop_cache(d);
	return 0;
}

static void memdisk_drain(void *disk)
{
	trace(disk, 'D');
}

static void memdisk_discard(void *disk, u64 block, u64 nr_blocks)
{
	struct memdisk *d = disk;

	trace(d, 'T');
	if (block + nr_blocks > d->nr_blocks)
		abort();
	memset(at(d->now, block), 0, nr_blocks * KDP_BLOCK_SIZE);
}

const struct kdp_disk_ops memdisk_ops = {
	.submit = memdisk_submit,
	.flush = memdisk_flush,
	.drain = memdisk_drain,
	.discard = memdisk_discard,
};
