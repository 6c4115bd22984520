// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "lib/activate.h"
#include "report.h"
#include "ui.h"

static struct {
	bool all, json, patient;
} opt;

#define PATIENCE	25	/* times 0.2 s */

static const struct cli_option options[] = {
	{ .name = "all", .flag = &opt.all, .help = "every active pool" },
	{ .name = "wait", .flag = &opt.patient,
	  .help = "for five seconds, while volumes are in use: scanners come and go (not for / and /usr, which stay)" },
	{ .name = "json", .flag = &opt.json,
	  .help = "print the report as JSON" },
	{ .name = NULL }
};

static int one(struct kdpu_pool *p, struct json_object *done)
{
	const struct timespec nap = { .tv_nsec = 200 * 1000 * 1000 };
	int left = opt.patient && !kdpu_pool_is_system(p) ? PATIENCE : 0;
	struct kdpu_err err;
	int ret;

	while ((ret = kdpu_deactivate(p, &err)) == -EBUSY && left--) {
		nanosleep(&nap, NULL);
		if (kdpu_pool_refresh(p, &err))
			break;
	}
	if (ret)
		return ui_error(&err);
	json_object_array_add(done, json_object_new_string(p->name));
	if (!opt.json)
		printf("Pool %s is no longer active.\n", p->name);
	return EXIT_DONE;
}

/* Go on with the others after an error; the last error's code. */
static int all(struct json_object *done)
{
	struct kdpu_pools l;
	struct kdpu_err err;
	int code, last = EXIT_DONE;
	size_t i;

	if (kdpu_pools_read(&l, &err))
		return err.error == -ENODEV ? EXIT_DONE : ui_error(&err);
	for (i = 0; i < l.nr; i++) {
		code = one(&l.p[i], done);
		last = code ? code : last;
	}
	kdpu_pools_free(&l);
	return last;
}

static int work(int nr, char **args, struct json_object *done)
{
	struct kdpu_err err;
	struct kdpu_pool p;
	int code;

	if ((nr == 1) == opt.all) {
		kdpu_fail(&err, -EINVAL, opt.all ? "a pool and --all are both given" :
						   "no pool is named");
		kdpu_expected(&err, "POOL or --all");
		return ui_usage(&err);
	}
	if (opt.all)
		return all(done);
	if (kdpu_pool_find(args[0], &p, &err))
		return ui_error(&err);
	code = one(&p, done);
	kdpu_pool_free(&p);
	return code;
}

static int run(int nr, char **args)
{
	struct json_object *o = json_object_new_object();
	struct json_object *done = json_object_new_array();
	int code = work(nr, args, done);

	report_add_object(o, "deactivated", done);
	if (opt.json)
		report_json(o);
	else
		json_object_put(o);
	return code;
}

const struct cli_command cmd_deactivate = {
	.name = "deactivate",
	.synopsis = "POOL | --all [--wait] [--json]",
	.summary = "Take a pool and its volumes down, leaving the disk clean",
	.details = "Refused, naming them, while volumes are in use.",
	.options = options,
	.max_args = 1,
	.run = run,
};
