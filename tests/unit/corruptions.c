// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "corruptions.h"
#include "format/checkpoint.h"
#include "format/journal.h"

#define ARRAY_SIZE_(a)	(sizeof(a) / sizeof((a)[0]))

typedef u8 page[KDP_BLOCK_SIZE] __attribute__((aligned(8)));

static void get(struct victim *v, u64 block, u8 *data)
{
	v->read(v->disk, block, data);
}

static void put(struct victim *v, u64 block, const u8 *data)
{
	v->write(v->disk, block, data);
}

bool victim_look(struct victim *v, u64 device_blocks)
{
	struct kdp_super s;
	bool found = false;
	u32 r, slot;
	page p;

	for (r = 0; r < KDP_REPLICAS; r++) {
		for (slot = 0; slot < KDP_SUPER_SLOTS; slot++) {
			u64 at = kdp_super_home(r, device_blocks) + slot;

			get(v, at, p);
			if (kdp_super_decode(p, r, at, &s) ||
			    (found && kdp_super_compare(&s, &v->super) <= 0))
				continue;
			v->super = s;
			found = true;
		}
	}
	return found;
}

static u64 stream_block(const struct victim *v, u32 r, u32 index)
{
	return kdp_slot_block(&v->super.geometry, r, v->super.checkpoint.slot,
			      index);
}

static u64 journal_block(const struct victim *v, u32 r)
{
	return kdp_journal_block(&v->super.geometry, r,
				 v->super.checkpoint.journal_pos);
}

static void single_byte(struct victim *v, u32 r)
{
	page p;

	get(v, stream_block(v, r, 0), p);
	p[1234] ^= 0x20;
	put(v, stream_block(v, r, 0), p);
}

static void fill(struct victim *v, u64 first, u64 count, u8 with)
{
	page p;

	memset(p, with, sizeof(p));
	while (count--)
		put(v, first++, p);
}

static void whole_block(struct victim *v, u32 r)
{
	fill(v, stream_block(v, r, 1), 1, 0xa5);
}

static void superblocks(struct victim *v, u32 r)
{
	fill(v, v->super.geometry.replica[r].super, KDP_SUPER_SLOTS, 0x5a);
}

static void whole_replica(struct victim *v, u32 r)
{
	const struct kdp_geometry *g = &v->super.geometry;

	superblocks(v, r);
	fill(v, g->replica[r].extent, kdp_extent_blocks(g), 0x5a);
}

static void swapped_blocks(struct victim *v, u32 r)
{
	page a, b;

	get(v, stream_block(v, r, 0), a);
	get(v, stream_block(v, r, 1), b);
	put(v, stream_block(v, r, 0), b);
	put(v, stream_block(v, r, 1), a);
}

/* Another replica's copy of it. */
static void misdirected_block(struct victim *v, u32 r)
{
	page p;

	get(v, stream_block(v, (r + 1) % KDP_REPLICAS, 0), p);
	put(v, stream_block(v, r, 0), p);
}

static void from_old(struct victim *v, u64 first, u64 count)
{
	page p;

	for (; count--; first++) {
		v->read(v->old, first, p);
		put(v, first, p);
	}
}

static void stale_replica(struct victim *v, u32 r)
{
	const struct kdp_geometry *g = &v->super.geometry;

	from_old(v, g->replica[r].super, KDP_SUPER_SLOTS);
	from_old(v, g->replica[r].extent, kdp_extent_blocks(g));
}

/* The older of the two. */
static void older_slot(struct victim *v, u32 r)
{
	fill(v, kdp_super_block(&v->super.geometry, r,
				(v->super.sequence + 1) % KDP_SUPER_SLOTS),
	     1, 0x5a);
}

/* The newest slot: its first half as it was two writes ago. */
static void torn_superblock(struct victim *v, u32 r)
{
	u64 at = kdp_super_block(&v->super.geometry, r,
				 v->super.sequence % KDP_SUPER_SLOTS);
	struct kdp_super older = v->super;
	page p, was;

	older.sequence -= KDP_SUPER_SLOTS;
	kdp_super_encode(&older, r, v->super.sequence % KDP_SUPER_SLOTS, was);
	get(v, at, p);
	memcpy(p, was, 256);
	p[300] ^= 1;
	put(v, at, p);
}

static void truncated_stream(struct victim *v, u32 r)
{
	u32 n = v->super.checkpoint.nr_blocks;

	fill(v, stream_block(v, r, n / 2), n - n / 2, 0);
}

/* The first chunk that is mapped is free in the bitmap; well sealed. */
static void wrong_bitmap(struct victim *v, u32 r)
{
	u64 *words = calloc(KDP_BITMAP_WORDS, sizeof(*words));
	struct kdp_extent e;
	u32 first, i;
	page p;

	for (i = 1; i < v->super.checkpoint.nr_blocks; i++) {
		get(v, stream_block(v, r, i), p);
		if (((struct kdp_disk_header *)p)->type == KDP_BLOCK_CKPT_MAP)
			break;
	}
	kdp_ckpt_map_get(p, 0, &e);
	get(v, stream_block(v, r, 1), p);
	kdp_ckpt_bitmap_get(p, &first, words);
	words[e.physical / 64] &= ~(1ull << e.physical % 64);
	kdp_ckpt_bitmap_put(p, first, words);
	kdp_ckpt_seal(p, KDP_BLOCK_CKPT_BITMAP, &v->super, &v->super.checkpoint,
		      r, 1);
	put(v, stream_block(v, r, 1), p);
	free(words);
}

/* The first journal block in use, as if an older epoch had written it. */
static void other_epoch(struct victim *v, u32 r)
{
	struct kdp_journal_info info;
	page p;

	get(v, journal_block(v, r), p);
	if (kdp_journal_decode(p, v->super.uuid, r, journal_block(v, r), &info))
		return;
	info.epoch--;
	info.nonce ^= 12345;
	kdp_journal_seal(&info, v->super.uuid, r, journal_block(v, r), p);
	put(v, journal_block(v, r), p);
}

const struct corruption corruptions[] = {
	{ "single byte", "one byte of the checkpoint's first block changes",
	  single_byte, CORRUPTION_REFUSED, NULL },
	{ "whole block", "the checkpoint's second block is overwritten",
	  whole_block, CORRUPTION_REFUSED, NULL },
	{ "whole replica", "superblocks, journal and both checkpoint slots are overwritten",
	  whole_replica, CORRUPTION_REFUSED, NULL },
	{ "swapped blocks", "the checkpoint's first two blocks change places",
	  swapped_blocks, CORRUPTION_REFUSED, NULL },
	{ "misdirected block", "the next replica's copy of a checkpoint block is written over this one's",
	  misdirected_block, CORRUPTION_REFUSED, NULL },
	{ "stale replica", "all of the replica is as it was some time ago, all of it valid",
	  stale_replica, CORRUPTION_OLDER, NULL },
	{ "torn superblock", "the newest superblock is half of the one before",
	  torn_superblock, CORRUPTION_HARMLESS, NULL },
	{ "both superblocks", "both slots of the superblock are overwritten",
	  superblocks, CORRUPTION_REFUSED, NULL },
	{ "but one superblock", "the same, and the others lose the older slot",
	  superblocks, CORRUPTION_REFUSED, older_slot },
	{ "truncated stream", "the second half of the checkpoint is zeros",
	  truncated_stream, CORRUPTION_REFUSED, NULL },
	{ "bitmap and maps", "the bitmap calls a mapped chunk free, with right checksums",
	  wrong_bitmap, CORRUPTION_HARMLESS, NULL },
	{ "other epoch", "the first journal block in use is of an older epoch",
	  other_epoch, CORRUPTION_REFUSED, NULL },
};

const unsigned int nr_corruptions = ARRAY_SIZE_(corruptions);
