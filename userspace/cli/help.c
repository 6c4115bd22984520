// SPDX-License-Identifier: GPL-2.0-only
/* Help, from the tables. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "ui.h"

const struct cli_meaning cli_exits[] = {
	{ EXIT_DONE, "done; check: the pool is clean" },
	{ EXIT_CHECK_DAMAGED, "check, scrub: damaged, but nothing is lost" },
	{ EXIT_CHECK_LOST, "check, probe, activate --auto: beyond recovery, or no pool" },
	{ EXIT_USAGE, "wrong arguments" },
	{ EXIT_REFUSED, "refused: a safety check, a decision, in use, or not allowed" },
	{ EXIT_FAILED, "failed" },
	{ EXIT_DECLINED, "the question was not answered with YES" },
	{ EXIT_NOT_FOUND, "no such device, pool or volume" },
	{ EXIT_NO_SPACE, "no space" },
	{ EXIT_INTERRUPTED, "interrupted; the message says what state the disk is in" },
	{ 0, NULL }
};

void cli_help(void)
{
	const struct cli_command *const *c;
	const struct cli_meaning *m;

	puts("Usage: " PROGRAM " COMMAND [ARGUMENT...]\n\n"
	     "One disk as a pool of fast, short-lived volumes.\n\nCommands:");
	for (c = cli_commands; *c; c++)
		if (!(*c)->hidden)
			printf("  %-15s %s\n", (*c)->name, (*c)->summary);
	puts("\n" PROGRAM " COMMAND --help tells more about a command.\n"
	     "Reports take --json.  Sizes: 10G, 512M, 2048s (sectors).\n\n"
	     "Exit codes:");
	for (m = cli_exits; m->text; m++)
		printf("  %d  %s\n", m->code, m->text);
}

static void paragraphs(const char *text)
{
	char one[1024];
	size_t n;

	for (; *text; text += n + strspn(text + n, "\n")) {
		n = strcspn(text, "\n");
		snprintf(one, sizeof(one), "%.*s", (int)n, text);
		ui_wrap(stdout, 0, one);
		putchar('\n');
	}
}

void cli_help_command(const struct cli_command *c)
{
	const struct cli_option *o;
	char name[48];

	printf("Usage: " PROGRAM " %s ", c->name);
	ui_wrap(stdout, (int)strlen("Usage: " PROGRAM "  ") +
		(int)strlen(c->name), c->synopsis);
	printf("\n%s.\n\n", c->summary);
	if (c->details)
		paragraphs(c->details);
	if (!c->options)
		return;
	puts("Options:");
	for (o = c->options; o->name; o++) {
		snprintf(name, sizeof(name), "--%s%s%s", o->name,
			 o->arg ? " " : "", o->arg ? o->arg : "");
		printf("  %-21s ", name);
		ui_wrap(stdout, 24, o->help);
	}
}
