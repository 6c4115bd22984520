// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "auto-report.h"
#include "lib/activate.h"
#include "lib/declog.h"
#include "pool-report.h"
#include "report.h"
#include "ui.h"

static struct {
	const char *pool;
	bool read_only, json, automatic, dry_run, force;
} opt;

static const struct cli_option options[] = {
	{ .name = "pool", .arg = "NAME", .text = &opt.pool,
	  .help = "refuse if the pool on the device has another name" },
	{ .name = "read-only", .flag = &opt.read_only,
	  .help = "write nothing, neither data nor metadata" },
	{ .name = "auto", .flag = &opt.automatic,
	  .help = "decide by kdevpool.conf(5) and what is known whether to activate it" },
	{ .name = "dry-run", .flag = &opt.dry_run,
	  .help = "with --auto: show facts and decision, change nothing" },
	{ .name = "force", .flag = &opt.force,
	  .help = "also when another machine may have the pool in use; with --auto, whatever was decided, unless it is damaged beyond recovery" },
	{ .name = "json", .flag = &opt.json,
	  .help = "print the report as JSON" },
	{ .name = NULL }
};

static void tell(const struct kdpu_pool *p, const struct kdpu_activation *done)
{
	if (done->already && !done->made)
		printf("Pool %s is active already.\n", p->name);
	else if (done->already)
		printf("Pool %s is active already; %zu missing device(s) made.\n",
		       p->name, done->made);
	else
		printf("Pool %s is up with %zu volume(s).\n", p->name, p->nr);
}

static int automatic(const char *path)
{
	const struct auto_options how = {
		.path = path,
		.dry_run = opt.dry_run,
		.force = opt.force,
		.json = opt.json,
	};

	return auto_activate(&how);
}

static int wrong_options(void)
{
	struct kdpu_err err;

	if (opt.automatic && !opt.pool && !opt.read_only)
		return 0;
	if (!opt.automatic && !opt.dry_run)
		return 0;
	kdpu_fail(&err, -EINVAL, opt.automatic ?
		  "--pool and --read-only do not go with --auto" :
		  "--dry-run needs --auto");
	kdpu_expected(&err, PROGRAM " activate %s", cmd_activate.synopsis);
	return ui_usage(&err);
}

static int by_hand(const char *path)
{
	const struct kdpu_activate_how how = {
		.name = opt.pool,
		.read_only = opt.read_only,
		.adopt = true,
	};
	struct kdpu_activation done;
	struct json_object *o;
	struct kdpu_err err;
	struct kdpu_pool p;
	int code = EXIT_DONE;

	if (!opt.force && !opt.read_only &&
	    kdpu_may_be_in_use(&kdpu_this_host, path, &err))
		return ui_error(&err);
	if (kdpu_activate(path, &how, &p, &done, &err))
		return ui_error(&err);
	if (!done.already)
		kdpu_declog_hand(path, &p);
	if (opt.json) {
		o = pool_json(&p);
		report_add_bool(o, "already_active", done.already);
		report_add_number(o, "devices_made", done.made);
		code = report_json(o);
	} else {
		tell(&p, &done);
	}
	if (done.links_missing)
		ui_note("udev made no links in /dev/kdevpool for %zu volume(s): are the rules of kdevpool installed?",
			done.links_missing);
	if (strcmp(p.mode, "active"))
		ui_note("the pool is %s: %s", p.mode, p.reason);
	kdpu_pool_free(&p);
	return code;
}

static int run(int nr, char **args)
{
	int code = wrong_options();

	(void)nr;
	if (code)
		return code;
	return opt.automatic ? automatic(args[0]) : by_hand(args[0]);
}

const struct cli_command cmd_activate = {
	.name = "activate",
	.synopsis = "DEV [--pool NAME] [--read-only] [--force] [--auto [--dry-run]] [--json]",
	.summary = "Bring up the pool on a disk, with all its volumes",
	.details = "All devices or none.  When the pool is active already, only devices that are missing are made.\n"
		"By hand, the pool belongs to this machine and this disk from then on.  With --auto, as at boot, it is decided by points whether to activate it; kdevpool.conf(5) has the table.  Exit code 4: it was decided not to; 2: no pool, or beyond recovery.  Every decision is in the journal: see log.",
	.options = options,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
