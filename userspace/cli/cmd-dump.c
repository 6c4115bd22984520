// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dump-report.h"
#include "emit-json.h"
#include "lib/engine/dump.h"
#include "report.h"
#include "ui.h"

static struct {
	const char *replica;
	bool super, checkpoint, journal, volumes, extents, json;
} opt;

static const struct cli_option options[] = {
	{ .name = "super", .flag = &opt.super,
	  .help = "the superblocks; without any of these options, everything" },
	{ .name = "checkpoint", .flag = &opt.checkpoint,
	  .help = "the blocks of the checkpoint that the superblock names" },
	{ .name = "journal", .flag = &opt.journal,
	  .help = "the journal with its records" },
	{ .name = "volumes", .flag = &opt.volumes,
	  .help = "the volumes as they are after the journal" },
	{ .name = "extents", .flag = &opt.extents,
	  .help = "volumes or checkpoint with what each volume maps" },
	{ .name = "replica", .arg = "N", .text = &opt.replica,
	  .help = "only copy N, 0 to 4, of what there are five of" },
	{ .name = "json", .flag = &opt.json,
	  .help = "print the report as JSON" },
	{ .name = NULL }
};

static int read_options(struct kdpu_dump *what, struct kdpu_err *err)
{
	const char *r = opt.replica;

	what->parts = (opt.super ? KDPU_DUMP_SUPER : 0) |
		      (opt.checkpoint ? KDPU_DUMP_CHECKPOINT : 0) |
		      (opt.journal ? KDPU_DUMP_JOURNAL : 0) |
		      (opt.volumes ? KDPU_DUMP_VOLUMES : 0);
	if (opt.extents)
		what->parts |= KDPU_DUMP_EXTENTS |
			       (opt.checkpoint ? 0 : KDPU_DUMP_VOLUMES);
	if (!what->parts)
		what->parts = KDPU_DUMP_ALL;
	what->replica = -1;
	if (!r)
		return 0;
	r += r[0] == 'R';
	if (r[0] < '0' || r[0] > '4' || r[1]) {
		kdpu_fail(err, -EINVAL, "there is no copy \"%.40s\"",
			  opt.replica);
		return kdpu_expected(err, "--replica 0 to 4");
	}
	what->replica = r[0] - '0';
	return 0;
}

static int run(int nr, char **args)
{
	struct kdpu_err err = { };
	struct emit_json to;
	struct kdpu_dump what;
	struct json_object *o;
	struct kdpu_emit e;
	struct kdpu_disk d;
	int code = EXIT_DONE;

	(void)nr;
	if (read_options(&what, &err))
		return ui_usage(&err);
	if (kdpu_disk_open(&d, args[0], &err))
		return ui_error(&err);
	o = json_object_new_object();
	report_add(o, "device", args[0]);
	report_add_number(o, "size_bytes", d.bytes);
	e = emit_json(&to, o);
	if (kdpu_dump_run(&d, &what, &e, &err)) {
		code = ui_error(&err);
	} else {
		if (!json_object_get_boolean(json_object_object_get(o,
								    "opened")))
			code = EXIT_CHECK_LOST;
		if (opt.json)
			report_json(json_object_get(o));
		else
			dump_show(o);
	}
	json_object_put(o);
	kdpu_disk_close(&d);
	return code;
}

const struct cli_command cmd_dump = {
	.name = "dump",
	.synopsis = "DEV|IMAGE [--super] [--checkpoint] [--journal] [--volumes] [--extents] [--replica N] [--json]",
	.summary = "Show all that the metadata on a disk or image says",
	.details = "Reads only.  Decodes superblocks, checkpoint, journal and maps with the kernel's own code, damaged blocks as far as their headers are legible.  Blocks are counted in 4 KiB from the start of the device.\nExit code 2: there is no pool that could be opened; what is legible of it is shown.",
	.options = options,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
