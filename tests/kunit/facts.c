// SPDX-License-Identifier: GPL-2.0-only
/* What the code takes for granted of the kernel it runs in. */
#include <kunit/test.h>
#include <linux/crc32c.h>
#include <linux/mm.h>

#include "model/map-word.h"

#define KDP_MANY_LEAVES	200u

static_assert(sizeof(struct kdp_leaf) == PAGE_SIZE);
static_assert(offsetof(struct kdp_leaf, entry) % sizeof(u64) == 0);
/* kfree_rcu() takes a small offset for one, and not for a function */
static_assert(offsetof(struct kdp_leaf, rcu) < 4096);
static_assert(sizeof(((struct kdp_map *)0)->dir[0]) == sizeof(void *));

static void leaves_are_page_aligned(struct kunit *test)
{
	struct kdp_leaf **leaf = kunit_kcalloc(test, KDP_MANY_LEAVES,
					       sizeof(*leaf), GFP_KERNEL);
	u32 i;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, leaf);
	for (i = 0; i < KDP_MANY_LEAVES; i++) {
		leaf[i] = kdp_leaf_new(NULL);
		KUNIT_EXPECT_NOT_ERR_OR_NULL(test, leaf[i]);
		KUNIT_EXPECT_TRUE(test, PAGE_ALIGNED(leaf[i]));
		KUNIT_EXPECT_EQ(test, ksize(leaf[i]), sizeof(struct kdp_leaf));
	}
	for (i = 0; i < KDP_MANY_LEAVES; i++)
		if (leaf[i])
			kdp_leaf_put(leaf[i]);
}

static void words_keep_what_is_put_in(struct kunit *test)
{
	struct kdp_leaf *leaf = kdp_leaf_new(NULL);
	u64 w = kdp_word(0xfedcba98, 0x0abcdef1, true);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, leaf);
	KUNIT_EXPECT_TRUE(test, kdp_word_is_leaf(kdp_leaf_word(leaf)));
	KUNIT_EXPECT_PTR_EQ(test, kdp_word_leaf(kdp_leaf_word(leaf)), leaf);
	kdp_leaf_put(leaf);
	KUNIT_EXPECT_FALSE(test, kdp_word_is_leaf(w));
	KUNIT_EXPECT_EQ(test, kdp_word_physical(w), 0xfedcba98);
	KUNIT_EXPECT_EQ(test, kdp_word_birth(w), 0x0abcdef1);
	/* an advance wraps within the physical chunk and harms nothing else */
	w = kdp_word_advance(w, 0x02000000);
	KUNIT_EXPECT_EQ(test, kdp_word_physical(w), 0x00dcba98);
	KUNIT_EXPECT_EQ(test, kdp_word_birth(w), 0x0abcdef1);
	KUNIT_EXPECT_EQ(test, kdp_word(0, ~0u, false) & KDP_W_LEAF, 0);
}

static void words_are_written_in_one_piece(struct kunit *test)
{
	u64 word;

	compiletime_assert_rwonce_type(word);
	KUNIT_EXPECT_TRUE(test, __native_word(word));
	KUNIT_EXPECT_EQ(test, sizeof(long), sizeof(word));
}

static void checksum_is_crc32c(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, ~crc32c(~0u, "123456789", 9), 0xe3069283u);
}

static struct kunit_case kdp_facts_cases[] = {
	KUNIT_CASE(leaves_are_page_aligned),
	KUNIT_CASE(words_keep_what_is_put_in),
	KUNIT_CASE(words_are_written_in_one_piece),
	KUNIT_CASE(checksum_is_crc32c),
	{}
};

static struct kunit_suite kdp_facts_suite = {
	.name = "kdp_facts",
	.test_cases = kdp_facts_cases,
};

kunit_test_suite(kdp_facts_suite);
