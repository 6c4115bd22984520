// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/watch.h"
#include "report.h"
#include "signals.h"
#include "ui.h"

static struct {
	bool json;
	const char *count;
} opt;

static const struct cli_option options[] = {
	{ .name = "count", .arg = "N", .text = &opt.count,
	  .help = "end after N events (\"started\" is none)" },
	{ .name = "json", .flag = &opt.json,
	  .help = "a JSON object for each event, in a line of its own" },
	{ .name = NULL }
};

/* "2026-01-31T12:00:00.123Z", or readable. */
static void time_text(char buf[48], bool json)
{
	char seconds[32];
	struct timespec t;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &t);
	gmtime_r(&t.tv_sec, &tm);
	strftime(seconds, sizeof(seconds), json ? "%Y-%m-%dT%H:%M:%S" :
		 "%Y-%m-%d %H:%M:%S", &tm);
	snprintf(buf, 48, json ? "%s.%03ldZ" : "%s.%03ld UTC", seconds,
		 t.tv_nsec / 1000000);
}

static struct json_object *moved_json(const struct kdpu_event *e)
{
	struct json_object *o;

	if (e->type != KDPU_EVENT_MOVED)
		return NULL;
	o = json_object_new_object();
	report_add_replica(o, e->replica);
	report_add_number(o, "moved_from_block", e->from);
	report_add_number(o, "extent_block", e->to);
	return o;
}

static void print_json(const struct kdpu_event *e)
{
	struct json_object *o = json_object_new_object();
	char text[48];

	time_text(text, true);
	report_add(o, "time", text);
	report_add(o, "event", kdpu_event_name(e->type));
	report_add(o, "pool", e->pool[0] ? e->pool : NULL);
	report_add(o, "volume", e->volume[0] ? e->volume : NULL);
	report_add(o, "mode", e->mode[0] ? e->mode : NULL);
	if (e->valid < 0)
		report_add(o, "copies_valid", NULL);
	else
		report_add_number(o, "copies_valid", e->valid);
	report_add_object(o, "moved", moved_json(e));
	puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(o);
}

static void print_text(const struct kdpu_event *e)
{
	char text[48];

	time_text(text, false);
	printf("%s  ", text);
	if (e->pool[0])
		printf("%-14s  %s%s%s", kdpu_event_name(e->type), e->pool,
		       e->volume[0] ? "/" : "", e->volume);
	else
		printf("%s", kdpu_event_name(e->type));
	if (e->type == KDPU_EVENT_MOVED)
		printf(": R%u from block %llu to %llu", e->replica,
		       (unsigned long long)e->from, (unsigned long long)e->to);
	if (e->mode[0] && e->type != KDPU_EVENT_POOL_GOES)
		printf(": %s", e->mode);
	if (e->valid >= 0 && e->type != KDPU_EVENT_POOL_GOES)
		printf(", %d/5 copies valid", e->valid);
	putchar('\n');
}

/* False when that was the last one wanted. */
static bool give_out(struct kdpu_watch *w, const char *pool, long long *left)
{
	struct kdpu_event e;

	while (kdpu_watch_next(w, &e)) {
		if (pool && e.pool[0] && strcmp(pool, e.pool))
			continue;
		if (opt.json)
			print_json(&e);
		else
			print_text(&e);
		if (fflush(stdout))
			return false;
		if (e.type != KDPU_EVENT_STARTED && *left && !--*left)
			return false;
	}
	return true;
}

static int listen_on(struct kdpu_uevents *u, struct kdpu_watch *w,
		     const char *pool, long long left, struct kdpu_err *err)
{
	struct pollfd p = { .fd = kdpu_uevents_fd(u), .events = POLLIN };
	sigset_t all, before;
	int ret = 0;

	/* signals come only while it waits, so that none is missed */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	while (!ret && give_out(w, pool, &left)) {
		if (ppoll(&p, 1, NULL, &before) < 0 && errno != EINTR)
			ret = kdpu_fail_errno(err, -errno, "cannot wait");
		else if (signals_caught())
			break;
		else
			ret = kdpu_uevents_read(u, w, err);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	return ret;
}

static int watch(const char *pool, long long left)
{
	struct kdpu_uevents *u;
	struct kdpu_watch *w = NULL;
	struct kdpu_err err;
	int ret = -EIO;

	u = kdpu_uevents_new(&err);
	if (u)
		w = kdpu_watch_new(&kdpu_watch_eyes, &err);
	if (w) {
		signals_catch(true);
		ret = listen_on(u, w, pool, left, &err);
		signals_catch(false);
	}
	kdpu_watch_free(w);
	kdpu_uevents_free(u);
	return ret ? ui_error(&err) : EXIT_DONE;
}

static int run(int nr, char **args)
{
	struct kdpu_err err;
	long long left = 0;
	char *end;

	if (opt.count) {
		errno = 0;
		left = strtoll(opt.count, &end, 10);
		if (errno || *end || left < 1) {
			kdpu_fail(&err, -EINVAL, "--count %.40s is no number of events",
				  opt.count);
			kdpu_expected(&err, "1 or more");
			return ui_usage(&err);
		}
	}
	return watch(nr ? args[0] : NULL, left);
}

const struct cli_command cmd_monitor = {
	.name = "monitor",
	.synopsis = "[POOL] [--count N] [--json]",
	.summary = "Print what happens to pools, as it happens",
	.details = "A line for each event, with the time (UTC): pools and devices of volumes that appear and go, changes of the metadata's health and of a pool's mode, copies of the metadata that move to another place.  The first line, \"started\", says that from then on nothing is missed; \"lost\" that the kernel told more than could be taken, and what is different since follows.  POOL need not be there yet.\nEnds with exit code 0 by Ctrl-C or SIGTERM.",
	.options = options,
	.max_args = 1,
	.run = run,
};
