// SPDX-License-Identifier: GPL-2.0-only
/* Work in a process of its own that succeeds, fails, crashes, is stopped. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/supervise.h"

/* Shared: what the worker did, and who took it back how often. */
static struct world {
	int done;
	int undone;
	int undo_fails;		/* so many times */
} *world;

static volatile sig_atomic_t stop;
static struct kdpu_err err;
static bool undone;

static int succeed(void *data, struct kdpu_err *e)
{
	(void)data;
	(void)e;
	world->done++;
	return 0;
}

static int refuse(void *data, struct kdpu_err *e)
{
	(void)data;
	world->done++;
	return kdpu_fail(e, -ENOSPC, "no room");
}

static int crash(void *data, struct kdpu_err *e)
{
	(void)data;
	(void)e;
	world->done++;
	signal(SIGSEGV, SIG_DFL);
	raise(SIGSEGV);
	return 0;
}

static int leave(void *data, struct kdpu_err *e)
{
	(void)data;
	(void)e;
	_exit(0);
}

static int until_stopped(void *data, struct kdpu_err *e)
{
	(void)data;
	/* the supervisor hears it, and hands it on */
	kill(getppid(), SIGINT);
	while (!stop)
		usleep(1000);
	return kdpu_fail(e, -EINTR, "stopped");
}

static int undo(void *data)
{
	(void)data;
	world->undone++;
	return world->undone <= world->undo_fails ? -EIO : 0;
}

static void on_stop(void)
{
	stop = 1;
}

static bool is_stopped(void)
{
	return stop;
}

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

static int supervise(int (*run)(void *, struct kdpu_err *))
{
	struct kdpu_work w = {
		.run = run, .undo = undo, .stop = on_stop,
		.stopped = is_stopped,
	};

	memset(world, 0, sizeof(*world));
	memset(&err, 0, sizeof(err));
	stop = 0;
	return kdpu_supervise(&w, &undone, &err);
}

static void what_succeeds_stays(void **state)
{
	(void)state;
	assert_int_equal(supervise(succeed), 0);
	assert_int_equal(world->done, 1);
	assert_int_equal(world->undone, 0);
}

static void what_fails_is_undone_once(void **state)
{
	(void)state;
	assert_int_equal(supervise(refuse), -ENOSPC);
	assert_string_equal(err.what, "no room");
	assert_true(undone);
	assert_int_equal(world->undone, 1);
}

static int fail_twice(void *data, struct kdpu_err *e)
{
	world->undo_fails = 2;
	return refuse(data, e);
}

static int fail_once(void *data, struct kdpu_err *e)
{
	world->undo_fails = 1;
	return refuse(data, e);
}

static void the_supervisor_tries_again(void **state)
{
	(void)state;
	assert_int_equal(supervise(fail_once), -ENOSPC);
	assert_true(undone);
	assert_int_equal(world->undone, 2);
	assert_int_equal(supervise(fail_twice), -ENOSPC);
	assert_false(undone);
}

static void a_crash_is_undone(void **state)
{
	(void)state;
	assert_int_equal(supervise(crash), -EIO);
	assert_true(undone);
	assert_int_equal(world->undone, 1);
	assert_non_null(strstr(err.what, "signal 11"));
}

static void leaving_early_is_no_success(void **state)
{
	(void)state;
	assert_int_equal(supervise(leave), -EIO);
	assert_true(undone);
	/* the same when nobody is told how children end */
	signal(SIGCHLD, SIG_IGN);
	assert_int_equal(supervise(leave), -EIO);
	assert_int_equal(world->undone, 1);
	assert_int_equal(supervise(succeed), 0);
	signal(SIGCHLD, SIG_DFL);
}

static void a_signal_is_handed_on(void **state)
{
	struct sigaction sa = { .sa_handler = on_signal }, was;

	(void)state;
	sigaction(SIGINT, &sa, &was);
	assert_int_equal(supervise(until_stopped), -EINTR);
	sigaction(SIGINT, &was, NULL);
	assert_true(undone);
	assert_int_equal(world->undone, 1);
}

static int setup(void **state)
{
	(void)state;
	world = kdpu_shared_new(sizeof(*world));
	return world ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	kdpu_shared_free(world, sizeof(*world));
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_succeeds_stays),
		cmocka_unit_test(what_fails_is_undone_once),
		cmocka_unit_test(the_supervisor_tries_again),
		cmocka_unit_test(a_crash_is_undone),
		cmocka_unit_test(leaving_early_is_no_success),
		cmocka_unit_test(a_signal_is_handed_on),
	};

	return cmocka_run_group_tests_name("admin-supervise", tests, setup,
					   teardown);
}
