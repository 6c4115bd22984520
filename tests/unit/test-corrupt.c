// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every named corruption, on one to five replicas: to a pool that is not
 * active, which is then activated, and to one that is, which is scrubbed and
 * repaired.  Compared with a twin that was left alone.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "corruptions.h"
#include "pool.h"
#include "store/private.h"

static const char *const volumes[] = { "create a 4M", "create b 1M", NULL };

static struct memdisk *base, *older, *work, *twin;

static void disk_read(void *disk, u64 block, void *data)
{
	struct memdisk *d = disk;

	memcpy(data, d->now + block * KDP_BLOCK_SIZE, KDP_BLOCK_SIZE);
}

static void disk_write(void *disk, u64 block, const void *data)
{
	struct memdisk *d = disk;

	memcpy(d->now + block * KDP_BLOCK_SIZE, data, KDP_BLOCK_SIZE);
	memcpy(d->durable + block * KDP_BLOCK_SIZE, data, KDP_BLOCK_SIZE);
}

/* Make @to what @from is: its metadata, as nothing else is written. */
static void copy_disk(struct memdisk *to, const struct memdisk *from)
{
	struct victim v = { .read = disk_read, .disk = base };
	struct memdisk *source = (struct memdisk *)from;
	static u8 block[KDP_BLOCK_SIZE];
	const struct kdp_geometry *g = &v.super.geometry;
	u64 i;
	u32 r;

	memdisk_ops.flush(to);
	assert_true(victim_look(&v, base->nr_blocks));
	for (r = 0; r < KDP_REPLICAS; r++) {
		for (i = 0; i < KDP_SUPER_SLOTS; i++) {
			disk_read(source, kdp_super_block(g, r, i), block);
			disk_write(to, kdp_super_block(g, r, i), block);
		}
		for (i = 0; i < kdp_extent_blocks(g); i++) {
			disk_read(source, g->replica[r].extent + i, block);
			disk_write(to, g->replica[r].extent + i, block);
		}
	}
	to->rng = from->rng;
	to->nr_writes = 0;
}

static struct kdp_store *start(struct memdisk *d)
{
	int err;

	return pool_start(d, &err);
}

/* A pool with a checkpoint, and commits in the journal; and its past. */
static int make(void **state)
{
	struct kdp_store *s;

	(void)state;
	base = memdisk_new(POOL_BLOCKS, 1);
	assert_int_equal(pool_format(base, 64, volumes), 0);
	s = start(base);
	assert_non_null(s);
	assert_int_equal(pool_execute(s, "create c 1M"), 0);
	older = memdisk_clone(base);
	assert_int_equal(pool_execute(s, "create d 1M"), 0);
	assert_int_equal(kdp_store_checkpoint(s), 0);
	assert_int_equal(pool_execute(s, "create e 1M"), 0);
	assert_int_equal(pool_execute(s, "remove b"), 0);
	kdp_store_free(s);
	work = memdisk_clone(base);
	twin = memdisk_clone(base);
	return 0;
}

static int unmake(void **state)
{
	(void)state;
	memdisk_free(base);
	memdisk_free(older);
	memdisk_free(work);
	memdisk_free(twin);
	return 0;
}

static void harm(struct memdisk *d, const struct corruption *c, u32 from,
		 u32 n)
{
	struct victim v = {
		.read = disk_read, .write = disk_write, .disk = d,
		.old = older,
	};
	u32 i;

	assert_true(victim_look(&v, d->nr_blocks));
	for (i = 0; i < n; i++)
		c->harm(&v, (from + i) % KDP_REPLICAS);
	for (; c->rest && i < KDP_REPLICAS; i++)
		c->rest(&v, (from + i) % KDP_REPLICAS);
}

static bool same(const struct memdisk *a, const struct memdisk *b, u64 block)
{
	return !memcmp(a->now + block * KDP_BLOCK_SIZE,
		       b->now + block * KDP_BLOCK_SIZE, KDP_BLOCK_SIZE);
}

/* All that is in use of all copies; @s is open on one of them. */
static void same_bytes(const struct kdp_store *s, const struct memdisk *a,
		       const struct memdisk *b)
{
	const struct kdp_geometry *g = &s->super.geometry;
	const struct kdp_checkpoint_ref *ref = &s->super.checkpoint;
	u64 i;
	u32 r;

	for (r = 0; r < KDP_REPLICAS; r++) {
		for (i = 0; i < KDP_SUPER_SLOTS; i++)
			assert_true(same(a, b, kdp_super_block(g, r, i)));
		for (i = ref->journal_pos; i < s->pos; i++)
			assert_true(same(a, b, kdp_journal_block(g, r, i)));
		for (i = 0; i < ref->nr_blocks; i++)
			assert_true(same(a, b, kdp_slot_block(g, r, ref->slot,
							      i)));
	}
}

static void same_pool(struct kdp_store *a, struct kdp_store *b)
{
	char *text = strdup(pool_describe(a));

	assert_string_equal(text, pool_describe(b));
	assert_memory_equal(a->model.space.used, b->model.space.used,
			    a->model.space.nr_words * sizeof(u64));
	free(text);
}

/* All copies are good, and bitmap and maps agree. */
static void all_well(struct kdp_store *s)
{
	struct kdp_worker w = { .now = 1 };
	struct kdp_scrub_result found;
	u32 r;

	if (kdp_store_wants_repair(s))
		assert_int_equal(kdp_store_repair(s, &w, false), 0);
	assert_int_equal(kdp_store_scrub(s, &w, &found), 0);
	for (r = 0; r < KDP_REPLICAS; r++)
		assert_int_equal(found.bad[r], 0);
	assert_true(found.crossed);
	assert_int_equal(found.cross.mapped_but_free, 0);
	assert_int_equal(found.cross.leaked, 0);
}

/* What activation makes of it. */
static const char *offline(const struct corruption *c, u32 from, u32 n)
{
	struct memdisk *d = work;
	const char *what = "healed";
	struct kdp_store *s, *t;

	copy_disk(work, base);
	copy_disk(twin, base);
	harm(d, c, from, n);
	s = start(d);
	t = start(twin);
	assert_non_null(t);
	if (!s) {
		what = "refused";
		assert_int_equal(d->nr_writes, 0);
		assert_true(pool_why[0]);
	} else if (n == KDP_REPLICAS && c->five == CORRUPTION_OLDER) {
		what = "older";
		assert_true(s->sequence < t->sequence);
	} else {
		same_pool(s, t);
		/* three that agree outvote two: the maps tell, not the bytes */
		if (!s->report.cross.mapped_but_free &&
		    s->super.sequence == t->super.sequence)
			same_bytes(t, d, twin);
		else
			what = "healed*";
		all_well(s);
		same_pool(s, t);
	}
	kdp_store_free(s);
	kdp_store_free(t);
	return what;
}

/* What scrub and repair make of it. */
static const char *active(const struct corruption *c, u32 from, u32 n)
{
	struct kdp_worker w = { .now = 1 };
	struct kdp_scrub_result found;
	struct memdisk *d = work;
	struct kdp_store *s, *t;
	const char *what = "healed";
	u64 sequence;
	u32 i;
	int err;

	copy_disk(work, base);
	s = start(d);
	assert_non_null(s);
	assert_int_equal(kdp_store_checkpoint(s), 0);
	assert_int_equal(pool_execute(s, "create f 1M"), 0);
	assert_int_equal(pool_execute(s, "create g 1M"), 0);
	copy_disk(twin, d);
	sequence = s->super.checkpoint.sequence + s->super.sequence;
	harm(d, c, from, n);
	assert_int_equal(kdp_store_scrub(s, &w, &found), 0);
	for (i = 0; i < KDP_REPLICAS; i++)
		assert_int_equal(!!found.bad[(from + i) % KDP_REPLICAS],
				 i < n || c->rest);
	assert_int_equal(kdp_store_repair(s, &w, true), 0);
	if (sequence == s->super.checkpoint.sequence + s->super.sequence)
		same_bytes(s, d, twin);
	else
		what = "memory";
	assert_true(n == KDP_REPLICAS || !strcmp(what, "healed"));
	all_well(s);
	kdp_store_free(s);
	/* and it is there */
	s = start(d);
	assert_non_null(s);
	t = pool_start(twin, &err);
	assert_non_null(t);
	same_pool(s, t);
	kdp_store_free(s);
	kdp_store_free(t);
	return what;
}

static void row(const struct corruption *c,
		const char *(*f)(const struct corruption *c, u32 from, u32 n))
{
	const char *first, *what;
	u32 n, from;

	for (n = 1; n <= KDP_REPLICAS; n++) {
		first = f(c, 0, n);
		for (from = 1; from < KDP_REPLICAS; from++) {
			what = f(c, from, n);
			assert_string_equal(what, first);
		}
		print_message(" %-7s", first);
		if (f == active || n < KDP_REPLICAS)
			assert_string_not_equal(first, "refused");
		else
			assert_int_equal(!strcmp(first, "refused"),
					 c->five == CORRUPTION_REFUSED);
	}
}

static void table(const char *name,
		  const char *(*f)(const struct corruption *c, u32 from, u32 n))
{
	u32 i;

	print_message("%-18s replicas: 1, 2, 3, 4, 5\n", name);
	for (i = 0; i < nr_corruptions; i++) {
		print_message("%-18s", corruptions[i].name);
		row(&corruptions[i], f);
		print_message("\n");
	}
}

static void pool_that_is_not_active(void **state)
{
	(void)state;
	table("NOT ACTIVE", offline);
}

static void pool_that_is_active(void **state)
{
	(void)state;
	table("ACTIVE", active);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pool_that_is_not_active),
		cmocka_unit_test(pool_that_is_active),
	};

	return cmocka_run_group_tests(tests, make, unmake);
}
