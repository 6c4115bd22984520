// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "progress.h"
#include "report.h"
#include "signals.h"
#include "tend.h"
#include "ui.h"

#define LOOKS_A_SECOND	10
#define PLACE_BYTES	(4096ull * KDPU_COPIES)

static const char *const messages[] = {
	[TEND_SCRUB] = "scrub start",
	[TEND_REPAIR] = "repair",
};
static const char *const words[] = {
	[TEND_SCRUB] = "scrub",
	[TEND_REPAIR] = "repair",
};

static const struct kdpu_job *job_of(const struct kdpu_health *h,
				     enum tend_job job)
{
	return job == TEND_SCRUB ? &h->scrub : &h->repair;
}

/* What a scrub found is mended at once; that belongs to it. */
static bool is_over(const struct kdpu_health *h, enum tend_job job,
		    uint64_t number)
{
	if (job_of(h, job)->served < number)
		return false;
	return job == TEND_REPAIR || !h->auto_repair ||
	       h->valid == KDPU_COPIES || !strcmp(h->now, "idle");
}

static int stopped_waiting(const struct kdpu_pool *p, enum tend_job job,
			   struct kdpu_err *err)
{
	kdpu_fail(err, -EINTR, "no longer waited for; the %s of %s goes on",
		  words[job], p->name);
	if (job == TEND_SCRUB)
		return kdpu_todo(err, PROGRAM " scrub --stop %s to stop it, " PROGRAM " status %s to see how far it is",
				 p->name, p->name);
	return kdpu_todo(err, PROGRAM " status %s tells how far it is",
			 p->name);
}

/* A pool that is not active any more does neither. */
static int still_active(const struct kdpu_pool *p, enum tend_job job,
			struct kdpu_err *err)
{
	struct kdpu_pool now = { };
	char *line = NULL;
	int ret = kdpu_dm_status(p->device.name, &line, err);

	if (!ret && !kdpu_status_parse(line, &now) &&
	    strcmp(now.mode, "active")) {
		kdpu_fail(err, -EIO, "the %s of %s did not end: the pool is %s now: %.150s",
			  words[job], p->name, now.mode, now.reason);
		ret = kdpu_todo(err, PROGRAM " status %s", p->name);
	}
	free(line);
	return ret;
}

static int wait_for(const struct kdpu_pool *p, enum tend_job job,
		    uint64_t number, struct progress *bar,
		    struct kdpu_health *h, struct kdpu_err *err)
{
	const struct timespec pause = {
		.tv_nsec = 1000000000 / LOOKS_A_SECOND,
	};
	unsigned int looks = 0;
	int ret = 0;

	for (;;) {
		ret = kdpu_health_read(&kdpu_this_host, p->device.dev, h, err);
		if (ret || is_over(h, job, number))
			return ret;
		if (h->all)
			progress_show(h->done * PLACE_BYTES,
				      h->all * PLACE_BYTES, bar);
		if (!(++looks % LOOKS_A_SECOND))
			ret = still_active(p, job, err);
		if (ret)
			return ret;
		if (signals_caught())
			return stopped_waiting(p, job, err);
		nanosleep(&pause, NULL);
	}
}

/* Ask, and then which number that got at the latest. */
static int ask(const struct kdpu_pool *p, enum tend_job job,
	       struct kdpu_health *before, uint64_t *number,
	       struct kdpu_err *err)
{
	struct kdpu_health now;
	int ret = kdpu_health_read(&kdpu_this_host, p->device.dev, before, err);

	if (!ret)
		ret = kdpu_dm_message(p->device.name, messages[job], NULL, err);
	if (!ret)
		ret = kdpu_health_read(&kdpu_this_host, p->device.dev, &now,
				       err);
	if (!ret)
		*number = job_of(&now, job)->asked;
	return ret;
}

static int ended_badly(const struct kdpu_pool *p, enum tend_job job,
		       const char *result, struct kdpu_err *err)
{
	kdpu_fail(err, strcmp(result, "stopped") ? -EIO : -EINTR,
		  "the %s of %s ended early: %s", words[job], p->name, result);
	return kdpu_todo(err, PROGRAM " %s --wait %s, and the kernel's log",
			 words[job], p->name);
}

/* Valid in the end is what counts. */
static int verdict(const struct kdpu_pool *p, enum tend_job job,
		   const struct kdpu_health *h)
{
	const char *result = job_of(h, job)->result;
	struct kdpu_err err;

	if (strcmp(result, "done") && strcmp(result, "damage-left")) {
		ended_badly(p, job, result, &err);
		return ui_error(&err);
	}
	if (h->valid == KDPU_COPIES)
		return EXIT_DONE;
	if (job == TEND_SCRUB)
		return EXIT_CHECK_DAMAGED;
	kdpu_fail(&err, -EIO, "%u of 5 copies of the metadata of %s are valid: not all could be mended",
		  h->valid, p->name);
	kdpu_todo(&err, "see the kernel's log for what cannot be written or read: is the disk failing?");
	return ui_error(&err);
}

static int waited(const struct kdpu_pool *p, enum tend_job job,
		  const struct kdpu_health *before, uint64_t number, bool json)
{
	struct progress bar = { .what = words[job] };
	struct kdpu_health after;
	struct json_object *o;
	struct kdpu_err err;
	int ret;

	signals_catch(true);
	ret = wait_for(p, job, number, &bar, &after, &err);
	progress_end(&bar);
	signals_catch(false);
	if (ret)
		return ui_error(&err);
	o = tend_json(p->name, job, before, &after);
	if (json) {
		report_json(o);
	} else {
		tend_show(o);
		json_object_put(o);
	}
	return verdict(p, job, &after);
}

static int told(const char *pool, const char *job, const char *text, bool json)
{
	struct json_object *o;

	if (!json) {
		puts(text);
		return EXIT_DONE;
	}
	o = json_object_new_object();
	report_add(o, "pool", pool);
	report_add(o, "job", job);
	report_add_bool(o, "waited", false);
	return report_json(o);
}

int tend_run(const struct kdpu_pool *p, enum tend_job job, bool wait,
	     bool json)
{
	struct kdpu_health before;
	struct kdpu_err err;
	char text[128];
	uint64_t number = 0;

	if (ask(p, job, &before, &number, &err))
		return ui_error(&err);
	if (wait)
		return waited(p, job, &before, number, json);
	snprintf(text, sizeof(text), "The %s of %s has been asked for; \"status %s\" tells how it goes.",
		 words[job], p->name, p->name);
	return told(p->name, words[job], text, json);
}

int tend_stop(const struct kdpu_pool *p, bool json)
{
	struct kdpu_err err;
	char text[80];

	if (kdpu_dm_message(p->device.name, "scrub stop", NULL, &err))
		return ui_error(&err);
	snprintf(text, sizeof(text), "No scrub of %s runs any more.", p->name);
	return told(p->name, "stop", text, json);
}
