// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random operations, the power failing at a random write, recovery (which may
 * itself lose power), and the same again on the same disk.  What is recovered
 * must be a state that the pool was in, no older than the last acknowledged.
 *
 * KDP_SEED replays one run; KDP_ROUNDS says how many.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <linux/printk.h>

#include "pool.h"

#define MAX_STATES	64
#define OPS_PER_ROUND	12

/* The states since the last recovery; states[acked] was acknowledged. */
struct history {
	char *state[MAX_STATES];
	u32 nr;
	u32 acked;
};

static void history_clear(struct history *h)
{
	while (h->nr)
		free(h->state[--h->nr]);
	h->acked = 0;
}

static void history_add(struct history *h, struct kdp_store *s)
{
	if (h->nr == MAX_STATES)
		abort();
	h->state[h->nr++] = strdup(pool_describe(s));
}

static int history_find(const struct history *h, const char *state)
{
	int i;

	for (i = h->nr - 1; i >= 0; i--)
		if (!strcmp(h->state[i], state))
			return i;
	return -1;
}

static bool first_volume(const struct kdp_volume *v, void *data)
{
	u64 *pick = data;

	if (!pick[0]--) {
		pick[1] = v->info.id;
		return false;
	}
	return true;
}

static u64 random_volume(struct kdp_store *s, struct memdisk *d)
{
	struct kdp_store_info info;
	u64 pick[2] = { 0, 0 };

	kdp_store_info(s, &info);
	if (!info.nr_volumes)
		return 0;
	pick[0] = memdisk_random(d) % info.nr_volumes;
	kdp_store_for_each(s, first_volume, pick);
	return pick[1];
}

static void one_written(struct kdp_store *s, struct memdisk *d,
			struct history *h)
{
	struct kdp_volume *v;
	u32 logical, count;
	char name[32];

	snprintf(name, sizeof(name), "#%llu", random_volume(s, d));
	if (kdp_store_volume_get(s, name, &v))
		return;
	logical = memdisk_random(d) % v->nr_chunks;
	count = 1 + memdisk_random(d) % (v->nr_chunks - logical);
	if (!kdp_store_written(s, v, logical, count))
		history_add(h, s);
	kdp_store_volume_put(s, v);
}

static int one_message(struct kdp_store *s, struct memdisk *d, u32 n)
{
	char text[80];

	if (memdisk_random(d) % 3)
		snprintf(text, sizeof(text), "create v%u %lluK", n,
			 (memdisk_random(d) % 40 + 1) * 64);
	else
		snprintf(text, sizeof(text), "remove #%llu",
			 random_volume(s, d));
	if (strstr(text, "#0"))
		return -ENOENT;
	return pool_execute(s, text);
}

static void one_op(struct kdp_store *s, struct memdisk *d, struct history *h,
		   u32 n)
{
	int err;

	switch (memdisk_random(d) % 8) {
	case 0:
		err = kdp_store_commit(s, NULL);
		break;
	case 1:
		err = kdp_store_checkpoint(s);
		break;
	case 2:
	case 3:
	case 4:
		one_written(s, d, h);
		return;
	default:
		err = one_message(s, d, n);
		/* applied in memory although the commit failed */
		history_add(h, s);
	}
	if (!err)
		h->acked = h->nr - 1;
}

/* Recover until an attempt is not cut short by another power failure. */
static struct kdp_store *recover(struct memdisk *d, u64 seed)
{
	struct kdp_store *s;
	int err;

	for (;;) {
		memdisk_power_cycle(d);
		if (memdisk_random(d) % 4 == 0)
			d->crash_after = d->nr_writes + 1 +
					 memdisk_random(d) % 20;
		s = pool_start(d, &err);
		if (s && !d->dead) {
			d->crash_after = 0;
			return s;
		}
		if (!d->dead)
			fail_msg("seed %llu: recovery refused: %d %s", seed,
				 err, pool_why);
		kdp_store_free(s);
	}
}

/* Damage up to four replicas that are all current. */
static void damage(struct memdisk *d, struct kdp_store *s)
{
	struct kdp_store_info info;
	u32 r, keep = memdisk_random(d) % KDP_REPLICAS;
	u64 from, n;

	kdp_store_info(s, &info);
	for (r = 0; r < KDP_REPLICAS; r++) {
		if (r == keep || memdisk_random(d) % 2)
			continue;
		from = info.super.geometry.replica[r].extent;
		n = kdp_extent_blocks(&info.super.geometry);
		if (memdisk_random(d) % 2) {
			from = info.super.geometry.replica[r].super;
			n = KDP_SUPER_SLOTS;
		}
		memset(d->durable + from * KDP_BLOCK_SIZE, 0x5a,
		       n * KDP_BLOCK_SIZE);
	}
}

static void check_recovered(struct kdp_store *s, const struct history *h,
			    u64 seed)
{
	int found = history_find(h, pool_describe(s));

	if (found < 0)
		fail_msg("seed %llu: never in this state: %s", seed,
			 pool_describe(s));
	if (found < (int)h->acked)
		fail_msg("seed %llu: state %d of %u recovered, %u was acknowledged",
			 seed, found, h->nr, h->acked);
	if (kdp_store_report(s)->cross.leaked ||
	    kdp_store_report(s)->cross.mapped_but_free ||
	    kdp_store_report(s)->cross.doubly_mapped)
		fail_msg("seed %llu: bitmap and maps disagree", seed);
}

static void run(u64 seed, u32 cycles)
{
	struct memdisk *d = memdisk_new(POOL_BLOCKS, seed);
	struct history h = { };
	struct kdp_store *s;
	u32 i, n = 0;
	int err;

	assert_int_equal(pool_format(d, 8 + seed % 3 * 4, NULL), 0);
	s = pool_start(d, &err);
	while (cycles--) {
		history_clear(&h);
		history_add(&h, s);
		d->crash_after = d->nr_writes + 1 + memdisk_random(d) % 150;
		for (i = 0; i < OPS_PER_ROUND && !d->dead; i++)
			one_op(s, d, &h, n++);
		/* when all five were current to the end, four may go */
		d->crash_after = 0;
		if (!d->dead && !kdp_store_commit(s, NULL)) {
			h.acked = h.nr - 1;
			damage(d, s);
		}
		kdp_store_free(s);
		s = recover(d, seed);
		check_recovered(s, &h, seed);
	}
	kdp_store_free(s);
	history_clear(&h);
	memdisk_free(d);
}

static u64 from_env(const char *name, u64 fallback)
{
	const char *value = getenv(name);

	return value ? strtoull(value, NULL, 0) : fallback;
}

static void every_crash_recovers_a_prefix(void **state)
{
	u64 seed = from_env("KDP_SEED", 0), i;

	(void)state;
	if (seed) {
		run(seed, 20);
		return;
	}
	for (i = 1; i <= from_env("KDP_ROUNDS", 20); i++)
		run(i, 20);
}

static void quiet(int level, const char *line)
{
	(void)level;
	(void)line;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_crash_recovers_a_prefix),
	};

	kdp_shim_log = quiet;
	return cmocka_run_group_tests_name("crash", tests, NULL, NULL);
}
