// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records that no store wrote: made up so that many of them are possible, and
 * cut out of one place and put into another.
 */
#include <stdio.h>
#include <string.h>

#include <linux/kernel.h>

#include "case.h"

#define MAX_RECORDS	256u

/* One in five, unless this case is to be plausible. */
static bool wild(struct fcase *c)
{
	return !c->plausible && rng_percent(&c->rng, 20);
}

static void make_create(struct fcase *c, struct kdp_record *rec)
{
	struct kdp_volume_info *info = &rec->info;
	u32 chunks = 1 + rng_below(&c->rng, 40);

	info->id = c->next_volume++;
	if (wild(c))
		info->id = value_any(c, info->id, sizeof(u64));
	info->sectors = (u64)chunks * c->base->super.geometry.chunk_blocks *
			KDP_SECTORS_PER_BLOCK -
			rng_below(&c->rng, 16) * KDP_SECTORS_PER_BLOCK;
	if (wild(c))
		info->sectors = value_any(c, info->sectors, sizeof(u64));
	snprintf(info->name, sizeof(info->name), "z%llu",
		 (unsigned long long)info->id % 1000);
	if (wild(c))
		strcpy(info->name, "first");	/* that there is already */
	info->flags = rng_below(&c->rng, 2);
	info->birth = rng_below(&c->rng, 3);
	c->last_volume = info->id;
	c->last_logical = 0;
	c->last_chunks = chunks;
}

static void make_wild(struct fcase *c, struct kdp_record *rec)
{
	struct kdp_extent *e = &rec->extent;

	rec->volume = value_any(c, c->next_volume, sizeof(u64));
	if (c->base->nr_volumes && rng_percent(&c->rng, 90))
		rec->volume = c->base->volumes[rng_below(&c->rng,
							 c->base->nr_volumes)];
	e->logical = value_any(c, c->last_logical, sizeof(u32));
	e->physical = value_any(c, c->free_chunk, sizeof(u32));
	e->count = value_any(c, 1, sizeof(u32)) & KDP_EXTENT_COUNT_MASK;
	e->birth = value_any(c, 0, sizeof(u32));
	e->unwritten = rng_percent(&c->rng, 50);
}

/* Chunks that nothing has, for the volume that was made up last. */
static bool make_map(struct fcase *c, struct kdp_record *rec)
{
	struct kdp_extent *e = &rec->extent;
	u32 room = min(c->last_chunks - c->last_logical, c->nr_free);

	if (!room)
		return false;
	rec->volume = c->last_volume;
	e->logical = c->last_logical;
	e->physical = c->free_chunk;
	e->count = 1 + rng_below(&c->rng, min_t(u32, room, 6));
	e->unwritten = rng_percent(&c->rng, 60);
	c->last_logical += e->count;
	c->free_chunk += e->count;
	c->nr_free -= e->count;
	if (c->nr_known < ARRAY_SIZE(c->known))
		c->known[c->nr_known++] = (struct known){ rec->volume, *e };
	return true;
}

/* A part of what is mapped. */
static bool make_range(struct fcase *c, struct kdp_record *rec)
{
	struct known *k;
	u32 skip;

	if (!c->nr_known)
		return false;
	k = &c->known[rng_below(&c->rng, c->nr_known)];
	skip = rng_below(&c->rng, k->extent.count);
	rec->volume = k->volume;
	rec->extent.logical = k->extent.logical + skip;
	rec->extent.count = 1 + rng_below(&c->rng, k->extent.count - skip);
	if (rec->type == KDP_RECORD_UNMAP && c->plausible)
		*k = c->known[--c->nr_known];
	return true;
}

static bool make_remove(struct fcase *c, struct kdp_record *rec)
{
	u32 i, n = 0;

	if (!make_range(c, rec))
		return false;
	for (i = 0; i < c->nr_known; i++)
		if (c->known[i].volume != rec->volume)
			c->known[n++] = c->known[i];
	c->nr_known = n;
	if (c->last_volume == rec->volume)
		c->last_logical = c->last_chunks;
	return true;
}

static bool make(struct fcase *c, struct kdp_record *rec)
{
	if (rec->type == KDP_RECORD_CREATE) {
		make_create(c, rec);
		return true;
	}
	if (wild(c)) {
		make_wild(c, rec);
		return true;
	}
	if (rec->type == KDP_RECORD_MAP)
		return make_map(c, rec);
	if (rec->type == KDP_RECORD_REMOVE)
		return rng_percent(&c->rng, 30) && make_remove(c, rec);
	return make_range(c, rec);
}

/* Encode a record at @p; how long it is, 0 when there is none to be had. */
u32 record_make(struct fcase *c, u8 *p, u32 room)
{
	u32 i = rng_below(&c->rng, corpus.nr_types);
	union block_copy buffer;
	struct kdp_record rec = { .type = corpus.types[i] };

	if (corpus.sizes[i] > room || !make(c, &rec))
		return 0;
	kdp_record_encode(&rec, buffer.bytes);
	memcpy(p, buffer.bytes, corpus.sizes[i]);
	case_hit(c, S_RECORD + corpus.types[i] % 16);
	return corpus.sizes[i];
}

/* A commit behind the end of the journal, as a newer store might have made. */
bool mutate_commit(struct fcase *c)
{
	const struct kdp_super *s = &c->base->super;
	struct kdp_journal_info info = {
		.epoch = s->epoch, .nonce = s->nonce,
		.sequence = s->checkpoint.sequence + c->nr_commits + 1,
		.pos = c->end_pos, .nr_parts = 1 + rng_below(&c->rng, 3),
	};
	u32 r, nr, size;
	u8 *block, *payload;

	if (s->geometry.journal_blocks > KDP_MAX_PARTS)
		info.nr_parts = KDP_MAX_PARTS - 4 + rng_below(&c->rng, 8);
	if (c->nr_commits == ARRAY_SIZE(c->commits) ||
	    c->end_pos + info.nr_parts > s->checkpoint.journal_pos +
					 s->geometry.journal_blocks)
		return false;
	for (; info.part < info.nr_parts; info.part++, info.pos++) {
		struct place p = { AREA_JOURNAL, 0,
				   info.pos % s->geometry.journal_blocks };

		block = place_edit(c, &p, c->reference);
		payload = kdp_journal_payload(block);
		nr = 1 + rng_below(&c->rng, rng_percent(&c->rng, 15) ? 100 : 9);
		for (info.used = 0; nr; nr--, info.used += size)
			size = record_make(c, payload + info.used,
					   KDP_JOURNAL_PAYLOAD - info.used);
		for (r = 0; r < KDP_REPLICAS; r++) {
			if (!case_has(c, r))
				continue;
			memcpy(place_edit(c, &p, r), block, KDP_BLOCK_SIZE);
			kdp_journal_seal(&info, s->uuid, r,
					 place_block(c->base, &p, r),
					 place_edit(c, &p, r));
		}
	}
	c->commits[c->nr_commits++] = (struct live_commit){
		info.sequence, c->end_pos, info.nr_parts
	};
	c->end_pos += info.nr_parts;
	return true;
}

/* Records as a list of pieces of bytes, to be put together anew. */
struct pieces {
	const u8 *at[MAX_RECORDS + 2];
	u16 size[MAX_RECORDS + 2];
	u16 type[MAX_RECORDS + 2];
	u32 nr;
};

static void pieces_take(struct pieces *x, const u8 *block)
{
	struct record_ref ref;
	u32 at = 0;

	for (x->nr = 0; x->nr < MAX_RECORDS && record_next(block, &at, &ref);
	     x->nr++) {
		x->at[x->nr] = block + ref.at;
		x->size[x->nr] = ref.size;
		x->type[x->nr] = ref.type;
	}
}

static void pieces_swap(struct pieces *x, u32 i, u32 k)
{
	const u8 *at = x->at[i];
	u16 size = x->size[i], type = x->type[i];

	x->at[i] = x->at[k];
	x->size[i] = x->size[k];
	x->type[i] = x->type[k];
	x->at[k] = at;
	x->size[k] = size;
	x->type[k] = type;
}

static void pieces_insert(struct pieces *x, u32 i, const u8 *at, u16 size,
			  u16 type)
{
	u32 k;

	x->at[x->nr] = at;
	x->size[x->nr] = size;
	x->type[x->nr] = type;
	for (k = x->nr++; k > i; k--)
		pieces_swap(x, k, k - 1);
}

static void pieces_remove(struct pieces *x, u32 i)
{
	for (; i + 1 < x->nr; i++)
		pieces_swap(x, i, i + 1);
	x->nr--;
}

static void pieces_write(const struct pieces *x, u8 *block)
{
	struct kdp_disk_journal *j = (void *)block;
	u8 payload[KDP_JOURNAL_PAYLOAD] = { 0 };
	u32 i, used = 0;

	for (i = 0; i < x->nr; i++) {
		if (used + x->size[i] > sizeof(payload))
			break;
		memcpy(payload + used, x->at[i], x->size[i]);
		used += x->size[i];
	}
	memcpy(j + 1, payload, sizeof(payload));
	j->used = cpu_to_le32(used);
}

static void insert_foreign(struct fcase *c, struct pieces *x, u32 i)
{
	const struct base *b = case_other_base(c, rng_percent(&c->rng, 50));
	u64 pos = b ? b->super.checkpoint.journal_pos : 0;
	struct pieces other;
	u32 k;

	if (!b || b->end_pos == pos)
		return;
	pos += rng_below(&c->rng, b->end_pos - pos);
	pieces_take(&other, image_get(b->image,
				      kdp_journal_block(&b->super.geometry,
							c->reference, pos)));
	if (!other.nr)
		return;
	k = rng_below(&c->rng, other.nr);
	pieces_insert(x, i, other.at[k], other.size[k], other.type[k]);
}

bool mutate_splice(struct fcase *c)
{
	u8 made[KDP_MAX_RECORD_SIZE];
	struct pieces x;
	struct place p;
	u32 i, k, size;
	u8 *block;

	if (!place_journal(c, &p))
		return false;
	block = place_edit(c, &p, c->reference);
	pieces_take(&x, block);
	if (!x.nr)
		return false;
	i = rng_below(&c->rng, x.nr);
	k = rng_below(&c->rng, x.nr);
	case_hit(c, S_RECORD + x.type[i] % 16);
	switch (rng_below(&c->rng, 6)) {
	case 0:
		pieces_remove(&x, i);
		break;
	case 1:
		pieces_swap(&x, i, k);
		break;
	case 2:
		pieces_insert(&x, i, x.at[k], x.size[k], x.type[k]);
		break;
	case 3:
		insert_foreign(c, &x, i);
		break;
	default:
		size = record_make(c, made, sizeof(made));
		if (size)
			pieces_insert(&x, i, made, size, 0);
	}
	pieces_write(&x, block);
	case_spread(c, &p, c->reference, false);
	return true;
}
