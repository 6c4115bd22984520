// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "lib/activate.h"
#include "pool-report.h"
#include "report.h"
#include "ui.h"

static struct {
	const char *pool;
	bool read_only, json;
} opt;

static const struct cli_option options[] = {
	{ .name = "pool", .arg = "NAME", .text = &opt.pool,
	  .help = "refuse if the pool on the device has another name" },
	{ .name = "read-only", .flag = &opt.read_only,
	  .help = "write nothing, neither data nor metadata" },
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

static int run(int nr, char **args)
{
	struct kdpu_activation done;
	struct json_object *o;
	struct kdpu_err err;
	struct kdpu_pool p;
	int code = EXIT_DONE;

	(void)nr;
	if (kdpu_activate(args[0], opt.pool, opt.read_only, &p, &done, &err))
		return ui_error(&err);
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

const struct cli_command cmd_activate = {
	.name = "activate",
	.synopsis = "DEV [--pool NAME] [--read-only] [--json]",
	.summary = "Bring up the pool on a disk, with all its volumes",
	.details = "All devices or none.  When the pool is active already, only devices that are missing are made.",
	.options = options,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
