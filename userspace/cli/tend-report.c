// SPDX-License-Identifier: GPL-2.0-only
/* What a scrub or repair that was waited for has found and mended. */
#include <stdio.h>
#include <string.h>

#include "report.h"
#include "tend.h"

static struct json_object *copies_json(enum tend_job job,
				       const struct kdpu_health *before,
				       const struct kdpu_health *after)
{
	struct json_object *a = json_object_new_array(), *o;
	char name[16];
	unsigned int r;

	for (r = 0; r < KDPU_COPIES; r++) {
		o = json_object_new_object();
		snprintf(name, sizeof(name), "R%u", r);
		report_add(o, "replica", name);
		if (job == TEND_SCRUB)
			report_add_number(o, "bad", after->bad[r]);
		else
			report_add(o, "bad", NULL);
		report_add_number(o, "mended", after->copy[r].mended -
				  before->copy[r].mended);
		report_add_number(o, "left", after->copy[r].damaged);
		report_add(o, "state", after->copy[r].state);
		json_object_array_add(a, o);
	}
	return a;
}

struct json_object *tend_json(const char *pool, enum tend_job job,
			      const struct kdpu_health *before,
			      const struct kdpu_health *after)
{
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
	report_add_object(o, "replicas", copies_json(job, before, after));
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
	if (number(o, "checkpoints_rewritten"))
		puts("What no copy had any more was written anew from memory.");
	if (valid == KDPU_COPIES)
		puts("All five copies are valid.");
	else
		printf("%llu of 5 copies are valid.\n", valid);
}
