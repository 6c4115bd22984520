// SPDX-License-Identifier: GPL-2.0-only
/* The chain of commits tells epochs, nonces and sequences apart. */
#include <kunit/test.h>

#include "format/journal.h"
#include "format/super.h"

#define KDP_CHAINS	1000u

static const u8 kdp_uuid[KDP_UUID_SIZE] = "0123456789abcdef";

struct kdp_commit {
	u64 prev;
	u64 epoch;
	u64 nonce;
	u64 sequence;
	u32 nr_parts;
	const char *records;
};

static u64 kdp_chain_of(const struct kdp_commit *c)
{
	u64 chain = kdp_chain_begin(c->prev, c->epoch, c->nonce, c->sequence,
				    c->nr_parts);

	return kdp_chain_feed(chain, c->records, strlen(c->records));
}

static void each_part_of_a_commit_counts(struct kunit *test)
{
	static const struct kdp_commit commit[] = {
		{ 1, 2, 3, 4, 5, "records" },
		{ 9, 2, 3, 4, 5, "records" },
		{ 1, 9, 3, 4, 5, "records" },
		{ 1, 2, 9, 4, 5, "records" },
		{ 1, 2, 3, 9, 5, "records" },
		{ 1, 2, 3, 4, 9, "records" },
		{ 1, 2, 3, 4, 5, "Records" },
		{ 1, 2, 3, 4, 5, "record" },
		/* not one for another, either */
		{ 2, 1, 3, 4, 5, "records" },
		{ 1, 3, 2, 4, 5, "records" },
		{ 1, 2, 4, 3, 5, "records" },
		{ 1, 2, 3, 5, 4, "records" },
	};
	u32 i, k;

	for (i = 0; i < ARRAY_SIZE(commit); i++)
		for (k = 0; k < i; k++)
			KUNIT_EXPECT_NE_MSG(test, kdp_chain_of(&commit[i]),
					    kdp_chain_of(&commit[k]),
					    "commits %u and %u", i, k);
}

static void blocks_are_not_interchangeable(struct kunit *test)
{
	u64 begin = kdp_chain_begin(1, 2, 3, 4, 2);
	u64 ab = kdp_chain_feed(kdp_chain_feed(begin, "a", 1), "b", 1);

	KUNIT_EXPECT_NE(test, ab,
			kdp_chain_feed(kdp_chain_feed(begin, "b", 1), "a", 1));
	KUNIT_EXPECT_NE(test, ab, kdp_chain_feed(begin, "ab", 2));
	KUNIT_EXPECT_NE(test, ab,
			kdp_chain_feed(kdp_chain_feed(begin, "ab", 2), "", 0));
}

/* Two epochs that begin at the same place, and their commits one by one. */
static void epochs_never_meet_again(struct kunit *test)
{
	u64 *chain = kunit_kcalloc(test, 2 * KDP_CHAINS, sizeof(u64),
				   GFP_KERNEL);
	u64 *other = chain + KDP_CHAINS;
	u64 a = kdp_chain_start(kdp_uuid), b = a;
	u32 i, k;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, chain);
	for (i = 0; i < KDP_CHAINS; i++) {
		a = kdp_chain_begin(a, 7, 1000, i + 1, 1);
		b = kdp_chain_begin(b, 7, 1001, i + 1, 1);
		a = kdp_chain_feed(a, "same", 4);
		b = kdp_chain_feed(b, "same", 4);
		chain[i] = a;
		other[i] = b;
	}
	for (i = 0; i < 2 * KDP_CHAINS; i++)
		for (k = 0; k < i; k++)
			if (chain[i] == chain[k])
				KUNIT_FAIL(test, "chains %u and %u", i, k);
}

static void pools_begin_apart(struct kunit *test)
{
	u8 uuid[KDP_UUID_SIZE];
	u32 bit;

	for (bit = 0; bit < 8 * KDP_UUID_SIZE; bit++) {
		memcpy(uuid, kdp_uuid, sizeof(uuid));
		uuid[bit / 8] ^= 1 << bit % 8;
		KUNIT_EXPECT_NE(test, kdp_chain_start(uuid),
				kdp_chain_start(kdp_uuid));
	}
}

static void epoch_is_older_than_sequence(struct kunit *test)
{
	struct kdp_super *a = kunit_kzalloc(test, sizeof(*a), GFP_KERNEL);
	struct kdp_super *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, a);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, b);
	a->epoch = 3;
	a->sequence = 1;
	b->epoch = 2;
	b->sequence = U64_MAX;
	KUNIT_EXPECT_GT(test, kdp_super_compare(a, b), 0);
	KUNIT_EXPECT_LT(test, kdp_super_compare(b, a), 0);
	b->epoch = 3;
	KUNIT_EXPECT_LT(test, kdp_super_compare(a, b), 0);
	a->sequence = U64_MAX;
	KUNIT_EXPECT_EQ(test, kdp_super_compare(a, b), 0);
}

static struct kunit_case kdp_chain_cases[] = {
	KUNIT_CASE(each_part_of_a_commit_counts),
	KUNIT_CASE(blocks_are_not_interchangeable),
	KUNIT_CASE(epochs_never_meet_again),
	KUNIT_CASE(pools_begin_apart),
	KUNIT_CASE(epoch_is_older_than_sequence),
	{}
};

static struct kunit_suite kdp_chain_suite = {
	.name = "kdp_chain",
	.test_cases = kdp_chain_cases,
};

kunit_test_suite(kdp_chain_suite);
