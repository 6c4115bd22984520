// SPDX-License-Identifier: GPL-2.0-only
/* kdevpool-admin: pick the command, parse its options, run it. */
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "lib/engine/log.h"
#include "lib/libdm.h"
#include "lib/libmnt.h"
#include "ui.h"

const struct cli_command *const cli_commands[] = {
	&cmd_create,
	&cmd_activate,
	&cmd_deactivate,
	&cmd_status,
	&cmd_list,
	&cmd_log,
	&cmd_config,
	&cmd_volume_create,
	&cmd_volume_remove,
	&cmd_volume_list,
	&cmd_volume_rename,
	&cmd_volume_set,
	&cmd_cleanup,
	&cmd_check,
	&cmd_scrub,
	&cmd_monitor,
	&cmd_metrics,
	&cmd_dump,
	&cmd_repair,
	&cmd_destroy,
	&cmd_profile_list,
	&cmd_profile_show,
	&cmd_profile_export,
	&cmd_profile_import,
	&cmd_probe,
	&cmd_dm_names,
	&cmd_libraries,
	&cmd_complete,
	&cmd_manual,
	NULL,
};

static int unknown_command(const char *name)
{
	struct kdpu_err err;

	kdpu_fail(&err, -1, "there is no command \"%.60s\"", name);
	kdpu_todo(&err, PROGRAM " --help");
	return ui_usage(&err);
}

static int run(const struct cli_command *c, int argc, char **argv)
{
	struct kdpu_err err = { };
	bool help;
	int nr = 0, code;

	if (cli_parse(c, argc, argv, &nr, &help, &err))
		code = ui_usage(&err);
	else if (help)
		code = (cli_help_command(c), EXIT_DONE);
	else if (!c->light && (kdpu_load(&kdpu_libdm, &err) ||
			       kdpu_load(&kdpu_libmnt, &err)))
		code = ui_error(&err);
	else
		code = c->run(nr, argv);
	cli_parse_free(c);
	return code;
}

int main(int argc, char **argv)
{
	const struct cli_command *c;
	int used;

	kdpu_engine_quiet();
	if (argc < 2) {
		cli_help();
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") ||
	    !strcmp(argv[1], "help")) {
		cli_help();
		return EXIT_DONE;
	}
	if (!strcmp(argv[1], "--version")) {
		puts(PROGRAM " " VERSION);
		return EXIT_DONE;
	}
	c = cli_find(argc - 1, argv + 1, &used);
	if (!c)
		return unknown_command(argv[1]);
	return run(c, argc - 1 - used, argv + 1 + used);
}
