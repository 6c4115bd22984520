// SPDX-License-Identifier: GPL-2.0-only
/* Journal blocks: what is sealed comes back, what is damaged is found. */
#include <kunit/test.h>
#include <linux/crc32c.h>
#include <linux/vmalloc.h>

#include "store/private.h"
#include "world.h"

#define KDP_J_ADDRESS	4711u
#define KDP_J_BLOCKS	6u	/* of the longest commit */

static const u8 kdp_uuid[KDP_UUID_SIZE] = "0123456789abcdef";

struct kdp_journal_test {
	u8 *block;		/* a page with nothing behind it */
	struct kdp_batch batch;
	u64 rng;
};

static const struct kdp_journal_info kdp_info = {
	.epoch = 2, .nonce = 3, .sequence = 4, .pos = 5, .prev_chain = 6,
	.chain = 7, .part = 1, .nr_parts = 3, .used = 1600,
};

/* Seal a block of random records for @r. */
static void kdp_a_block(struct kdp_journal_test *t, u8 r)
{
	u8 *records = kdp_journal_payload(t->block);
	u32 i;

	for (i = 0; i < KDP_JOURNAL_PAYLOAD; i++)
		records[i] = kdp_random(&t->rng, 256);
	kdp_journal_seal(&kdp_info, kdp_uuid, r, KDP_J_ADDRESS + r, t->block);
}

static enum kdp_fault kdp_read(struct kdp_journal_test *t, u8 r,
			       struct kdp_journal_info *info)
{
	return kdp_journal_decode(t->block, kdp_uuid, r, KDP_J_ADDRESS + r,
				  info);
}

/* The checksum as the format tells it, not as the code computes it. */
static void kdp_sum(u8 *block)
{
	struct kdp_disk_header *h = (void *)block;

	h->checksum = 0;
	h->checksum = cpu_to_le32(~crc32c(~0u, block, KDP_BLOCK_SIZE));
}

static void round_trip_on_all_replicas(struct kunit *test)
{
	struct kdp_journal_test *t = test->priv;
	const u8 *records = kdp_journal_payload(t->block);
	struct kdp_journal_info info;
	u32 r, other;

	for (r = 0; r < KDP_REPLICAS; r++) {
		kdp_a_block(t, r);
		memset(&info, 0, sizeof(info));
		KUNIT_EXPECT_EQ(test, kdp_read(t, r, &info), KDP_OK);
		KUNIT_EXPECT_EQ(test, 0, memcmp(&info, &kdp_info,
						sizeof(info)));
		KUNIT_EXPECT_TRUE(test,
				  kdp_is_zero(records + kdp_info.used,
					      KDP_JOURNAL_PAYLOAD -
					      kdp_info.used));
		kdp_sum(t->block);
		KUNIT_EXPECT_EQ(test, kdp_read(t, r, &info), KDP_OK);
		for (other = 0; other < KDP_REPLICAS; other++)
			if (other != r)
				KUNIT_EXPECT_NE(test, KDP_OK,
						kdp_read(t, other, &info));
	}
}

/* Damage whose checksum is right: by somebody's fault, not by the disk's. */
static const struct kdp_damage {
	u32 offset;
	u32 size;
	u64 value;
	enum kdp_fault fault;	/* KDP_OK: it is told, the caller judges */
} kdp_damages[] = {
	{ 0, 4, 0x3250444b, KDP_BAD_MAGIC },
	{ 8, 2, KDP_BLOCK_SUPER, KDP_BAD_TYPE },
	{ 8, 2, 0x102, KDP_BAD_TYPE },
	{ 10, 1, 7, KDP_BAD_REPLICA },
	{ 11, 1, 1, KDP_BAD_RESERVED },
	{ 12, 4, 1, KDP_BAD_RESERVED },
	{ 12, 4, 1u << 31, KDP_BAD_RESERVED },
	{ 16, 8, 0, KDP_BAD_UUID },
	{ 24, 8, 0, KDP_BAD_UUID },
	{ 32, 8, KDP_J_ADDRESS - 1, KDP_BAD_ADDRESS },
	{ 32, 8, KDP_J_ADDRESS | 1ull << 63, KDP_BAD_ADDRESS },
	{ 40, 8, 0, KDP_BAD_EPOCH },
	{ 40, 8, 99, KDP_OK },
	{ 48, 8, 0, KDP_BAD_SEQUENCE },
	{ 48, 8, 99, KDP_OK },
	{ 56, 8, 99, KDP_OK },
	{ 64, 8, 99, KDP_OK },
	{ 72, 8, 99, KDP_OK },
	{ 80, 8, 99, KDP_OK },
	{ 88, 2, 3, KDP_BAD_COUNT },
	{ 88, 2, 0xffff, KDP_BAD_COUNT },
	{ 88, 2, 2, KDP_OK },
	{ 90, 2, 0, KDP_BAD_COUNT },
	{ 90, 2, 1, KDP_BAD_COUNT },
	{ 90, 2, KDP_MAX_PARTS + 1, KDP_BAD_COUNT },
	{ 92, 4, KDP_JOURNAL_PAYLOAD + 1, KDP_BAD_RECORD },
	{ 92, 4, ~0u, KDP_BAD_RECORD },
	{ 92, 4, 1592, KDP_OK },
	{ 96, 8, 1, KDP_BAD_RESERVED },
	{ 104, 8, 1ull << 63, KDP_BAD_RESERVED },
};

static void kdp_expect_fault(struct kunit *test, const struct kdp_damage *d,
			     u8 r)
{
	struct kdp_journal_test *t = test->priv;
	struct kdp_journal_info info = kdp_info;
	enum kdp_fault fault;
	__le64 value = cpu_to_le64(d->value);

	kdp_a_block(t, r);
	memcpy(t->block + d->offset, &value, d->size);
	fault = kdp_read(t, r, &info);
	KUNIT_EXPECT_EQ(test, fault, d->offset ? KDP_BAD_CHECKSUM :
						 KDP_BAD_MAGIC);
	kdp_sum(t->block);
	fault = kdp_read(t, r, &info);
	KUNIT_EXPECT_EQ_MSG(test, fault, d->fault, "offset %u, value %llx: %s",
			    d->offset, d->value, kdp_fault_name(fault));
	KUNIT_EXPECT_EQ_MSG(test, !memcmp(&info, &kdp_info, sizeof(info)),
			    d->fault != KDP_OK, "offset %u, value %llx",
			    d->offset, d->value);
}

static void every_field_is_checked(struct kunit *test)
{
	u32 r, i;

	for (r = 0; r < KDP_REPLICAS; r++)
		for (i = 0; i < ARRAY_SIZE(kdp_damages); i++)
			kdp_expect_fault(test, &kdp_damages[i], r);
}

static void every_bit_is_covered(struct kunit *test)
{
	struct kdp_journal_test *t = test->priv;
	struct kdp_journal_info info;
	u32 bit, nr_bits = 8 * KDP_BLOCK_SIZE;

	kdp_a_block(t, 4);
	/* all of the header, then some of the rest */
	for (bit = 0; bit < nr_bits;) {
		t->block[bit / 8] ^= 1 << bit % 8;
		if (!kdp_read(t, 4, &info))
			KUNIT_FAIL(test, "bit %u may be flipped", bit);
		t->block[bit / 8] ^= 1 << bit % 8;
		bit += bit < 8 * sizeof(struct kdp_disk_journal) ? 1 :
			1 + kdp_random(&t->rng, 100);
	}
	KUNIT_EXPECT_EQ(test, kdp_read(t, 4, &info), KDP_OK);
}

/* A record of any type that says of itself what it is: the @n-th. */
static void kdp_nth_record(struct kdp_journal_test *t, u32 n,
			   struct kdp_record *rec)
{
	memset(rec, 0, sizeof(*rec));
	rec->type = KDP_RECORD_CREATE + n % KDP_RECORD_UNWRITTEN;
	if (rec->type == KDP_RECORD_CREATE) {
		rec->info.id = n + 1;
		rec->info.sectors = 8 * (n + 1);
		rec->info.birth = n;
		snprintf(rec->info.name, sizeof(rec->info.name), "v%u", n);
		return;
	}
	rec->volume = n + 1;
	if (rec->type == KDP_RECORD_REMOVE)
		return;
	rec->extent.logical = n;
	rec->extent.count = n + 1;
	if (rec->type == KDP_RECORD_MAP) {
		rec->extent.physical = 2 * n;
		rec->extent.birth = n;
		rec->extent.unwritten = n & 1;
	}
}

/* Fill the batch to its last byte; returns how many records that took. */
static u32 kdp_fill_batch(struct kdp_journal_test *t)
{
	struct kdp_record rec;
	u32 n = 0;

	kdp_nth_record(t, n, &rec);
	while (kdp_batch_add(&t->batch, &rec))
		kdp_nth_record(t, ++n, &rec);
	return n;
}

/* Block @i of the batch as replica @r has it; returns its chain so far. */
static u64 kdp_write_part(struct kdp_journal_test *t, u8 r, u32 i, u64 chain)
{
	const u8 *image = t->batch.blocks + i * KDP_BLOCK_SIZE;
	struct kdp_journal_info info = kdp_info;

	info.part = i;
	info.nr_parts = t->batch.nr_blocks;
	info.used = t->batch.used[i];
	memcpy(t->block, image, KDP_BLOCK_SIZE);
	kdp_journal_seal(&info, kdp_uuid, r, KDP_J_ADDRESS + r, t->block);
	return kdp_chain_feed(chain, kdp_journal_payload(t->block), info.used);
}

/* Compare all records of the block, beginning with the @n-th. */
static u32 kdp_read_part(struct kunit *test, u8 r, u32 i, u32 n)
{
	struct kdp_journal_test *t = test->priv;
	struct kdp_journal_info info = { };
	struct kdp_record rec, want;
	u32 size, at = 0;

	KUNIT_EXPECT_EQ(test, kdp_read(t, r, &info), KDP_OK);
	KUNIT_EXPECT_EQ(test, info.part, i);
	KUNIT_EXPECT_EQ(test, info.used, t->batch.used[i]);
	for (; at < info.used; at += size, n++) {
		KUNIT_ASSERT_EQ(test, KDP_OK,
				kdp_record_decode(kdp_journal_payload(t->block)
						  + at, info.used - at, &rec,
						  &size));
		kdp_nth_record(t, n, &want);
		KUNIT_EXPECT_EQ_MSG(test, 0, memcmp(&rec, &want, sizeof(rec)),
				    "record %u", n);
	}
	KUNIT_EXPECT_EQ(test, at, info.used);
	return n;
}

static void records_across_blocks(struct kunit *test)
{
	struct kdp_journal_test *t = test->priv;
	u32 nr, n, r, i;
	u64 chain, first = 0;

	nr = kdp_fill_batch(t);
	KUNIT_EXPECT_EQ(test, t->batch.nr_blocks, KDP_J_BLOCKS);
	KUNIT_EXPECT_GT(test, nr, 20 * KDP_J_BLOCKS);
	for (r = 0; r < KDP_REPLICAS; r++) {
		chain = kdp_chain_begin(1, 2, 3, 4, t->batch.nr_blocks);
		for (i = 0, n = 0; i < t->batch.nr_blocks; i++) {
			chain = kdp_write_part(t, r, i, chain);
			n = kdp_read_part(test, r, i, n);
		}
		KUNIT_EXPECT_EQ(test, n, nr);
		first = first ?: chain;
		KUNIT_EXPECT_EQ_MSG(test, chain, first,
				    "the chain is not the same on R%u", r);
	}
}

static int kdp_journal_test_init(struct kunit *test)
{
	struct kdp_journal_test *t = kunit_kzalloc(test, sizeof(*t),
						   GFP_KERNEL);

	test->priv = t;
	if (!t)
		return -ENOMEM;
	t->rng = 4711;
	INIT_LIST_HEAD(&t->batch.freed);
	t->batch.max_blocks = KDP_J_BLOCKS;
	t->batch.blocks = vzalloc(KDP_J_BLOCKS * KDP_BLOCK_SIZE);
	t->block = vmalloc(KDP_BLOCK_SIZE);
	return t->batch.blocks && t->block ? 0 : -ENOMEM;
}

static void kdp_journal_test_exit(struct kunit *test)
{
	struct kdp_journal_test *t = test->priv;

	if (!t)
		return;
	vfree(t->batch.blocks);
	vfree(t->block);
}

static struct kunit_case kdp_journal_cases[] = {
	KUNIT_CASE(round_trip_on_all_replicas),
	KUNIT_CASE(every_field_is_checked),
	KUNIT_CASE(every_bit_is_covered),
	KUNIT_CASE(records_across_blocks),
	{}
};

static struct kunit_suite kdp_journal_suite = {
	.name = "kdp_journal",
	.init = kdp_journal_test_init,
	.exit = kdp_journal_test_exit,
	.test_cases = kdp_journal_cases,
};

kunit_test_suite(kdp_journal_suite);
