// SPDX-License-Identifier: GPL-2.0-only
/*
 * The format against golden bytes: a change of these vectors is a change of
 * the format and needs a new version or feature flag once 1.0 is out.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <linux/crc32c.h>
#include <linux/limits.h>

#include "format/checkpoint.h"
#include "format/journal.h"
#include "format/name.h"
#include "format/record.h"
#include "format/super.h"

static u8 block[KDP_BLOCK_SIZE];

static struct kdp_super a_super(void)
{
	struct kdp_geometry_request want = { .device_blocks = 1 << 18 };
	struct kdp_super s = {
		.uuid = "0123456789abcdef",
		.name = "golden",
		.epoch = 3,
		.sequence = 8,
		.nonce = 0x1122334455667788ull,
		.flags = KDP_SUPER_CLEAN,
		.checkpoint = { .slot = 1, .nr_blocks = 5, .epoch = 2,
				.sequence = 40, .chain = 99, .journal_pos = 77 },
		.start_sequence = 41,
		.start_chain = 100,
		.created = 1000,
		.activated = 2000,
		.host = "host",
		.serial = "serial",
	};
	const char *why;

	assert_int_equal(kdp_geometry_make(&want, &s.geometry, &why), KDP_OK);
	return s;
}

/* "offset: hex" of some bytes of the block, against what is expected. */
static void golden(u32 offset, const char *want)
{
	char got[200] = "";
	u32 i;

	for (i = 0; i < strlen(want) / 2; i++)
		sprintf(got + 2 * i, "%02x", block[offset + i]);
	if (strcmp(got, want))
		fail_msg("offset %u: got %s, expected %s", offset, got, want);
}

static void crc_is_castagnoli(void **state)
{
	(void)state;
	assert_int_equal(~crc32c(~0u, "123456789", 9), 0xe3069283);
}

static void super_golden(void **state)
{
	struct kdp_super s = a_super();

	(void)state;
	kdp_super_encode(&s, 1, 0, block);
	golden(0, "4b445031");			/* "KDP1" */
	golden(8, "0100" "01" "00" "00000000");	/* type, replica, index */
	golden(16, "30313233343536373839616263646566");
	golden(32, "0010000000000000");		/* block 4096: 16 MiB */
	golden(40, "0300000000000000" "0800000000000000" "8877665544332211");
	golden(64, "01000000" "01000000");	/* version, flags */
	golden(96, "676f6c64656e00");		/* name */
	golden(128, "0000040000000000" "10000000" "00400000");
	golden(144, "00020000");		/* journal blocks */
	golden(160, "0100000000000000" "0004000000000000" "0000000000000000");
	golden(184, "0010000000000000");
	golden(280, "01000000" "05000000" "0200000000000000" "2800000000000000");
	golden(320, "2900000000000000" "6400000000000000");
	golden(368, "686f737400");
	golden(432, "73657269616c00");
	golden(496, "0000000000000000");
	golden(4, "07f1a58a");
}

static void moved_super_golden(void **state)
{
	struct kdp_super s = a_super(), t;

	(void)state;
	assert_int_equal(kdp_geometry_move(&s.geometry, 0, 0x8000), KDP_OK);
	assert_int_equal(kdp_geometry_move(&s.geometry, 0, 0x9000), KDP_OK);
	kdp_super_encode(&s, 0, 0, block);
	golden(160, "0100000000000000" "0090000000000000" "0000000000000000");
	golden(496, "0004000000000000" "0080000000000000" "0000000000000000");
	assert_int_equal(kdp_super_decode(block, 0, 1, &t), KDP_OK);
	assert_memory_equal(&s, &t, sizeof(s));
}

static void super_round_trip(void **state)
{
	struct kdp_super s = a_super(), t;
	u32 r, slot;

	(void)state;
	for (r = 0; r < KDP_REPLICAS; r++) {
		for (slot = 0; slot < 2; slot++) {
			u64 at = kdp_super_block(&s.geometry, r, slot);

			kdp_super_encode(&s, r, slot, block);
			assert_int_equal(kdp_super_decode(block, r, at, &t), 0);
			assert_memory_equal(&s, &t, sizeof(s));
			assert_int_equal(kdp_super_decode(block, r, at + 1, &t),
					 KDP_BAD_ADDRESS);
			assert_int_equal(kdp_super_decode(block, (r + 1) % 5,
							  at, &t),
					 KDP_BAD_REPLICA);
		}
	}
}

/* Every single bit matters. */
static void super_bit_flips_are_seen(void **state)
{
	struct kdp_super s = a_super(), t;
	u64 at = kdp_super_block(&s.geometry, 0, 0);
	u32 bit;

	(void)state;
	kdp_super_encode(&s, 0, 0, block);
	for (bit = 0; bit < 8 * KDP_BLOCK_SIZE; bit++) {
		block[bit / 8] ^= 1 << bit % 8;
		assert_int_not_equal(kdp_super_decode(block, 0, at, &t),
				     KDP_OK);
		block[bit / 8] ^= 1 << bit % 8;
	}
	assert_int_equal(kdp_super_decode(block, 0, at, &t), KDP_OK);
}

/* Change @size bytes at @offset, make the checksum right again. */
static enum kdp_fault patched(u32 offset, u64 value, u32 size)
{
	struct kdp_super s = a_super(), t;
	struct kdp_block_id id;

	kdp_super_encode(&s, 0, 0, block);
	memcpy(block + offset, &value, size);
	kdp_block_id_get(block, &id);
	kdp_block_seal(block, &id);
	return kdp_super_decode(block, 0, 1, &t);
}

static void super_validator_names_the_fault(void **state)
{
	(void)state;
	assert_int_equal(patched(64, 1, 4), KDP_OK);
	assert_int_equal(patched(64, 2, 4), KDP_BAD_VERSION);
	assert_int_equal(patched(68, 2, 4), KDP_BAD_RESERVED);
	assert_int_equal(patched(72, ~0ull, 8), KDP_OK);	/* compat */
	assert_int_equal(patched(80, ~0ull, 8), KDP_OK);	/* ro_compat */
	assert_int_equal(patched(88, 1, 8), KDP_BAD_FEATURE);
	assert_int_equal(patched(96, '/', 1), KDP_BAD_NAME);
	assert_int_equal(patched(128, 1000, 8), KDP_BAD_GEOMETRY);
	assert_int_equal(patched(136, 17, 4), KDP_BAD_GEOMETRY);
	assert_int_equal(patched(140, 0x7fffffff, 4), KDP_BAD_GEOMETRY);
	assert_int_equal(patched(148, 1, 4), KDP_BAD_GEOMETRY);
	assert_int_equal(patched(156, 1, 4), KDP_BAD_RESERVED);
	assert_int_equal(patched(168, ~0ull, 8), KDP_BAD_GEOMETRY);
	assert_int_equal(patched(192, 1024, 8), KDP_BAD_GEOMETRY);
	assert_int_equal(patched(280, 2, 4), KDP_BAD_COUNT);
	assert_int_equal(patched(284, 0, 4), KDP_BAD_COUNT);
	assert_int_equal(patched(288, 9, 8), KDP_BAD_EPOCH);
	assert_int_equal(patched(40, 0, 8), KDP_BAD_EPOCH);
	/* there must always be a next one */
	assert_int_equal(patched(40, ~0ull, 8), KDP_BAD_EPOCH);
	assert_int_equal(patched(48, 0, 8), KDP_BAD_SEQUENCE);
	assert_int_equal(patched(48, ~0ull, 8), KDP_BAD_SEQUENCE);
	assert_int_equal(patched(296, ~0ull, 8), KDP_BAD_SEQUENCE);
	assert_int_equal(patched(312, ~0ull, 8), KDP_BAD_SEQUENCE);
	assert_int_equal(patched(320, ~0ull, 8), KDP_BAD_SEQUENCE);
	/* retired: an extent in use, a home, the head, after a gap; free */
	assert_int_equal(patched(496, 1024, 8), KDP_BAD_GEOMETRY);
	assert_int_equal(patched(496, 4096, 8), KDP_BAD_GEOMETRY);
	assert_int_equal(patched(496, 1023, 8), KDP_BAD_GEOMETRY);
	assert_int_equal(patched(496, ~0ull, 8), KDP_BAD_GEOMETRY);
	assert_int_equal(patched(504, 0x8000, 8), KDP_BAD_GEOMETRY);
	assert_int_equal(patched(496, 0x8000, 8), KDP_OK);
	assert_int_equal(patched(4000, 1, 1), KDP_BAD_RESERVED);
}

static void record_golden(void **state)
{
	struct kdp_record rec = {
		.type = KDP_RECORD_MAP, .volume = 7,
		.extent = { .logical = 1, .physical = 2, .count = 3,
			    .birth = 4, .unwritten = true },
	};
	struct kdp_record back;
	u32 size;

	(void)state;
	kdp_record_encode(&rec, block);
	golden(0, "0300" "2000" "00000000" "0700000000000000");
	golden(16, "01000000" "02000000" "03000001" "04000000");
	assert_int_equal(kdp_record_decode(block, 32, &back, &size), KDP_OK);
	assert_int_equal(size, 32);
	assert_memory_equal(&rec, &back, sizeof(rec));
	assert_int_equal(kdp_record_decode(block, 31, &back, &size),
			 KDP_BAD_RECORD);
	block[0] = 9;
	assert_int_equal(kdp_record_decode(block, 32, &back, &size),
			 KDP_BAD_RECORD);
	block[0] = 3;
	block[27] = 2;
	assert_int_equal(kdp_record_decode(block, 32, &back, &size),
			 KDP_BAD_RESERVED);
	block[27] = 0;
	block[24] = 0;
	assert_int_equal(kdp_record_decode(block, 32, &back, &size),
			 KDP_BAD_EXTENT);
}

static void volume_golden(void **state)
{
	struct kdp_record rec = {
		.type = KDP_RECORD_CREATE,
		.info = { .id = 5, .sectors = 2048, .created = 9, .uid = 1000,
			  .pid = 42, .pid_start = 77, .name = "v",
			  .session = "s", .tags = "t" },
	};
	struct kdp_record back;
	u32 size;

	(void)state;
	rec.volume = 0;
	kdp_record_encode(&rec, block);
	golden(0, "0100" "0801" "00000000" "0500000000000000");
	golden(16, "0008000000000000" "0900000000000000" "4d00000000000000");
	golden(48, "e8030000" "2a000000");
	golden(80, "7600");
	golden(136, "7300");
	golden(184, "7400");
	assert_int_equal(kdp_record_decode(block, 264, &back, &size), KDP_OK);
	assert_memory_equal(&rec.info, &back.info, sizeof(rec.info));
	/* the same of a volume that exists */
	rec.type = KDP_RECORD_SET;
	kdp_record_encode(&rec, block);
	golden(0, "0700" "0801" "00000000" "0500000000000000");
	golden(80, "7600");
	assert_int_equal(kdp_record_decode(block, 264, &back, &size), KDP_OK);
	assert_int_equal(back.type, KDP_RECORD_SET);
	assert_memory_equal(&rec.info, &back.info, sizeof(rec.info));
	block[8] = 0;
	assert_int_equal(kdp_record_decode(block, 264, &back, &size),
			 KDP_BAD_VOLUME);
}

static void journal_golden(void **state)
{
	struct kdp_journal_info info = {
		.epoch = 2, .nonce = 3, .sequence = 4, .pos = 5,
		.prev_chain = 6, .chain = 7, .part = 1, .nr_parts = 2,
		.used = 16,
	};
	struct kdp_journal_info back;
	const u8 *uuid = (const u8 *)"0123456789abcdef";

	(void)state;
	memset(block, 0xee, sizeof(block));
	kdp_journal_seal(&info, uuid, 2, 1234, block);
	golden(8, "0200" "02" "00" "00000000");
	golden(32, "d204000000000000" "0200000000000000" "0400000000000000");
	golden(64, "0500000000000000" "0600000000000000" "0700000000000000");
	golden(88, "0100" "0200" "10000000");
	golden(112, "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee" "0000");
	assert_int_equal(kdp_journal_decode(block, uuid, 2, 1234, &back), 0);
	assert_memory_equal(&info, &back, sizeof(info));
	assert_int_equal(kdp_journal_decode(block, uuid, 3, 1234, &back),
			 KDP_BAD_REPLICA);
	assert_int_equal(kdp_journal_decode(block, uuid, 2, 1235, &back),
			 KDP_BAD_ADDRESS);
}

static void chain_depends_on_all(void **state)
{
	u64 base = kdp_chain_feed(kdp_chain_begin(1, 2, 3, 4, 5), "abc", 3);

	(void)state;
	assert_int_not_equal(base, kdp_chain_feed(kdp_chain_begin(9, 2, 3, 4, 5), "abc", 3));
	assert_int_not_equal(base, kdp_chain_feed(kdp_chain_begin(1, 9, 3, 4, 5), "abc", 3));
	assert_int_not_equal(base, kdp_chain_feed(kdp_chain_begin(1, 2, 9, 4, 5), "abc", 3));
	assert_int_not_equal(base, kdp_chain_feed(kdp_chain_begin(1, 2, 3, 9, 5), "abc", 3));
	assert_int_not_equal(base, kdp_chain_feed(kdp_chain_begin(1, 2, 3, 4, 9), "abc", 3));
	assert_int_not_equal(base, kdp_chain_feed(kdp_chain_begin(1, 2, 3, 4, 5), "abd", 3));
	assert_int_not_equal(base, kdp_chain_feed(kdp_chain_begin(1, 2, 3, 4, 5), "abc", 2));
}

static void checkpoint_round_trip(void **state)
{
	struct kdp_super s = a_super();
	struct kdp_extent e = { .logical = 1, .physical = 900, .count = 2 }, f;
	u64 words[KDP_BITMAP_WORDS] = { 0x8000000000000001ull }, back[KDP_BITMAP_WORDS];
	u64 volume;
	u32 n, first;
	u16 type;

	(void)state;
	kdp_ckpt_map_init(block, 12);
	for (n = 0; kdp_ckpt_map_add(block, &e); n++)
		e.logical += 2;
	assert_int_equal(n, KDP_EXTENTS_PER_BLOCK);
	kdp_ckpt_seal(block, KDP_BLOCK_CKPT_MAP, &s, &s.checkpoint, 2, 3);
	golden(8, "0600" "02" "00" "03000000");
	golden(40, "0200000000000000" "2800000000000000" "0000000000000000");
	assert_int_equal(kdp_ckpt_verify(block, &s, 2, 3, &type), KDP_OK);
	assert_int_equal(type, KDP_BLOCK_CKPT_MAP);
	assert_int_equal(kdp_ckpt_verify(block, &s, 1, 3, &type),
			 KDP_BAD_REPLICA);
	assert_int_equal(kdp_ckpt_map_count(block, &volume, &n), KDP_OK);
	assert_int_equal(volume, 12);
	assert_int_equal(kdp_ckpt_map_get(block, 250, &f), KDP_OK);
	assert_int_equal(f.logical, 501);

	kdp_ckpt_bitmap_put(block, 4, words);
	golden(64, "04000000");
	golden(80, "0100000000000080");
	assert_int_equal(kdp_ckpt_bitmap_get(block, &first, back), KDP_OK);
	assert_int_equal(first, 4);
	assert_memory_equal(words, back, sizeof(words));
}

static void geometry_of_all_sizes(void **state)
{
	u64 blocks;

	(void)state;
	for (blocks = KDP_MIN_DEVICE_BLOCKS; blocks < 1ull << 40;
	     blocks = blocks * 9 / 7 + 13) {
		struct kdp_geometry_request want = { .device_blocks = blocks };
		struct kdp_geometry g;
		const char *why;
		u32 i, first, count;

		if (kdp_geometry_make(&want, &g, &why))
			fail_msg("%llu blocks: %s", blocks, why);
		assert_true(g.nr_chunks <= KDP_MAX_CHUNKS);
		for (i = 0; i < KDP_RESERVED_RUNS; i++) {
			kdp_reserved_run(&g, i, &first, &count);
			assert_true(first + count <= g.nr_chunks);
		}
		/* head and tail are never given out */
		kdp_reserved_run(&g, 0, &first, &count);
		assert_true((u64)count * g.chunk_blocks >= KDP_HEAD_BLOCKS);
		kdp_reserved_run(&g, 1, &first, &count);
		assert_true((u64)first * g.chunk_blocks <=
			    blocks - KDP_TAIL_BLOCKS);
		assert_true(((u64)first + count) == g.nr_chunks);
	}
}

/* Chunks in use because of the layout alone. */
static u32 nr_reserved(const struct kdp_geometry *g)
{
	u8 *seen = calloc(1, g->nr_chunks);
	u32 i, first, count, n = 0;

	assert_non_null(seen);
	for (i = 0; i < KDP_RESERVED_RUNS; i++) {
		kdp_reserved_run(g, i, &first, &count);
		memset(seen + first, 1, count);
	}
	for (i = 0; i < g->nr_chunks; i++)
		n += seen[i];
	free(seen);
	return n;
}

static void geometry_moves(void **state)
{
	struct kdp_geometry g = a_super().geometry, was = g;
	u64 step = (kdp_extent_blocks(&g) / g.chunk_blocks + 1) *
		   g.chunk_blocks, at = 0x28000;
	u32 i, before = nr_reserved(&g);

	(void)state;
	/* not where something else is, nor where it is already */
	assert_int_equal(kdp_geometry_move(&g, 2, g.replica[1].extent),
			 KDP_BAD_GEOMETRY);
	assert_int_equal(kdp_geometry_move(&g, 2, g.replica[2].extent),
			 KDP_BAD_GEOMETRY);
	assert_int_equal(kdp_geometry_move(&g, 2, 0), KDP_BAD_GEOMETRY);
	assert_memory_equal(&g, &was, sizeof(g));
	for (i = 0; i < KDP_MAX_RETIRED; i++, at += step) {
		was = g;
		assert_int_equal(kdp_geometry_move(&g, i % 5, at), KDP_OK);
		assert_int_equal(g.replica[i % 5].extent, at);
		assert_int_equal(g.retired[i], was.replica[i % 5].extent);
		/* the old place stays in use */
		assert_int_equal(nr_reserved(&g), before + (i + 1) *
				 (step / g.chunk_blocks));
		/* and is no place to go back to */
		assert_int_equal(kdp_geometry_move(&g, 4, g.retired[i]),
				 KDP_BAD_GEOMETRY);
	}
	was = g;
	assert_int_equal(kdp_geometry_move(&g, 0, at), KDP_BAD_GEOMETRY);
	assert_memory_equal(&g, &was, sizeof(g));
}

static void geometry_refuses(void **state)
{
	static const struct kdp_geometry_request bad[] = {
		{ .device_blocks = KDP_MIN_DEVICE_BLOCKS - 1 },
		{ .device_blocks = 1 << 20, .chunk_blocks = 8 },
		{ .device_blocks = 1 << 20, .chunk_blocks = 48 },
		{ .device_blocks = 1ull << 32, .chunk_blocks = 16 },
		{ .device_blocks = 1 << 20, .journal_blocks = 7 },
		{ .device_blocks = 1 << 20, .max_volumes = 100000 },
		{ .device_blocks = 1 << 14, .journal_blocks = 5000 },
	};
	struct kdp_geometry g;
	const char *why;
	u32 i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(kdp_geometry_make(&bad[i], &g, &why),
				 KDP_BAD_GEOMETRY);
		assert_non_null(why);
	}
}

static void sizes(void **state)
{
	static const struct {
		const char *text;
		int err;
		u64 bytes;
	} cases[] = {
		{ "0", 0, 0 }, { "4096", 0, 4096 }, { "10G", 0, 10ull << 30 },
		{ "8s", 0, 4096 }, { "1k", 0, 1024 }, { "3T", 0, 3ull << 40 },
		{ "7P", 0, 7ull << 50 }, { "9223372036854775807", 0, S64_MAX },
		{ "", -EINVAL, 0 }, { "G", -EINVAL, 0 }, { "-1", -EINVAL, 0 },
		{ "10GB", -EINVAL, 0 }, { "1.5G", -EINVAL, 0 },
		{ "+1", -EINVAL, 0 }, { "10 G", -EINVAL, 0 },
		{ "9223372036854775808", -ERANGE, 0 },
		{ "99999999999999999999999", -ERANGE, 0 },
		{ "8192P", -ERANGE, 0 },
	};
	u64 bytes;
	u32 i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bytes = 0;
		if (kdp_parse_size(cases[i].text, &bytes) != cases[i].err ||
		    bytes != cases[i].bytes)
			fail_msg("\"%s\": %llu", cases[i].text, bytes);
	}
}

static void names(void **state)
{
	char longest[60];

	(void)state;
	memset(longest, 'x', sizeof(longest));
	longest[55] = 0;
	assert_true(kdp_volume_name_ok(longest, 60));
	longest[55] = 'x';
	longest[56] = 0;
	assert_false(kdp_volume_name_ok(longest, 60));
	assert_true(kdp_volume_name_ok("A.b-c_d+9", 10));
	assert_false(kdp_volume_name_ok("A.b-c_d+9", 9));
	assert_false(kdp_volume_name_ok("", 1));
	assert_false(kdp_volume_name_ok("-a", 3));
	assert_false(kdp_volume_name_ok(".", 2));
	assert_false(kdp_volume_name_ok("a/b", 4));
	assert_false(kdp_volume_name_ok("a b", 4));
	assert_false(kdp_volume_name_ok("\303\244", 3));
}

static void faults_have_names(void **state)
{
	int i;

	(void)state;
	for (i = 0; i <= KDP_NR_FAULTS; i++)
		assert_non_null(kdp_fault_name(i));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(crc_is_castagnoli),
		cmocka_unit_test(super_golden),
		cmocka_unit_test(moved_super_golden),
		cmocka_unit_test(super_round_trip),
		cmocka_unit_test(super_bit_flips_are_seen),
		cmocka_unit_test(super_validator_names_the_fault),
		cmocka_unit_test(record_golden),
		cmocka_unit_test(volume_golden),
		cmocka_unit_test(journal_golden),
		cmocka_unit_test(chain_depends_on_all),
		cmocka_unit_test(checkpoint_round_trip),
		cmocka_unit_test(geometry_of_all_sizes),
		cmocka_unit_test(geometry_moves),
		cmocka_unit_test(geometry_refuses),
		cmocka_unit_test(sizes),
		cmocka_unit_test(names),
		cmocka_unit_test(faults_have_names),
	};

	return cmocka_run_group_tests_name("format", tests, NULL, NULL);
}
