// SPDX-License-Identifier: GPL-2.0-only
/* What a scrub or repair that was waited for has found and mended. */
#include <stdio.h>
#include <string.h>

#include "report.h"
#include "tend.h"

struct tended {
	enum tend_job job;
	const struct kdpu_health *before, *after;
};

static void add_copy(struct json_object *o, unsigned int r, const void *data)
{
	const struct tended *t = data;
	const struct kdpu_copy *was = &t->before->copy[r];
	const struct kdpu_copy *c = &t->after->copy[r];

	if (t->job == TEND_SCRUB)
		report_add_number(o, "bad", t->after->bad[r]);
	else
		report_add(o, "bad", NULL);
	report_add_number(o, "mended", c->mended - was->mended);
	report_add_number(o, "left", c->damaged);
	report_add(o, "state", c->state);
	report_add_number(o, "extent_block", c->extent);
	if (c->extent != was->extent)
		report_add_number(o, "moved_from_block", was->extent);
	else
		report_add(o, "moved_from_block", NULL);
}

struct json_object *tend_json(const char *pool, enum tend_job job,
			      const struct kdpu_health *before,
			      const struct kdpu_health *after)
{
	const struct tended t = { job, before, after };
	bool scrub = job == TEND_SCRUB;
	const struct kdpu_job *j = scrub ? &after->scrub : &after->repair;
	struct json_object *o = json_object_new_object();

	report_add(o, "pool", pool);
	report_add(o, "job", scrub ? "scrub" : "repair");
	report_add_bool(o, "waited", true);
	report_add(o, "result", j->result);
	report_add_number(o, "ended", j->ended);
	if (scrub)
		report_add_number(o, "places", after->places);
	else
		report_add(o, "places", NULL);
	report_add_object(o, "replicas", report_copies(add_copy, &t));
	report_add_number(o, "checkpoints_rewritten",
			  after->rewrites - before->rewrites);
	report_add_number(o, "copies_valid", after->valid);
	return o;
}

static uint64_t number(struct json_object *o, const char *key)
{
	return json_object_get_uint64(json_object_object_get(o, key));
}

void tend_show(struct json_object *o)
{
	static const struct report_field scrubbed[] = {
		{ "replica", "COPY", REPORT_TEXT, false },
		{ "bad", "BAD PLACES", REPORT_NUMBER, false },
		{ "mended", "MENDED", REPORT_NUMBER, false },
		{ "state", "NOW", REPORT_TEXT, false },
		{ NULL, NULL, 0, false }
	};
	static const struct report_field repaired[] = {
		{ "replica", "COPY", REPORT_TEXT, false },
		{ "mended", "MENDED", REPORT_NUMBER, false },
		{ "left", "STILL BAD", REPORT_NUMBER, false },
		{ "state", "NOW", REPORT_TEXT, false },
		{ NULL, NULL, 0, false }
	};
	const char *pool = json_object_get_string(
			json_object_object_get(o, "pool"));
	bool scrub = !strcmp(json_object_get_string(
			json_object_object_get(o, "job")), "scrub");
	unsigned long long valid = number(o, "copies_valid");

	if (scrub)
		printf("Scrub of %s: %llu places looked at, on all five copies.\n",
		       pool, (unsigned long long)number(o, "places"));
	else
		printf("Repair of %s: all five copies looked at.\n", pool);
	report_table(json_object_object_get(o, "replicas"),
		     scrub ? scrubbed : repaired);
	report_moves(json_object_object_get(o, "replicas"));
	if (number(o, "checkpoints_rewritten"))
		puts("What no copy had any more was written anew from memory.");
	if (valid == KDPU_COPIES)
		puts("All five copies are valid.");
	else
		printf("%llu of 5 copies are valid.\n", valid);
}
