// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>

#include "corpus.h"
#include "format/checkpoint.h"
#include "store/store.h"

/* What the corpus must show at least once. */
enum feature {
	HAS_SLOT_0, HAS_SLOT_1, HAS_CLEAN, HAS_OUT_OF_DATE, HAS_STALE_SUPER,
	HAS_PARTS, HAS_WRAPPED, HAS_OLD_EPOCH_REPLAYED, HAS_LEFTOVERS,
	HAS_TORN_JOURNAL, HAS_HEAD, HAS_BITMAPS, HAS_VOLUME_BLOCKS,
	HAS_MAP_BLOCKS, HAS_LONG_MAP, HAS_TWO_SLOTS, HAS_GROWN, NR_FEATURES
};

static const char *const feature_names[NR_FEATURES] = {
	[HAS_SLOT_0] = "newest superblock in slot 0",
	[HAS_SLOT_1] = "newest superblock in slot 1",
	[HAS_CLEAN] = "pool closed cleanly",
	[HAS_OUT_OF_DATE] = "replica out of date",
	[HAS_STALE_SUPER] = "replica with an older superblock",
	[HAS_PARTS] = "commit of several parts",
	[HAS_WRAPPED] = "journal ring gone round",
	[HAS_OLD_EPOCH_REPLAYED] = "commit of an older epoch to be replayed",
	[HAS_LEFTOVERS] = "journal blocks of an older epoch, not replayed",
	[HAS_TORN_JOURNAL] = "commit that not all replicas have",
	[HAS_HEAD] = "checkpoint head",
	[HAS_BITMAPS] = "several bitmap blocks",
	[HAS_VOLUME_BLOCKS] = "several volume blocks",
	[HAS_MAP_BLOCKS] = "several map blocks",
	[HAS_LONG_MAP] = "volume with several map blocks",
	[HAS_TWO_SLOTS] = "older checkpoint in the other slot",
	[HAS_GROWN] = "device larger than the pool",
};

static bool has[NR_FEATURES];
static bool has_type[MAX_TYPES];

bool record_next(const u8 *block, u32 *at, struct record_ref *ref)
{
	const struct kdp_disk_journal *j = (const void *)block;
	u32 end = sizeof(*j) + min(le32_to_cpu(j->used), KDP_JOURNAL_PAYLOAD);
	const struct kdp_disk_record *rec;

	if (!*at)
		*at = sizeof(*j);
	if (*at % 8 || *at + sizeof(*rec) > end)
		return false;
	rec = (const void *)(block + *at);
	ref->at = *at;
	ref->size = le16_to_cpu(rec->size);
	ref->type = le16_to_cpu(rec->type);
	if (ref->size < sizeof(*rec) || ref->size > end - *at)
		return false;
	*at += ref->size;
	return true;
}

/* A type is known if there is a size with which it is no bad record. */
static u32 size_of_type(u16 type)
{
	union block_copy buffer = { { 0 } };
	struct kdp_disk_record *r = (void *)buffer.bytes;
	struct kdp_record rec;
	u32 size, took;

	r->type = cpu_to_le16(type);
	for (size = sizeof(*r); size <= KDP_MAX_RECORD_SIZE; size += 8) {
		r->size = cpu_to_le16(size);
		if (kdp_record_decode(r, size, &rec, &took) !=
		    KDP_BAD_RECORD)
			return size;
	}
	return 0;
}

void survey_types(void)
{
	u32 size;
	u16 type;

	for (type = 0; type < 256 && corpus.nr_types < MAX_TYPES; type++) {
		size = size_of_type(type);
		if (!size)
			continue;
		corpus.types[corpus.nr_types] = type;
		corpus.sizes[corpus.nr_types++] = size;
	}
}

/* Ids are never used again, not even those of volumes that are gone. */
static void note_id(struct base *b, u64 id)
{
	if (id >= b->next_volume)
		b->next_volume = id + 1;
}

static void note_records(struct base *b, const u8 *block)
{
	const struct kdp_disk_record_create *create;
	struct record_ref ref;
	u32 i, at = 0;

	while (record_next(block, &at, &ref)) {
		for (i = 0; i < corpus.nr_types; i++)
			has_type[i] |= corpus.types[i] == ref.type;
		create = (const void *)(block + ref.at);
		if (ref.type == KDP_RECORD_CREATE)
			note_id(b, le64_to_cpu(create->volume.id));
	}
}

/* The copy of position @pos that replay takes: the newest epoch. */
static const u8 *replayed_block(const struct base *b, u64 pos,
				struct kdp_journal_info *info, u32 *holders)
{
	struct kdp_journal_info i;
	const u8 *block, *best = NULL;
	u64 at;
	u32 r;

	*holders = 0;
	for (r = 0; r < KDP_REPLICAS; r++) {
		at = kdp_journal_block(&b->super.geometry, r, pos);
		block = image_get(b->image, at);
		if (kdp_journal_decode(block, b->super.uuid, r, at, &i) ||
		    i.pos != pos)
			continue;
		++*holders;
		if (!best || i.epoch > info->epoch) {
			best = block;
			*info = i;
		}
	}
	return best;
}

static bool survey_journal(struct base *b)
{
	u64 pos = b->super.checkpoint.journal_pos;
	struct kdp_journal_info i;
	const u8 *block;
	u32 holders;

	for (; pos < b->end_pos; pos++) {
		block = replayed_block(b, pos, &i, &holders);
		if (!block)
			return false;
		note_records(b, block);
		has[HAS_PARTS] |= i.nr_parts > 1;
		has[HAS_OLD_EPOCH_REPLAYED] |= i.epoch < b->super.epoch;
		has[HAS_WRAPPED] |= pos >= b->super.geometry.journal_blocks;
		has[HAS_TORN_JOURNAL] |= holders < KDP_REPLICAS;
		if (i.part || b->nr_commits == MAX_COMMITS)
			continue;
		b->commits[b->nr_commits++] = (struct live_commit){
			i.sequence, pos, i.nr_parts
		};
	}
	return true;
}

static void survey_leftovers(const struct base *b)
{
	const struct kdp_geometry *g = &b->super.geometry;
	struct kdp_journal_info info;
	u32 r, i;
	u64 at;

	for (r = 0; r < KDP_REPLICAS; r++) {
		for (i = 0; i < g->journal_blocks; i++) {
			at = g->replica[r].extent + i;
			if (!kdp_journal_decode(image_get(b->image, at),
						b->super.uuid, r, at, &info) &&
			    info.epoch < b->super.epoch &&
			    info.pos < b->super.checkpoint.journal_pos)
				has[HAS_LEFTOVERS] = true;
		}
	}
}

static void survey_checkpoint(struct base *b)
{
	u32 nr[KDP_BLOCK_CKPT_MAP + 1] = { 0 };
	const struct kdp_disk_ckpt_head *head;
	const struct kdp_disk_ckpt_map *map;
	u64 at, last = 0;
	const u8 *block;
	u16 type;
	u32 i;

	for (i = 0; i < b->super.checkpoint.nr_blocks; i++) {
		at = kdp_slot_block(&b->super.geometry, 0,
				    b->super.checkpoint.slot, i);
		block = image_get(b->image, at);
		if (kdp_ckpt_verify(block, &b->super, 0, i, &type))
			continue;
		nr[type]++;
		head = (const void *)block;
		if (type == KDP_BLOCK_CKPT_HEAD)
			note_id(b, le64_to_cpu(head->next_volume) - 1);
		if (type != KDP_BLOCK_CKPT_MAP)
			continue;
		map = (const void *)block;
		has[HAS_LONG_MAP] |= last == le64_to_cpu(map->volume);
		last = le64_to_cpu(map->volume);
	}
	has[HAS_HEAD] |= nr[KDP_BLOCK_CKPT_HEAD];
	has[HAS_BITMAPS] |= nr[KDP_BLOCK_CKPT_BITMAP] > 1;
	has[HAS_VOLUME_BLOCKS] |= nr[KDP_BLOCK_CKPT_VOLUMES] > 1;
	has[HAS_MAP_BLOCKS] |= nr[KDP_BLOCK_CKPT_MAP] > 1;
	at = kdp_slot_block(&b->super.geometry, 0, !b->super.checkpoint.slot,
			    0);
	has[HAS_TWO_SLOTS] |= !kdp_block_intact(image_get(b->image, at));
}

static u8 *in_use;	/* a byte for each chunk of the image surveyed */

static bool note_volume(const struct kdp_volume *v, void *data)
{
	struct base *b = data;
	struct kdp_extent e;
	u32 logical = 0;

	while (kdp_map_next_extent(&v->map, &logical, &e)) {
		memset(in_use + e.physical, 1, e.count);
		if (b->nr_known < MAX_KNOWN)
			b->known[b->nr_known++] =
				(struct known){ v->info.id, e };
	}
	note_id(b, v->info.id);
	if (b->nr_volumes < MAX_VOLUMES)
		b->volumes[b->nr_volumes++] = v->info.id;
	return true;
}

static void survey_volumes(struct base *b, struct kdp_store *s)
{
	u32 i, first, count, n = b->super.geometry.nr_chunks;

	in_use = calloc(1, n);
	if (!in_use)
		abort();
	for (i = 0; i < KDP_RESERVED_RUNS; i++) {
		kdp_reserved_run(&b->super.geometry, i, &first, &count);
		memset(in_use + first, 1, count);
	}
	kdp_store_for_each(s, note_volume, b);
	for (first = 0; first < n; first += count) {
		for (count = 1; first + count < n; count++)
			if (in_use[first + count] != in_use[first])
				break;
		if (in_use[first] || count <= b->nr_free)
			continue;
		b->free_chunk = first;
		b->nr_free = count;
	}
	free(in_use);
}

static void survey_super(struct base *b, struct kdp_store *s)
{
	const struct kdp_report *rep = kdp_store_report(s);
	u32 r;

	has[HAS_SLOT_0] |= !(b->super.sequence % KDP_SUPER_SLOTS);
	has[HAS_SLOT_1] |= b->super.sequence % KDP_SUPER_SLOTS;
	has[HAS_CLEAN] |= b->super.flags & KDP_SUPER_CLEAN;
	has[HAS_GROWN] |= b->image->nr_blocks !=
			  b->super.geometry.device_blocks;
	for (r = 0; r < KDP_REPLICAS; r++) {
		has[HAS_OUT_OF_DATE] |= b->super.geometry.replica[r].health !=
					KDP_REPLICA_CURRENT;
		has[HAS_STALE_SUPER] |= rep->replica[r].super_stale;
	}
}

bool survey_base(struct base *b)
{
	struct kdp_store *s = kdp_store_new(&image_ops, b->image,
					    b->image->nr_blocks);
	struct kdp_store_info info;
	char why[KDP_REASON_SIZE];
	int err = kdp_store_open(s);

	kdp_store_reason(s, why, sizeof(why));
	if (err)
		printf("corpus: %s cannot be opened: error %d %s\n", b->name,
		       err, why);
	if (!err) {
		kdp_store_info(s, &info);
		b->super = info.super;
		b->end_pos = b->super.checkpoint.journal_pos +
			     info.journal_used;
		survey_volumes(b, s);
		survey_super(b, s);
		survey_leftovers(b);
		survey_checkpoint(b);
		if (!survey_journal(b))
			err = -1;
	}
	kdp_store_free(s);
	return !err;
}

bool survey_complete(void)
{
	bool ok = true;
	u32 i;

	for (i = 0; i < NR_FEATURES; i++) {
		if (has[i])
			continue;
		printf("corpus: in no image: %s\n", feature_names[i]);
		ok = false;
	}
	for (i = 0; i < corpus.nr_types; i++) {
		if (has_type[i])
			continue;
		printf("corpus: in no image: record type %u (%u bytes); see recipes.c\n",
		       corpus.types[i], corpus.sizes[i]);
		ok = false;
	}
	return ok;
}
