// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "tend.h"
#include "ui.h"

static struct {
	bool wait, stop, json;
} opt;

static const struct cli_option options[] = {
	{ .name = "wait", .flag = &opt.wait,
	  .help = "until it is done and what it found is mended; then tell" },
	{ .name = "stop", .flag = &opt.stop,
	  .help = "stop the scrub that runs or was asked for" },
	{ .name = "json", .flag = &opt.json,
	  .help = "print the report as JSON" },
	{ .name = NULL }
};

static int run(int nr, char **args)
{
	struct kdpu_pool p;
	struct kdpu_err err;
	int code;

	if (opt.wait && opt.stop) {
		kdpu_fail(&err, -EINVAL, "--wait and --stop exclude each other");
		kdpu_expected(&err, "one of them, or neither");
		return ui_usage(&err);
	}
	if (nr ? kdpu_pool_find_any(args[0], &p, &err) :
		 kdpu_pool_find(NULL, &p, &err))
		return ui_error(&err);
	if (opt.stop)
		code = tend_stop(&p, opt.json);
	else
		code = tend_run(&p, TEND_SCRUB, opt.wait, opt.json);
	kdpu_pool_free(&p);
	return code;
}

const struct cli_command cmd_scrub = {
	.name = "scrub",
	.synopsis = "[POOL|DEV] [--wait | --stop] [--json]",
	.summary = "Compare all copies of an active pool's metadata",
	.details = "The kernel reads every superblock, journal block in use and checkpoint block of all five copies, makes way for other I/O, and compares them with what they must say; bitmap and maps are compared as well.  What is bad is mended afterwards, unless auto_repair_enabled in sysfs is 0.  It does so every hour by itself.  Without POOL: the only active one.\nWithout --wait the command returns at once.  With it Ctrl-C ends the waiting, not the scrub.  Exit code 0: all copies are valid in the end; 1: not all of them, but nothing is lost.",
	.options = options,
	.max_args = 1,
	.run = run,
};
