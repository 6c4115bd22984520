// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/declog.h"
#include "lib/ident.h"
#include "log-report.h"
#include "report.h"
#include "ui.h"

static struct {
	const char *pool, *last, *since;
	bool json;
} opt;

static const struct cli_option options[] = {
	{ .name = "pool", .arg = "NAME", .text = &opt.pool,
	  .help = "of this pool only" },
	{ .name = "last", .letter = 'n', .arg = "N", .text = &opt.last,
	  .help = "the last N decisions; -n N is the same" },
	{ .name = "since", .arg = "TIME", .text = &opt.since,
	  .help = "30m, 2h, 3d (ago), 2026-01-31, or \"2026-01-31 12:00\" (UTC)" },
	{ .name = "json", .flag = &opt.json,
	  .help = "print the report as JSON" },
	{ .name = NULL }
};

static int parse_last(const char *text, size_t *n, struct kdpu_err *err)
{
	char *end;

	if (!text)
		return 0;
	*n = strtoul(text, &end, 10);
	if (*text >= '1' && *text <= '9' && !*end && *n <= 100000)
		return 0;
	kdpu_fail(err, -EINVAL, "--last %.40s is no number of decisions", text);
	return kdpu_expected(err, "a number from 1 to 100000");
}

static struct json_object *entries(const struct kdpu_log *l)
{
	struct json_object *a = json_object_new_array();
	size_t i;

	for (i = 0; i < l->nr; i++)
		json_object_array_add(a, logged_json(&l->e[i]));
	return a;
}

static void show(struct json_object *a)
{
	static const struct report_field columns[] = {
		{ "time", "TIME", REPORT_TIME, false },
		{ "decision", "DECISION", REPORT_TEXT, false },
		{ "message", "WHAT AND WHY", REPORT_WORDS, true },
		{ NULL, NULL, 0, false }
	};

	if (json_object_array_length(a))
		report_table(a, columns);
	else
		puts("No decisions.");
}

static int run(int nr, char **args)
{
	struct kdpu_log_request req = { .pool = opt.pool };
	struct json_object *o, *a;
	struct kdpu_err err;
	struct kdpu_log l;

	(void)nr;
	(void)args;
	if (parse_last(opt.last, &req.last, &err) ||
	    (opt.since &&
	     kdpu_log_time(opt.since, kdpu_now(), &req.since, &err)))
		return ui_usage(&err);
	if (kdpu_log_read(&req, &l, &err))
		return ui_error(&err);
	a = entries(&l);
	kdpu_log_free(&l);
	o = json_object_new_object();
	report_add_object(o, "entries", a);
	if (opt.json)
		return report_json(o);
	show(a);
	json_object_put(o);
	return EXIT_DONE;
}

const struct cli_command cmd_log = {
	.name = "log",
	.synopsis = "[--pool NAME] [--last N] [--since TIME] [--json]",
	.summary = "Show which pools were activated, which not, and why",
	.details = "From systemd's journal, the newest last.  DECISION: activated, skipped (it was active), refused, failed, dry-run; repaired: copies of the metadata were damaged before.  What was decided before there is a journal, as in an initramfs, it takes over from the kernel's log.",
	.options = options,
	.run = run,
};
