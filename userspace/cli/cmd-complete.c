// SPDX-License-Identifier: GPL-2.0-only
/* For shell completion: the words that the tables know. */
#include <stdio.h>

#include "args.h"
#include "lib/active.h"

static int run(int nr, char **args)
{
	const struct cli_command *const *each, *c;
	const struct cli_option *o;
	struct kdpu_pools l;
	struct kdpu_err err;
	size_t i;
	int used;

	if (!nr) {
		for (each = cli_commands; *each; each++)
			if (!(*each)->hidden)
				puts((*each)->name);
		return EXIT_DONE;
	}
	c = cli_find(nr, args, &used);
	if (!c)
		return EXIT_USAGE;
	for (o = c->options; o && o->name; o++)
		printf("--%s\n", o->name);
	puts("--help");
	if (!kdpu_pools_read(&l, &err)) {
		for (i = 0; i < l.nr; i++)
			puts(l.p[i].name);
		kdpu_pools_free(&l);
	}
	return EXIT_DONE;
}

const struct cli_command cmd_complete = {
	.name = "completion-words",
	.synopsis = "[COMMAND...]",
	.summary = "Words for shell completion",
	.max_args = -1,
	.run = run,
	.hidden = true,
};
