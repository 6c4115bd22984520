// SPDX-License-Identifier: GPL-2.0-only
/* First writes: one at a time per chunk, and discards that wait for them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "model/fill.h"

static struct kdp_fill_table table;

static int setup(void **state)
{
	(void)state;
	kdp_fill_table_init(&table);
	return 0;
}

/* End a fill; how many had waited for it. */
static u32 end(struct kdp_fill *f)
{
	struct kdp_fill *w;
	LIST_HEAD(waiters);
	u32 n = 0;

	kdp_fill_end(&table, f, &waiters);
	list_for_each_entry(w, &waiters, entry)
		n++;
	return n;
}

static void one_at_a_time(void **state)
{
	struct kdp_fill a, b, c, other;

	(void)state;
	assert_true(kdp_fill_begin(&table, &a, 1, 5));
	assert_false(kdp_fill_begin(&table, &b, 1, 5));
	assert_false(kdp_fill_begin(&table, &c, 1, 5));
	assert_true(kdp_fill_begin(&table, &other, 2, 5));
	assert_int_equal(end(&a), 2);
	assert_true(kdp_fill_begin(&table, &b, 1, 5));
	assert_int_equal(end(&b), 0);
	assert_int_equal(end(&other), 0);
}

static void discard_waits_for_older_fills(void **state)
{
	struct kdp_fill a, late, discard;
	u64 ticket;

	(void)state;
	assert_true(kdp_fill_begin(&table, &a, 1, 5));
	ticket = kdp_fill_ticket(&table);
	assert_false(kdp_fill_wait(&table, &discard, 1, 6, 10, ticket));
	assert_false(kdp_fill_wait(&table, &discard, 1, 0, 5, ticket));
	assert_false(kdp_fill_wait(&table, &discard, 2, 0, 10, ticket));
	assert_true(kdp_fill_wait(&table, &discard, 1, 0, 6, ticket));
	assert_true(kdp_fill_busy(&table, 1, 0, 6));
	assert_false(kdp_fill_busy(&table, 1, 6, 10));
	assert_false(kdp_fill_busy(&table, 2, 0, 10));
	assert_int_equal(end(&a), 1);
	assert_false(kdp_fill_busy(&table, 1, 0, 6));
	/* what began later is not waited for, or it might never end */
	assert_true(kdp_fill_begin(&table, &late, 1, 5));
	assert_false(kdp_fill_wait(&table, &discard, 1, 0, 6, ticket));
	assert_int_equal(end(&late), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(one_at_a_time, setup),
		cmocka_unit_test_setup(discard_waits_for_older_fills, setup),
	};

	return cmocka_run_group_tests_name("fill", tests, NULL, NULL);
}
