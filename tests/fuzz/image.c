// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "format/block.h"
#include "image.h"

#define FIRST_SLOTS	512u

static void *must(void *p)
{
	if (!p)
		abort();
	return p;
}

struct image *image_new(u64 nr_blocks)
{
	struct image *d = must(calloc(1, sizeof(*d)));

	d->nr_blocks = nr_blocks;
	d->nr_slots = FIRST_SLOTS;
	d->slots = must(calloc(d->nr_slots, sizeof(*d->slots)));
	return d;
}

static void keep_spare(struct image *d, u8 *data)
{
	if (d->nr_spare == d->max_spare) {
		d->max_spare = d->max_spare ? d->max_spare * 2 : 64;
		d->spare = must(realloc(d->spare,
					d->max_spare * sizeof(*d->spare)));
	}
	d->spare[d->nr_spare++] = data;
}

static u8 *new_data(struct image *d)
{
	if (d->nr_spare)
		return d->spare[--d->nr_spare];
	return must(malloc(KDP_BLOCK_SIZE));
}

void image_reset(struct image *d, const struct image *below)
{
	u32 i;

	for (i = 0; d->nr_used && i < d->nr_slots; i++)
		if (d->slots[i].data)
			keep_spare(d, d->slots[i].data);
	memset(d->slots, 0, d->nr_slots * sizeof(*d->slots));
	d->nr_used = 0;
	d->below = below;
	if (below)
		d->nr_blocks = below->nr_blocks;
	d->nr_writes = 0;
	d->unreadable = 0;
	d->note_discards = false;
	d->nr_discards = 0;
	memset(d->bad_count, 0, sizeof(d->bad_count));
	image_power_on(d);
}

void image_free(struct image *d)
{
	if (!d)
		return;
	image_reset(d, NULL);
	while (d->nr_spare)
		free(d->spare[--d->nr_spare]);
	free(d->spare);
	free(d->slots);
	free(d);
}

void image_power_on(struct image *d)
{
	d->dead = false;
	d->crash_at = 0;
}

/* The slot of @block, or the empty one where it would be. */
static struct image_slot *find(const struct image *d, u64 block)
{
	u32 i = kdp_mix64(block) & (d->nr_slots - 1);

	while (d->slots[i].data && d->slots[i].block != block)
		i = (i + 1) & (d->nr_slots - 1);
	return &d->slots[i];
}

static void grow(struct image *d)
{
	struct image_slot *old = d->slots;
	u32 i, nr_old = d->nr_slots;

	d->nr_slots *= 2;
	d->slots = must(calloc(d->nr_slots, sizeof(*d->slots)));
	for (i = 0; i < nr_old; i++)
		if (old[i].data)
			*find(d, old[i].block) = old[i];
	free(old);
}

const u8 *image_get(const struct image *d, u64 block)
{
	static const union block_copy zeros;
	const struct image_slot *slot;

	for (; d; d = d->below) {
		slot = find(d, block);
		if (slot->data)
			return slot->data;
	}
	return zeros.bytes;
}

u8 *image_edit(struct image *d, u64 block)
{
	struct image_slot *slot = find(d, block);

	if (slot->data)
		return slot->data;
	if (d->nr_used >= d->nr_slots / 2) {
		grow(d);
		slot = find(d, block);
	}
	d->nr_used++;
	slot->data = new_data(d);
	slot->block = block;
	memcpy(slot->data, image_get(d->below, block), KDP_BLOCK_SIZE);
	return slot->data;
}

u8 *image_next(const struct image *d, u32 *i, u64 *block)
{
	while (*i < d->nr_slots) {
		const struct image_slot *slot = &d->slots[(*i)++];

		if (!slot->data)
			continue;
		*block = slot->block;
		return slot->data;
	}
	return NULL;
}

static void copy_blocks(struct image *to, const struct image *from)
{
	const u8 *data;
	u64 block;
	u32 i = 0;

	if (from->below)
		copy_blocks(to, from->below);
	while ((data = image_next(from, &i, &block)))
		memcpy(image_edit(to, block), data, KDP_BLOCK_SIZE);
}

struct image *image_copy(const struct image *d)
{
	struct image *copy = image_new(d->nr_blocks);

	copy_blocks(copy, d);
	return copy;
}

static bool is_bad(const struct image *d, u64 block)
{
	return block - d->bad_first[0] < d->bad_count[0] ||
	       block - d->bad_first[1] < d->bad_count[1];
}

static int read_block(struct image *d, u64 block, u8 *data)
{
	if (d->unreadable && block == d->unreadable)
		return -EIO;
	memcpy(data, image_get(d, block), KDP_BLOCK_SIZE);
	return 0;
}

static int write_block(struct image *d, u64 block, const u8 *data)
{
	if (is_bad(d, block))
		return -EIO;
	d->nr_writes++;
	if (d->crash_at && d->nr_writes >= d->crash_at) {
		d->dead = true;
		return -EIO;
	}
	memcpy(image_edit(d, block), data, KDP_BLOCK_SIZE);
	if (block == d->unreadable)
		d->unreadable = 0;
	return 0;
}

static int one_block(struct image *d, enum kdp_io_op op, u64 block, u8 *data)
{
	if (d->dead)
		return -EIO;
	if (block >= d->nr_blocks)
		return -EINVAL;
	return op == KDP_IO_READ ? read_block(d, block, data) :
				   write_block(d, block, data);
}

/* Not always replica 0 first, so that a crash leaves others behind too. */
static void image_submit(void *disk, struct kdp_io *io, u32 nr)
{
	struct image *d = disk;
	u32 i, b, from = nr ? d->nr_writes * 7 % nr : 0;

	for (i = 0; i < nr; i++) {
		struct kdp_io *x = &io[(from + i) % nr];

		x->error = 0;
		for (b = 0; b < x->nr_blocks && !x->error; b++)
			x->error = one_block(d, x->op, x->block + b,
					     (u8 *)x->data +
					     (size_t)b * KDP_BLOCK_SIZE);
	}
}

static int image_flush(void *disk)
{
	struct image *d = disk;

	d->nr_writes++;
	return d->dead ? -EIO : 0;
}

static void image_discard(void *disk, u64 block, u64 nr_blocks)
{
	struct image *d = disk;

	if (!d->note_discards || d->nr_discards == MAX_DISCARDS)
		return;
	d->discarded[d->nr_discards][0] = block;
	d->discarded[d->nr_discards++][1] = nr_blocks;
}

const struct kdp_disk_ops image_ops = {
	.submit = image_submit,
	.flush = image_flush,
	.discard = image_discard,
};
