// SPDX-License-Identifier: GPL-2.0-only
/* volume create, volume remove */
#include <errno.h>
#include <stdio.h>

#include "lib/prepare.h"
#include "lib/volume.h"
#include "pool-report.h"
#include "progress.h"
#include "report.h"
#include "signals.h"
#include "ui.h"

static struct {
	const char *owner_pid;
	bool json, prepare;
} opt;

static const struct cli_option options[] = {
	{ .name = "json", .flag = &opt.json,
	  .help = "print the report as JSON" },
	{ .name = NULL }
};

static const struct cli_option create_options[] = {
	{ .name = "owner-pid", .arg = "PID", .text = &opt.owner_pid,
	  .help = "the process that they are for: cleanup removes them once it has ended" },
	{ .name = "prepare", .flag = &opt.prepare,
	  .help = "write zeros to all of the new volumes, so that first writes are as fast as all others; takes as long as the disk takes to write them" },
	{ .name = "json", .flag = &opt.json,
	  .help = "print the report as JSON" },
	{ .name = NULL }
};

static int read_specs(int nr, char **args, struct kdpu_volspecs *l,
		      struct kdpu_err *err)
{
	int i, ret = 0;

	if (nr % 2) {
		kdpu_fail(err, -EINVAL, "\"%.80s\" has no size", args[nr - 1]);
		return kdpu_expected(err, "pairs of NAME SIZE");
	}
	for (i = 0; !ret && i < nr; i += 2)
		ret = kdpu_volspecs_add(l, args[i], args[i + 1], err);
	return ret;
}

static int report_created(struct kdpu_pool *p, const struct kdpu_volspecs *l)
{
	struct json_object *o = json_object_new_object();
	struct json_object *a = json_object_new_array();
	struct kdpu_volume *v;
	size_t i;

	for (i = 0; i < l->nr; i++) {
		v = kdpu_pool_volume(p, l->v[i].name);
		if (!v)
			continue;
		json_object_array_add(a, pool_volume_json(p, v));
		if (!opt.json)
			printf("%s\n", v->node);
	}
	report_add_object(o, "created", a);
	if (opt.json)
		return report_json(o);
	json_object_put(o);
	return EXIT_DONE;
}

static int prepare(struct kdpu_pool *p, const struct kdpu_volspecs *l,
		   struct kdpu_err *err)
{
	struct progress bar = { .what = "preparing", .quiet = opt.json };
	int ret;

	if (!opt.prepare)
		return 0;
	signals_stop_writing(true);
	ret = kdpu_volumes_prepare(p, l, progress_show, &bar, err);
	signals_stop_writing(false);
	progress_end(&bar);
	return ret;
}

static int run_create(int nr, char **args)
{
	struct kdpu_volspecs l = { };
	struct kdpu_owner owner = { };
	struct kdpu_pool p = { };
	struct kdpu_err err;
	int code;

	if (read_specs(nr - 1, args + 1, &l, &err))
		code = ui_usage(&err);
	else if (opt.owner_pid && kdpu_owner_find(&kdpu_this_host,
						  opt.owner_pid, &owner, &err))
		code = err.error == -EINVAL ? ui_usage(&err) : ui_error(&err);
	else if (kdpu_pool_find(args[0], &p, &err) ||
		 kdpu_volumes_create(&p, &l, &owner, &err) || prepare(&p, &l, &err))
		code = ui_error(&err);
	else
		code = report_created(&p, &l);
	kdpu_pool_free(&p);
	kdpu_volspecs_free(&l);
	return code;
}

static int run_remove(int nr, char **args)
{
	struct kdpu_pool p = { };
	struct json_object *o, *a;
	struct kdpu_err err;
	int i, code = EXIT_DONE;

	if (kdpu_pool_find(args[0], &p, &err) ||
	    kdpu_volumes_remove(&p, args + 1, nr - 1, &err)) {
		kdpu_pool_free(&p);
		return ui_error(&err);
	}
	kdpu_pool_free(&p);
	if (!opt.json)
		return EXIT_DONE;
	o = json_object_new_object();
	a = json_object_new_array();
	for (i = 1; i < nr; i++)
		json_object_array_add(a, json_object_new_string(args[i]));
	report_add_object(o, "removed", a);
	code = report_json(o);
	return code;
}

const struct cli_command cmd_volume_create = {
	.name = "volume create",
	.synopsis = "POOL NAME SIZE[:thin] [NAME SIZE ...] [--owner-pid PID] [--prepare] [--json]",
	.summary = "Make volumes in an active pool, all of them or none",
	.details = "Prints the path of each new volume.  With :thin behind its size a volume takes space only as it is written to, and gives it back when it is discarded.\n"
		"With --owner-pid the pool notes number, time of start and boot of that process; while it lives, cleanup leaves the volumes alone.  volume set --keep makes them stay.",
	.options = create_options,
	.min_args = 3,
	.max_args = -1,
	.run = run_create,
};

const struct cli_command cmd_volume_remove = {
	.name = "volume remove",
	.synopsis = "POOL NAME [NAME ...] [--json]",
	.summary = "Remove volumes with all their data, all of them or none",
	.details = "Refused while one of them is in use.  Does not ask.",
	.options = options,
	.min_args = 2,
	.max_args = -1,
	.run = run_remove,
};
