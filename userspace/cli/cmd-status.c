// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "log-report.h"
#include "pool-report.h"
#include "report.h"
#include "ui.h"

static struct {
	bool json;
} opt;

static const struct cli_option options[] = {
	{ .name = "json", .flag = &opt.json,
	  .help = "print the report as JSON" },
	{ .name = NULL }
};

/* What the next boot would stumble over. */
static void warn(struct json_object *pool)
{
	struct json_object *clones, *name, *disk;
	size_t i;

	json_object_object_get_ex(pool, "clones", &clones);
	json_object_object_get_ex(pool, "name", &name);
	json_object_object_get_ex(pool, "disk", &disk);
	for (i = 0; i < json_object_array_length(clones); i++)
		ui_note("%s holds a copy of the pool %s, which is active from %s; unless one of them is taken away, or destroyed, neither comes up by itself at the next boot",
			json_object_get_string(json_object_array_get_idx(clones, i)),
			json_object_get_string(name),
			json_object_get_string(disk));
}

static int run_all(void)
{
	struct json_object *o, *a;
	struct kdpu_pools l;
	struct kdpu_err err;
	size_t i;

	/* without device-mapper nothing is active, which is an answer */
	if (kdpu_pools_read(&l, &err)) {
		if (err.error != -ENODEV)
			return ui_error(&err);
		memset(&l, 0, sizeof(l));
	}
	a = json_object_new_array();
	for (i = 0; i < l.nr; i++)
		json_object_array_add(a, status_json(&l.p[i]));
	kdpu_pools_free(&l);
	o = json_object_new_object();
	report_add_object(o, "pools", a);
	if (opt.json)
		return report_json(o);
	pools_show(a);
	for (i = 0; i < json_object_array_length(a); i++)
		warn(json_object_array_get_idx(a, i));
	json_object_put(o);
	return EXIT_DONE;
}

static int run(int nr, char **args)
{
	struct json_object *o;
	struct kdpu_pool p;
	struct kdpu_err err;

	if (!nr)
		return run_all();
	if (kdpu_pool_find(args[0], &p, &err))
		return ui_error(&err);
	o = status_json(&p);
	kdpu_pool_free(&p);
	if (opt.json)
		return report_json(o);
	pool_show(o);
	warn(o);
	json_object_put(o);
	return EXIT_DONE;
}

const struct cli_command cmd_status = {
	.name = "status",
	.synopsis = "[POOL] [--json]",
	.summary = "Show the active pools, or one of them in detail",
	.options = options,
	.max_args = 1,
	.run = run,
};
