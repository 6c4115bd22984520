/* SPDX-License-Identifier: GPL-2.0-only */
/* Options and arguments of a command line. */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include "command.h"
#include "lib/err.h"

/*
 * Which command do the first words name?  *@used is how many they are.  NULL
 * if none.
 */
const struct cli_command *cli_find(int argc, char **argv, int *used);

/*
 * Parse what follows the command's name: options (--name VALUE, --name=VALUE,
 * anywhere, up to "--") into their targets, the other words to the front of
 * @argv, counted in *@nr.  *@help is set by --help.  -EINVAL.
 */
int cli_parse(const struct cli_command *c, int argc, char **argv, int *nr,
	      bool *help, struct kdpu_err *err);

/* Forget all that was given. */
void cli_parse_free(const struct cli_command *c);

#endif
