// SPDX-License-Identifier: GPL-2.0-only
/* What monitor tells, from events and from what can be seen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/watch.h"

/* What there is: dm-0 to dm-3. */
#define DEVICES	4

static struct {
	bool there;
	struct kdpu_seen seen;
} world[DEVICES];

static struct kdpu_watch *w;

static bool look(const char *device, struct kdpu_seen *s)
{
	int i = atoi(device + 3);

	*s = world[i].seen;
	if (!world[i].there)
		s->name[0] = 0;
	return world[i].there;
}

static int all(void (*fn)(const char *device, void *data), void *data,
	       struct kdpu_err *err)
{
	char name[16];
	int i;

	(void)err;
	for (i = 0; i < DEVICES; i++) {
		snprintf(name, sizeof(name), "dm-%d", i);
		if (world[i].there)
			fn(name, data);
	}
	return 0;
}

static const struct kdpu_watch_eyes eyes = { .look = look, .all = all };

static void make(int i, const char *pool, const char *volume, uint64_t id)
{
	struct kdpu_seen *s = &world[i].seen;

	memset(s, 0, sizeof(*s));
	world[i].there = true;
	memset(s->uuid, pool[0], sizeof(s->uuid));
	s->id = id;
	snprintf(s->name, sizeof(s->name), "kdp-%s-%s", pool, volume);
	snprintf(s->pool, sizeof(s->pool), "%s", pool);
	snprintf(s->volume, sizeof(s->volume), "%s", volume);
	s->live = true;
	s->valid = -1;
	if (id)
		return;
	s->valid = 5;
	strcpy(s->mode, "active");
}

static void event(const char *action, const char *device, const char *name,
		  const char *health)
{
	struct kdpu_uevent u = {
		.action = action, .device = device, .event = name,
		.health = health,
	};

	assert_int_equal(kdpu_watch_uevent(w, &u), 0);
}

/* The events that are there, "name pool/volume mode valid; ..." */
static void told(const char *wanted)
{
	char text[1024] = "";
	struct kdpu_event e;
	size_t n = 0;

	while (kdpu_watch_next(w, &e))
		n += snprintf(text + n, sizeof(text) - n, "%s %s/%s %s %d; ",
			      kdpu_event_name(e.type), e.pool, e.volume, e.mode,
			      e.valid);
	assert_string_equal(text, wanted);
}

static int begin(void **state)
{
	struct kdpu_err err;

	(void)state;
	memset(world, 0, sizeof(world));
	make(0, "ci", "", 0);
	make(1, "ci", "a", 1);
	w = kdpu_watch_new(&eyes, &err);
	return !w;
}

static int end(void **state)
{
	(void)state;
	kdpu_watch_free(w);
	return 0;
}

static void what_is_there_is_not_told(void **state)
{
	(void)state;
	told("started /  -1; ");
	event("change", "dm-0", NULL, NULL);
	event("change", "dm-1", NULL, NULL);
	event("change", "dm-3", NULL, NULL);
	told("");
}

static void a_copy_moves(void **state)
{
	struct kdpu_uevent u = {
		.action = "change", .device = "dm-0", .event = "moved",
		.moved = "R4 24064 2800",
	};
	struct kdpu_event e;

	(void)state;
	told("started /  -1; ");
	assert_int_equal(kdpu_watch_uevent(w, &u), 0);
	assert_true(kdpu_watch_next(w, &e));
	assert_string_equal(kdpu_event_name(e.type), "moved");
	assert_string_equal(e.pool, "ci");
	assert_int_equal(e.replica, 4);
	assert_int_equal(e.from, 24064);
	assert_int_equal(e.to, 2800);
	/* of a newer kernel */
	u.moved = "somewhere";
	assert_int_equal(kdpu_watch_uevent(w, &u), 0);
	told("");
}

static void devices_come_and_go(void **state)
{
	(void)state;
	told("started /  -1; ");
	make(2, "ci", "b", 2);
	world[2].seen.live = false;
	event("add", "dm-2", NULL, NULL);
	told("");
	world[2].seen.live = true;
	event("change", "dm-2", NULL, NULL);
	event("change", "dm-2", NULL, NULL);
	told("volume-appears ci/b  -1; ");
	world[2].seen.live = false;	/* suspended */
	event("change", "dm-2", NULL, NULL);
	world[2].seen.live = true;
	event("change", "dm-2", NULL, NULL);
	told("");
	world[2].there = false;
	event("remove", "dm-2", NULL, NULL);
	event("remove", "dm-2", NULL, NULL);
	event("remove", "dm-0", NULL, NULL);
	told("volume-goes ci/b  -1; pool-goes ci/ active 5; ");
}

/* Each says what it was then, though all can be seen at the end only. */
static void fast_changes_are_all_told(void **state)
{
	(void)state;
	told("started /  -1; ");
	event("change", "dm-0", "health", "4/5");
	event("change", "dm-0", "health", "3/5");
	event("change", "dm-0", "health", "5/5");
	event("change", "dm-0", "failed", NULL);
	told("health ci/ active 4; health ci/ active 3; health ci/ active 5; mode ci/ failed 5; ");
	/* a reload made it active again, which no event says */
	event("change", "dm-0", NULL, NULL);
	told("mode ci/ active 5; ");
}

static void a_number_that_is_used_again(void **state)
{
	(void)state;
	told("started /  -1; ");
	make(1, "other", "x", 9);
	event("change", "dm-1", NULL, NULL);
	told("volume-goes ci/a  -1; volume-appears other/x  -1; ");
}

static void what_was_lost_is_found(void **state)
{
	struct kdpu_err err;

	(void)state;
	told("started /  -1; ");
	world[1].there = false;
	make(2, "ci", "b", 2);
	world[0].seen.valid = 3;
	assert_int_equal(kdpu_watch_lost(w, &err), 0);
	told("lost /  -1; health ci/ active 3; volume-appears ci/b  -1; volume-goes ci/a  -1; ");
}

/* The name was given by hand, the UUID tells the pool. */
static void volume_belongs_to_its_pool(void **state)
{
	(void)state;
	told("started /  -1; ");
	make(2, "ci", "mine", 3);
	world[2].seen.pool[0] = 0;
	event("change", "dm-2", NULL, NULL);
	told("volume-appears ci/mine  -1; ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_there_is_not_told,
						begin, end),
		cmocka_unit_test_setup_teardown(a_copy_moves, begin, end),
		cmocka_unit_test_setup_teardown(devices_come_and_go, begin,
						end),
		cmocka_unit_test_setup_teardown(fast_changes_are_all_told,
						begin, end),
		cmocka_unit_test_setup_teardown(a_number_that_is_used_again,
						begin, end),
		cmocka_unit_test_setup_teardown(what_was_lost_is_found, begin,
						end),
		cmocka_unit_test_setup_teardown(volume_belongs_to_its_pool,
						begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
