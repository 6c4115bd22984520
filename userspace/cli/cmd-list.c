// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "pool-report.h"
#include "report.h"
#include "ui.h"

#define DETAILS \
	"USED is what was written to; UNWRITTEN is reserved and reads as zeros."

static struct {
	bool json;
} opt;

static const struct cli_option options[] = {
	{ .name = "json", .flag = &opt.json,
	  .help = "print the report as JSON" },
	{ .name = NULL }
};

static int run(int nr, char **args)
{
	struct json_object *o, *a;
	struct kdpu_pools l;
	struct kdpu_err err;
	size_t i, j;
	int code = EXIT_DONE;

	if (nr) {
		struct kdpu_pool one;

		if (kdpu_pool_find(args[0], &one, &err))
			return ui_error(&err);
		kdpu_pool_free(&one);
	}
	if (kdpu_pools_read(&l, &err)) {
		if (err.error != -ENODEV)
			return ui_error(&err);
		memset(&l, 0, sizeof(l));
	}
	a = json_object_new_array();
	for (i = 0; i < l.nr; i++)
		for (j = 0; j < l.p[i].nr; j++)
			if (!nr || !strcmp(l.p[i].name, args[0]))
				json_object_array_add(a,
					pool_volume_json(&l.p[i],
							 &l.p[i].volumes[j]));
	kdpu_pools_free(&l);
	o = json_object_new_object();
	report_add_object(o, "volumes", a);
	if (opt.json)
		return report_json(o);
	pool_show_volumes(a);
	json_object_put(o);
	return code;
}

const struct cli_command cmd_list = {
	.name = "list",
	.synopsis = "[POOL] [--json]",
	.summary = "List the volumes of all active pools, or of one",
	.details = DETAILS,
	.options = options,
	.max_args = 1,
	.run = run,
};

/* The same by another name, beside its sisters. */
const struct cli_command cmd_volume_list = {
	.name = "volume list",
	.synopsis = "[POOL] [--json]",
	.summary = "List the volumes of all active pools, or of one",
	.details = DETAILS,
	.options = options,
	.max_args = 1,
	.run = run,
};
