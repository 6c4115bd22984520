/* SPDX-License-Identifier: GPL-2.0-only */
/* A subcommand: one entry of the table in main.c, one file. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#define PROGRAM		"kdevpool-admin"
#define VERSION		"0.1"

/* Exit codes; those of the man page. */
enum cli_exit {
	EXIT_DONE = 0,
	EXIT_CHECK_DAMAGED = 1,	/* check, scrub: damaged, nothing lost */
	EXIT_CHECK_LOST = 2,	/* check, probe: beyond recovery, or no pool */
	EXIT_USAGE = 3,
	EXIT_REFUSED = 4,	/* a safety check, in use, or not allowed */
	EXIT_FAILED = 5,
	EXIT_DECLINED = 6,	/* the question was not answered with YES */
	EXIT_NOT_FOUND = 7,
	EXIT_NO_SPACE = 8,
	EXIT_INTERRUPTED = 9,	/* by a signal; what was done is told */
};

struct cli_list {
	const char **v;
	size_t nr;
};

/* An option; exactly one of the three targets is set. */
struct cli_option {
	const char *name;	/* without hyphens; NULL ends the table */
	char letter;		/* "-n VALUE" is the same; 0: none */
	const char *arg;	/* what the value is called; NULL for a flag */
	const char *help;
	bool *flag;
	const char **text;
	struct cli_list *list;	/* may be given several times */
};

struct cli_command {
	const char *name;	/* one or two words */
	const char *synopsis;	/* the arguments */
	const char *summary;	/* one line */
	const char *details;	/* for --help; paragraphs */
	const struct cli_option *options;
	int min_args, max_args;	/* max -1: any number */
	int (*run)(int nr, char **args);	/* returns an enum cli_exit */
	bool hidden;		/* for machines; not in --help */
	bool light;		/* udev runs it: no library before it is needed */
};

extern const struct cli_command cmd_create, cmd_activate, cmd_deactivate;
extern const struct cli_command cmd_status, cmd_list, cmd_check, cmd_destroy;
extern const struct cli_command cmd_volume_create, cmd_volume_remove;
extern const struct cli_command cmd_volume_list, cmd_volume_rename;
extern const struct cli_command cmd_volume_set, cmd_cleanup;
extern const struct cli_command cmd_log, cmd_config;
extern const struct cli_command cmd_dump, cmd_repair, cmd_scrub;
extern const struct cli_command cmd_metrics, cmd_monitor;
extern const struct cli_command cmd_profile_list, cmd_profile_show;
extern const struct cli_command cmd_profile_export, cmd_profile_import;
extern const struct cli_command cmd_probe, cmd_dm_names, cmd_complete;
extern const struct cli_command cmd_libraries, cmd_manual;

extern const struct cli_command *const cli_commands[];	/* NULL ends it */

/* What the exit codes mean; NULL ends it. */
struct cli_meaning {
	enum cli_exit code;
	const char *text;
};

extern const struct cli_meaning cli_exits[];

/* The text of a usage line: "kdevpool-admin create --device DEV ..." */
void cli_help_command(const struct cli_command *c);
void cli_help(void);

#endif
