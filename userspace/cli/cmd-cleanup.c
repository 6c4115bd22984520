// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/activate.h"
#include "lib/ident.h"
#include "lib/orphan.h"
#include "pool-report.h"
#include "report.h"
#include "ui.h"

static struct {
	bool dry_run, json;
} opt;

static const struct cli_option options[] = {
	{ .name = "dry-run", .flag = &opt.dry_run,
	  .help = "show what would be removed, and what not and why; change nothing" },
	{ .name = "json", .flag = &opt.json,
	  .help = "print the report as JSON" },
	{ .name = NULL }
};

struct work {
	struct json_object *rows;
	int code;		/* of the last that could not be removed */
};

static const char *do_remove(struct kdpu_pool *p, struct kdpu_volume *v,
			     struct kdpu_fate *fate, struct work *w)
{
	struct kdpu_err err;
	int ret;

	if (opt.dry_run)
		return "would be removed";
	ret = kdpu_orphan_remove(&kdpu_this_host, p, v, kdpu_caller_uid(), fate,
				 &err);
	if (!ret || ret == -ENOENT)
		return "removed";
	/* its owner has changed since: no failure */
	if (fate->remove)
		w->code = ui_error(&err);
	return fate->remove ? "failed" : "kept";
}

static void look_at(struct kdpu_pool *p, struct kdpu_volume *v, struct work *w)
{
	struct json_object *row;
	struct kdpu_orphan_facts f;
	struct kdpu_fate fate;
	const char *what = "kept";

	kdpu_orphan_facts(&kdpu_this_host, p, v, &f);
	f.caller = kdpu_caller_uid();
	fate = kdpu_orphan_fate(&f);
	row = orphan_json(p, v);
	if (fate.remove)
		what = do_remove(p, v, &fate, w);
	report_add(row, "result", what);
	report_add(row, "why", fate.why);
	json_object_array_add(w->rows, row);
}

static void look_at_all(struct kdpu_pool *p, struct work *w)
{
	size_t i;

	for (i = 0; i < p->nr; i++)
		if (p->volumes[i].pid)
			look_at(p, &p->volumes[i], w);
}

/* A timer calls this: what is kept is not worth a line each time. */
static int show(const struct work *w)
{
	static const struct report_field columns[] = {
		{ "pool", "POOL", REPORT_TEXT, true },
		{ "name", "VOLUME", REPORT_TEXT, true },
		{ "owner", "OWNER", REPORT_TEXT, true },
		{ "result", "RESULT", REPORT_TEXT, false },
		{ "why", "WHY", REPORT_WORDS, false },
		{ NULL, NULL, 0, false }
	};
	struct json_object *some = json_object_new_array(), *row, *result;
	size_t i;

	for (i = 0; i < json_object_array_length(w->rows); i++) {
		row = json_object_array_get_idx(w->rows, i);
		json_object_object_get_ex(row, "result", &result);
		if (opt.dry_run ||
		    strcmp(json_object_get_string(result), "kept"))
			json_object_array_add(some, json_object_get(row));
	}
	if (json_object_array_length(some))
		report_table(some, columns);
	else
		puts(opt.dry_run ? "No process owns a volume." :
				   "No volume was left behind.");
	json_object_put(some);
	return w->code;
}

static int report(struct work *w)
{
	struct json_object *o;
	int code;

	if (!opt.json) {
		code = show(w);
		json_object_put(w->rows);
		return code;
	}
	o = json_object_new_object();
	report_add_bool(o, "dry_run", opt.dry_run);
	report_add_object(o, "volumes", w->rows);
	code = report_json(o);
	return w->code ? w->code : code;
}

static int run(int nr, char **args)
{
	struct work w = { .code = EXIT_DONE };
	struct kdpu_pools l = { };
	struct kdpu_err err;
	struct kdpu_pool p;
	size_t i;
	int turn;

	if (kdpu_processes_visible(&kdpu_this_host, &err))
		return ui_error(&err);
	/* one at a time: two would tell different stories of the same volume */
	if (kdpu_turn_take(&turn, &err))
		return ui_error(&err);
	if (nr && kdpu_pool_find(args[0], &p, &err))
		return ui_error(&err);
	if (!nr && kdpu_pools_read(&l, &err) && err.error != -ENODEV)
		return ui_error(&err);
	w.rows = json_object_new_array();
	if (nr) {
		look_at_all(&p, &w);
		kdpu_pool_free(&p);
	}
	for (i = 0; i < l.nr; i++)
		look_at_all(&l.p[i], &w);
	kdpu_pools_free(&l);
	return report(&w);
}

const struct cli_command cmd_cleanup = {
	.name = "cleanup",
	.synopsis = "[POOL] [--dry-run] [--json]",
	.summary = "Remove volumes whose owner, a process, has ended",
	.details = "Removed is what volume create --owner-pid made for a process that is gone, or whose number another process has now, or that was of another boot.  Never removed are volumes that no process owns (all others, and those of volume set --keep), that are open, mounted or built upon, or whose owner lives or cannot be told.  Through sudo only the volumes of who calls it; root itself removes those of all users, as kdevpool-cleanup.timer does every five minutes.",
	.options = options,
	.max_args = 1,
	.run = run,
};
