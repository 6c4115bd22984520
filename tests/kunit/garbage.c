// SPDX-License-Identifier: GPL-2.0-only
/*
 * Garbage to the decoders.  What they are given ends where its memory ends, so
 * that KASAN, or the page that is not there, finds who reads on.
 */
#include <kunit/test.h>
#include <linux/crc32c.h>
#include <linux/vmalloc.h>

#include "format/checkpoint.h"
#include "format/journal.h"
#include "world.h"

#define KDP_ROUNDS	3000u

struct kdp_garbage {
	u8 *page;
	u64 rng;
	u32 nr_taken;		/* what passed for something */
};

static const u8 kdp_uuid[KDP_UUID_SIZE] = "0123456789abcdef";

static void kdp_randomize(struct kdp_garbage *g, u8 *p, u32 size)
{
	while (size--)
		*p++ = kdp_random(&g->rng, 256);
}

/* Mostly nonsense, but of a type and size that are looked into. */
static void kdp_nonsense_record(struct kdp_garbage *g, u8 *p, u32 room)
{
	struct kdp_disk_record r = { };
	u32 type = KDP_RECORD_CREATE +
		   kdp_random(&g->rng, KDP_RECORD_UNWRITTEN);

	if (kdp_random(&g->rng, 2))
		memset(p, kdp_random(&g->rng, 2) ? 'x' : 0, room);
	else
		kdp_randomize(g, p, room);
	r.type = cpu_to_le16(type);
	r.size = cpu_to_le16(kdp_record_size(type));
	if (kdp_random(&g->rng, 4))
		memcpy(p, &r, min_t(u32, room, sizeof(r)));
	/* let some pass: an id, a size, a name without an end */
	if (room >= 24 && kdp_random(&g->rng, 2))
		memset(p + 8, 1, 16);
}

static void kdp_try_record(struct kunit *test, const u8 *p, u32 room)
{
	struct kdp_garbage *g = test->priv;
	struct kdp_record rec;
	u32 size = 0;

	if (kdp_record_decode(p, room, &rec, &size))
		return;
	g->nr_taken++;
	KUNIT_EXPECT_LE(test, size, room);
	KUNIT_EXPECT_EQ(test, size, kdp_record_size(rec.type));
	if (rec.type == KDP_RECORD_CREATE) {
		KUNIT_EXPECT_NOT_NULL(test, memchr(rec.info.name, 0,
						   KDP_VOLUME_NAME_SIZE));
		KUNIT_EXPECT_EQ(test, rec.info.tags[KDP_TAGS_SIZE - 1], 0);
	}
}

static void records_at_the_end_of_a_page(struct kunit *test)
{
	struct kdp_garbage *g = test->priv;
	u32 i, room;

	for (i = 0; i < KDP_ROUNDS; i++) {
		room = 8 * kdp_random(&g->rng, 36);
		kdp_nonsense_record(g, g->page + PAGE_SIZE - room, room);
		kdp_try_record(test, g->page + PAGE_SIZE - room, room);
	}
	KUNIT_EXPECT_GT(test, g->nr_taken, 10);
}

static void records_of_any_size(struct kunit *test)
{
	struct kdp_garbage *g = test->priv;
	u32 i, room;
	u8 *p;

	for (i = 0; i < KDP_ROUNDS; i++) {
		room = 1 + kdp_random(&g->rng, KDP_MAX_RECORD_SIZE + 8);
		p = kmalloc(room, GFP_KERNEL);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, p);
		kdp_nonsense_record(g, p, room);
		kdp_try_record(test, p, room);
		kfree(p);
	}
	KUNIT_EXPECT_GT(test, g->nr_taken, 10);
}

/* A block of garbage; half of them are zeros up to somewhere. */
static void kdp_nonsense_block(struct kdp_garbage *g)
{
	kdp_randomize(g, g->page, KDP_BLOCK_SIZE);
	if (kdp_random(&g->rng, 2))
		memset(g->page + 64, 0, 4 * kdp_random(&g->rng, 1008));
}

/* Somebody of us wrote it; mostly. */
static void kdp_nonsense_seal(struct kdp_garbage *g, u16 type)
{
	struct kdp_block_id id = { .type = type, .block = 8, .epoch = 1,
				   .sequence = 1 };

	memcpy(id.uuid, kdp_uuid, sizeof(id.uuid));
	if (kdp_random(&g->rng, 16))
		kdp_block_seal(g->page, &id);
}

static void kdp_nonsense_journal(struct kdp_garbage *g)
{
	struct kdp_disk_journal *d = (void *)g->page;

	kdp_nonsense_block(g);
	if (kdp_random(&g->rng, 4)) {
		memset(d, 0, sizeof(*d));
		d->nr_parts = cpu_to_le16(kdp_random(&g->rng, 70));
		d->used = cpu_to_le32(kdp_random(&g->rng, 4050));
	}
	if (kdp_random(&g->rng, 2))
		kdp_nonsense_record(g, kdp_journal_payload(d),
				    KDP_JOURNAL_PAYLOAD);
	kdp_nonsense_seal(g, KDP_BLOCK_JOURNAL);
}

static void kdp_read_records(const u8 *records, u32 used)
{
	struct kdp_record rec;
	u32 size, at;

	for (at = 0; at < used; at += size)
		if (kdp_record_decode(records + at, used - at, &rec, &size))
			break;
}

static void journal_blocks(struct kunit *test)
{
	struct kdp_garbage *g = test->priv;
	struct kdp_journal_info info;
	u32 i;

	for (i = 0; i < KDP_ROUNDS / 4; i++) {
		kdp_nonsense_journal(g);
		if (kdp_journal_decode(g->page, kdp_uuid, 0, 8, &info))
			continue;
		g->nr_taken++;
		KUNIT_EXPECT_LE(test, info.used, KDP_JOURNAL_PAYLOAD);
		KUNIT_EXPECT_LT(test, info.part, info.nr_parts);
		kdp_read_records(kdp_journal_payload(g->page), info.used);
	}
	KUNIT_EXPECT_GT(test, g->nr_taken, 10);
}

static void superblocks(struct kunit *test)
{
	struct kdp_garbage *g = test->priv;
	struct kdp_super *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);
	u32 i;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, s);
	for (i = 0; i < KDP_ROUNDS / 4; i++) {
		kdp_nonsense_block(g);
		if (kdp_random(&g->rng, 2)) {
			/* past the first checks: version, then no flags */
			memset(g->page + 64, 0, 32);
			g->page[64] = KDP_VERSION;
		}
		kdp_nonsense_seal(g, KDP_BLOCK_SUPER);
		KUNIT_EXPECT_NE(test, KDP_OK,
				kdp_super_decode(g->page, 0, 8, s));
	}
}

static void kdp_read_maps(struct kunit *test)
{
	struct kdp_garbage *g = test->priv;
	struct kdp_extent e;
	u64 volume;
	u32 i, count = 0;

	if (kdp_ckpt_map_count(g->page, &volume, &count))
		return;
	g->nr_taken++;
	KUNIT_EXPECT_LE(test, count, KDP_EXTENTS_PER_BLOCK);
	for (i = 0; i < count; i++)
		kdp_ckpt_map_get(g->page, i, &e);
}

static void kdp_read_volumes(struct kunit *test)
{
	struct kdp_garbage *g = test->priv;
	struct kdp_volume_info v;
	u32 i, count = 0;

	if (kdp_ckpt_volumes_count(g->page, &count))
		return;
	g->nr_taken++;
	KUNIT_EXPECT_LE(test, count, KDP_VOLUMES_PER_BLOCK);
	for (i = 0; i < count; i++)
		kdp_ckpt_volumes_get(g->page, i, &v);
}

/* Garbage, but for a count: anything, or one near @limit. */
static void kdp_nonsense_count(struct kdp_garbage *g, u32 offset, u32 limit)
{
	__le32 count = cpu_to_le32(limit - 5 + kdp_random(&g->rng, 10));

	kdp_nonsense_block(g);
	if (!kdp_random(&g->rng, 4))
		return;
	memset(g->page + 64, 0, 16);
	memcpy(g->page + offset, &count, sizeof(count));
}

static void checkpoint_volumes_and_maps(struct kunit *test)
{
	struct kdp_garbage *g = test->priv;
	u32 i;

	for (i = 0; i < KDP_ROUNDS / 4; i++) {
		kdp_nonsense_count(g,
				   offsetof(struct kdp_disk_ckpt_volumes,
					    count), KDP_VOLUMES_PER_BLOCK);
		kdp_read_volumes(test);
		kdp_nonsense_count(g, offsetof(struct kdp_disk_ckpt_map, count),
				   KDP_EXTENTS_PER_BLOCK);
		kdp_read_maps(test);
	}
	KUNIT_EXPECT_GT(test, g->nr_taken, KDP_ROUNDS / 8);
}

static void checkpoint_heads_and_bitmaps(struct kunit *test)
{
	struct kdp_garbage *g = test->priv;
	u64 *words = kunit_kcalloc(test, KDP_BITMAP_WORDS, sizeof(u64),
				   GFP_KERNEL);
	struct kdp_ckpt_head head;
	u32 i, first;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, words);
	for (i = 0; i < KDP_ROUNDS / 4; i++) {
		kdp_nonsense_count(g, 64, 100);
		memset(g->page + KDP_BLOCK_SIZE - 16, i & 1, 16);
		kdp_ckpt_head_get(g->page, &head);
		g->nr_taken += !kdp_ckpt_bitmap_get(g->page, &first, words);
	}
	KUNIT_EXPECT_GT(test, g->nr_taken, KDP_ROUNDS / 16);
}

static int kdp_garbage_init(struct kunit *test)
{
	struct kdp_garbage *g = kunit_kzalloc(test, sizeof(*g), GFP_KERNEL);

	test->priv = g;
	if (!g)
		return -ENOMEM;
	g->rng = 1234567;
	g->page = vzalloc(PAGE_SIZE);
	return g->page ? 0 : -ENOMEM;
}

static void kdp_garbage_exit(struct kunit *test)
{
	struct kdp_garbage *g = test->priv;

	if (g)
		vfree(g->page);
}

static struct kunit_case kdp_garbage_cases[] = {
	KUNIT_CASE(records_at_the_end_of_a_page),
	KUNIT_CASE(records_of_any_size),
	KUNIT_CASE(journal_blocks),
	KUNIT_CASE(superblocks),
	KUNIT_CASE(checkpoint_volumes_and_maps),
	KUNIT_CASE(checkpoint_heads_and_bitmaps),
	{}
};

static struct kunit_suite kdp_garbage_suite = {
	.name = "kdp_garbage",
	.init = kdp_garbage_init,
	.exit = kdp_garbage_exit,
	.test_cases = kdp_garbage_cases,
};

kunit_test_suite(kdp_garbage_suite);
