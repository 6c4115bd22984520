// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>

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

static void show_all(struct json_object *pools)
{
	static const struct report_field columns[] = {
		{ "name", "POOL", REPORT_TEXT, true },
		{ "mode", "MODE", REPORT_TEXT, false },
		{ "disk", "DISK", REPORT_TEXT, true },
		{ "size_bytes", "SIZE", REPORT_SIZE, false },
		{ "free_bytes", "FREE", REPORT_SIZE, false },
		{ "volume_count", "VOLUMES", REPORT_NUMBER, false },
		{ "copies", "COPIES", REPORT_TEXT, false },
		{ NULL, NULL, 0, false }
	};

	if (json_object_array_length(pools))
		report_table(pools, columns);
	else
		puts("No pool is active.");
}

static void show_one(struct json_object *pool)
{
	static const struct report_field fields[] = {
		{ "name", "pool", REPORT_TEXT, false },
		{ "uuid", "uuid", REPORT_TEXT, false },
		{ "mode", "mode", REPORT_TEXT, false },
		{ "reason", "reason", REPORT_TEXT, false },
		{ "disk", "disk", REPORT_TEXT, false },
		{ "size_bytes", "size", REPORT_SIZE, false },
		{ "used_bytes", "used", REPORT_SIZE, false },
		{ "free_bytes", "free", REPORT_SIZE, false },
		{ "chunk_bytes", "chunk", REPORT_SIZE, false },
		{ "copies", "current copies", REPORT_TEXT, false },
		{ "epoch", "epoch", REPORT_NUMBER, false },
		{ "sequence", "last commit", REPORT_NUMBER, false },
		{ "journal_blocks_used", "journal blocks", REPORT_NUMBER, false },
		{ "journal_blocks", "  of", REPORT_NUMBER, false },
		{ NULL, NULL, 0, false }
	};
	static const struct report_field columns[] = {
		{ "name", "VOLUME", REPORT_TEXT, true },
		{ "size_bytes", "SIZE", REPORT_SIZE, false },
		{ "used_bytes", "USED", REPORT_SIZE, false },
		{ "state", "STATE", REPORT_TEXT, false },
		{ "owner", "OWNER", REPORT_TEXT, true },
		{ NULL, NULL, 0, false }
	};
	struct json_object *volumes;

	report_fields(pool, fields);
	if (json_object_object_get_ex(pool, "volumes", &volumes) &&
	    json_object_array_length(volumes)) {
		putchar('\n');
		report_table(volumes, columns);
	}
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
		json_object_array_add(a, pool_json(&l.p[i]));
	kdpu_pools_free(&l);
	o = json_object_new_object();
	report_add_object(o, "pools", a);
	if (opt.json)
		return report_json(o);
	show_all(a);
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
	o = pool_json(&p);
	kdpu_pool_free(&p);
	if (opt.json)
		return report_json(o);
	show_one(o);
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
