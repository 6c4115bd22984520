// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>

#include "auto-report.h"
#include "lib/declog.h"
#include "report.h"
#include "ui.h"

static struct json_object *points_json(const struct kdpu_decision *d)
{
	struct json_object *a = json_object_new_array(), *o;
	char text[16];
	size_t i;

	for (i = 0; i < KDPU_NR_SCORES; i++) {
		o = json_object_new_object();
		snprintf(text, sizeof(text), "%u/%u", d->points[i].points,
			 d->points[i].max);
		report_add(o, "fact", d->points[i].fact);
		report_add_number(o, "points", d->points[i].points);
		report_add_number(o, "of", d->points[i].max);
		report_add(o, "share", text);
		report_add(o, "text", d->points[i].text);
		json_object_array_add(a, o);
	}
	return a;
}

static const char *some(const char *text)
{
	return text && text[0] ? text : NULL;
}

static struct json_object *auto_json(const struct auto_options *opt,
				     const struct kdpu_auto *a)
{
	struct json_object *o = json_object_new_object();
	const struct kdpu_decision *d = &a->decision;
	bool good = a->outcome == KDPU_AUTO_ACTIVATED || a->outcome == KDPU_AUTO_WOULD ||
		    a->outcome == KDPU_AUTO_SKIPPED;

	report_add(o, "device", opt->path);
	report_add(o, "pool", some(a->facts.pool));
	report_add(o, "uuid", some(a->facts.uuid));
	report_add(o, "decision", kdpu_outcome_word(a, opt->dry_run));
	report_add_bool(o, "would_activate", d->rule &&
			(a->outcome == KDPU_AUTO_WOULD ||
			 a->outcome == KDPU_AUTO_ACTIVATED));
	report_add_bool(o, "dry_run", opt->dry_run);
	report_add_bool(o, "forced", d->forced);
	report_add(o, "rule", d->rule);
	report_add_number(o, "score", d->score);
	report_add_number(o, "threshold", d->rule ? d->threshold :
			  a->config.threshold);
	report_add_object(o, "points", d->rule ? points_json(d) :
			  json_object_new_array());
	report_add(o, "reason", good ? some(d->why) : some(a->err.what));
	report_add(o, "todo", good ? NULL : some(a->err.todo));
	report_add(o, "other_device", some(a->facts.other));
	report_add_number(o, "copies_before", a->facts.copies);
	report_add_number(o, "copies_after", a->copies_after);
	report_add_number(o, "volume_count", a->volumes);
	report_add_number(o, "devices_made", a->done.made);
	return o;
}

static void show_points(struct json_object *o)
{
	static const struct report_field columns[] = {
		{ "fact", "FACT", REPORT_TEXT, false },
		{ "share", "POINTS", REPORT_TEXT, false },
		{ "text", "WHAT IS KNOWN", REPORT_WORDS, true },
		{ NULL, NULL, 0, false }
	};
	struct json_object *points;

	if (json_object_object_get_ex(o, "points", &points) &&
	    json_object_array_length(points))
		report_table(points, columns);
}

static void tell(const struct auto_options *opt, const struct kdpu_auto *a,
		 struct json_object *o)
{
	const struct kdpu_decision *d = &a->decision;
	char text[700];

	if (opt->dry_run && a->facts.found) {
		show_points(o);
		printf("\n%u points, %u are needed.\n", d->score, d->threshold);
	}
	if (a->outcome == KDPU_AUTO_ACTIVATED)
		printf("Pool %s is up with %zu volume(s).\n", a->facts.pool,
		       a->volumes);
	else if (a->outcome == KDPU_AUTO_SKIPPED && a->done.made)
		printf("Pool %s is active already; %zu missing device(s) made.\n",
		       a->facts.pool, a->done.made);
	else if (a->outcome == KDPU_AUTO_SKIPPED)
		printf("Pool %s is active already.\n", a->facts.pool);
	if (a->outcome == KDPU_AUTO_WOULD || a->outcome == KDPU_AUTO_ACTIVATED) {
		snprintf(text, sizeof(text), "%s: %s.",
			 a->outcome == KDPU_AUTO_WOULD ? "It would be activated" :
			 "Why", d->why);
		ui_wrap(stdout, 0, text);
	}
}

static int complain(const struct kdpu_auto *a)
{
	struct kdpu_err err = a->err;
	int code;

	if (a->facts.pool[0])
		kdpu_fail(&err, err.error, "pool %s on %s is not activated: %.400s",
			  a->facts.pool, a->facts.device, a->err.what);
	kdpu_expected(&err, "%s", a->err.expected);
	kdpu_todo(&err, "%s", a->err.todo);
	code = ui_error(&err);
	if (a->outcome == KDPU_AUTO_REFUSED)
		return EXIT_REFUSED;
	if (a->outcome == KDPU_AUTO_BARREN)
		return EXIT_CHECK_LOST;
	return code;
}

int auto_activate(const struct auto_options *opt)
{
	const struct kdpu_auto_request req = {
		.path = opt->path,
		.dry_run = opt->dry_run,
		.force = opt->force,
	};
	struct json_object *o;
	struct kdpu_auto a;
	int code;

	kdpu_auto(&kdpu_this_host, &req, &a);
	kdpu_declog_auto(&req, &a);
	o = auto_json(opt, &a);
	if (!opt->json)
		tell(opt, &a, o);
	code = a.outcome == KDPU_AUTO_ACTIVATED || a.outcome == KDPU_AUTO_SKIPPED ||
	       a.outcome == KDPU_AUTO_WOULD ? EXIT_DONE : complain(&a);
	if (opt->json)
		report_json(o);
	else
		json_object_put(o);
	return code;
}
