// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "store/stream.h"

struct kdp_stream {
	struct kdp_store *s;
	struct kdp_checkpoint_ref *ref;
	struct kdp_window *window;
	u32 mask;		/* replicas that it is written to */
	struct kdp_losses lost;
	u8 *images;		/* KDP_WINDOW blocks */
	u16 type[KDP_WINDOW];
	u32 nr;			/* images not yet written */
	u32 next;		/* index of the first of them */
	struct kdp_ckpt_head head;
	u64 words[KDP_BITMAP_WORDS];
};

struct kdp_stream *kdp_stream_new(void)
{
	struct kdp_stream *st = kvzalloc(sizeof(*st), GFP_KERNEL);

	if (!st)
		return NULL;
	st->images = vzalloc((size_t)KDP_WINDOW * KDP_BLOCK_SIZE);
	st->window = kdp_window_new();
	if (st->images && st->window)
		return st;
	kdp_stream_free(st);
	return NULL;
}

void kdp_stream_free(struct kdp_stream *st)
{
	if (!st)
		return;
	kdp_window_free(st->window);
	vfree(st->images);
	kvfree(st);
}

const struct kdp_losses *kdp_stream_losses(const struct kdp_stream *st)
{
	return &st->lost;
}

static u64 kdp_seal_stream(struct kdp_store *s, void *block, u32 r, u32 index,
			   const void *data)
{
	const struct kdp_stream *st = data;

	kdp_ckpt_seal(block, st->type[index - st->next], &s->super, st->ref, r,
		      index);
	return kdp_slot_block(&s->super.geometry, r, st->ref->slot, index);
}

/* A replica that has missed a block does not get the others either. */
static bool kdp_stream_quorum(struct kdp_stream *st)
{
	u32 r;

	for (r = 0; r < KDP_REPLICAS; r++)
		if (st->lost.error[r])
			st->mask &= ~(1u << r);
	return hweight32(st->mask) >= KDP_QUORUM;
}

/* What the copies must say when this stream is named. */
static void kdp_stream_digest(struct kdp_stream *st)
{
	u32 *digests = st->s->digests[st->ref->slot];
	u32 i;

	for (i = 0; digests && i < st->nr; i++)
		digests[st->next + i] =
			kdp_ckpt_digest(st->images + (size_t)i * KDP_BLOCK_SIZE,
					st->type[i]);
}

static int kdp_stream_flush(struct kdp_stream *st)
{
	struct kdp_store *s = st->s;
	struct kdp_write what = {
		.op = KDP_IO_WRITE, .mask = st->mask, .first = st->next,
		.n = st->nr, .images = st->images,
		.seal = kdp_seal_stream, .data = st,
	};

	if (!st->nr)
		return 0;
	if (st->next + st->nr > s->super.geometry.slot_blocks)
		return kdp_store_fail(s,
			"checkpoint: needs more than the %u blocks of its slot",
			s->super.geometry.slot_blocks);
	kdp_stream_digest(st);
	kdp_window_write(s, st->window, &what, &st->lost);
	if (!kdp_stream_quorum(st))
		return kdp_store_fail(s,
			"checkpoint: fewer than 3 of 5 metadata copies could be written");
	st->next += st->nr;
	st->nr = 0;
	return 0;
}

/* The image of the stream's next block; NULL: the pool has failed. */
static void *kdp_stream_block(struct kdp_stream *st, u16 type)
{
	if (st->nr == KDP_WINDOW && kdp_stream_flush(st))
		return NULL;
	st->type[st->nr] = type;
	return st->images + (size_t)st->nr++ * KDP_BLOCK_SIZE;
}

static bool kdp_words_zero(const u64 *words)
{
	u32 i;

	for (i = 0; i < KDP_BITMAP_WORDS; i++)
		if (words[i])
			return false;
	return true;
}

static int kdp_stream_bitmap(struct kdp_stream *st, const struct kdp_view *view)
{
	void *block;
	u32 first, n;

	for (first = 0; first < view->nr_words; first += KDP_BITMAP_WORDS) {
		n = min(view->nr_words - first, KDP_BITMAP_WORDS);
		memset(st->words, 0, sizeof(st->words));
		memcpy(st->words, view->used + first, n * sizeof(u64));
		if (kdp_words_zero(st->words))
			continue;
		block = kdp_stream_block(st, KDP_BLOCK_CKPT_BITMAP);
		if (!block)
			return -EIO;
		kdp_ckpt_bitmap_put(block, first / KDP_BITMAP_WORDS, st->words);
		st->head.nr_bitmap++;
	}
	return 0;
}

static int kdp_stream_volumes(struct kdp_stream *st,
			      const struct kdp_view *view)
{
	const struct kdp_volume *v;
	void *block = NULL;

	list_for_each_entry(v, view->volumes, all) {
		st->head.nr_volumes++;
		if (block && kdp_ckpt_volumes_add(block, &v->info))
			continue;
		block = kdp_stream_block(st, KDP_BLOCK_CKPT_VOLUMES);
		if (!block)
			return -EIO;
		kdp_ckpt_volumes_init(block);
		kdp_ckpt_volumes_add(block, &v->info);
		st->head.nr_volume_blocks++;
	}
	return 0;
}

static int kdp_stream_map(struct kdp_stream *st, const struct kdp_volume *v)
{
	struct kdp_extent e;
	void *block = NULL;
	u32 logical = 0;

	while (kdp_map_next_extent(&v->map, &logical, &e)) {
		if (block && kdp_ckpt_map_add(block, &e))
			continue;
		block = kdp_stream_block(st, KDP_BLOCK_CKPT_MAP);
		if (!block)
			return -EIO;
		kdp_ckpt_map_init(block, v->info.id);
		kdp_ckpt_map_add(block, &e);
		st->head.nr_map_blocks++;
	}
	return 0;
}

static int kdp_stream_maps(struct kdp_stream *st, const struct kdp_view *view)
{
	const struct kdp_volume *v;
	int err = 0;

	list_for_each_entry(v, view->volumes, all) {
		err = kdp_stream_map(st, v);
		if (err)
			break;
	}
	return err;
}

/* The head counts the others, so it is written last, though it comes first. */
static int kdp_stream_head(struct kdp_stream *st)
{
	void *block;

	st->ref->nr_blocks = st->next;
	st->next = 0;
	block = kdp_stream_block(st, KDP_BLOCK_CKPT_HEAD);
	kdp_ckpt_head_put(block, &st->head);
	return kdp_stream_flush(st);
}

void kdp_stream_begin(struct kdp_stream *st, struct kdp_store *s,
		      struct kdp_checkpoint_ref *ref)
{
	st->s = s;
	st->ref = ref;
	st->mask = kdp_replicas_mask(s);
	st->nr = 0;
	st->next = 1;
	memset(&st->lost, 0, sizeof(st->lost));
	memset(&st->head, 0, sizeof(st->head));
}

int kdp_stream_view(struct kdp_stream *st, const struct kdp_view *view)
{
	int err;

	st->head.next_volume = view->next_volume;
	err = kdp_stream_bitmap(st, view);
	if (!err)
		err = kdp_stream_volumes(st, view);
	if (!err)
		err = kdp_stream_maps(st, view);
	if (!err)
		err = kdp_stream_flush(st);
	if (!err)
		err = kdp_stream_head(st);
	return err;
}
