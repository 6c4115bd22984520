// SPDX-License-Identifier: GPL-2.0-only
/*
 * The manual pages of the commands, in mdoc(7), from the tables that --help is
 * made of.  The build calls this; nobody else needs to.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "ui.h"

#define DATE	"November 21, 2026"

static struct {
	bool commands, exits;
} opt;

static const struct cli_option options[] = {
	{ .name = "commands", .flag = &opt.commands,
	  .help = "the list of commands instead" },
	{ .name = "exit-status", .flag = &opt.exits,
	  .help = "the list of exit codes instead" },
	{ .name = NULL }
};

static void put_char(char c)
{
	if (c == '\\')
		fputs("\\e", stdout);
	else if (c == '-')
		fputs("\\-", stdout);
	else
		putchar(c);
}

/*
 * Running text, and @end behind it: a line for each sentence, paragraphs at
 * line breaks.
 */
static void put_text(const char *text, const char *end)
{
	bool start = true;

	for (; *text; text++) {
		if (*text == '\n') {
			fputs("\n.Pp\n", stdout);
			start = true;
		} else if (*text == ' ' && text[1] == ' ') {
			putchar('\n');
			text += strspn(text, " ") - 1;
			start = true;
		} else {
			if (start && (*text == '.' || *text == '\''))
				fputs("\\&", stdout);
			put_char(*text);
			start = false;
		}
	}
	puts(end);
}

static void put_escaped(const char *text, size_t n)
{
	while (n--)
		put_char(*text++);
}

/* "--pool", "NAME" or "|" of a synopsis as a macro's arguments. */
static void put_word(const char *word, size_t n)
{
	if (n > 2 && !strncmp(word, "--", 2)) {
		printf(" Fl Fl ");
		put_escaped(word + 2, n - 2);
	} else if (n == 1 && *word == '|') {
		printf(" |");
	} else if (n == 3 && !strncmp(word, "...", 3)) {
		printf(" Ns No \" ...\"");
	} else {
		printf(" Ar ");
		put_escaped(word, n);
	}
}

/* The words between @text and @end on one line. */
static void put_words(const char *macro, const char *text, const char *end)
{
	bool first = !*macro;
	size_t n;

	printf("%s", macro);
	while (text < end) {
		n = strcspn(text, " ");
		if (n > (size_t)(end - text))
			n = end - text;
		if (first)
			printf(".No \\&");
		first = false;
		put_word(text, n);
		text += n;
		text += strspn(text, " ");
	}
	putchar('\n');
}

static void put_synopsis(const char *text)
{
	const char *end;

	while (*text) {
		if (*text == '[') {
			end = text + strcspn(text, "]");
			put_words(".Op", text + 1, end);
			text = end + !!*end;
		} else {
			end = strstr(text, " [");
			if (!end)
				end = text + strlen(text);
			put_words("", text, end);
			text = end;
		}
		text += strspn(text, " ");
	}
}

/* "kdevpool-admin-volume-create" */
static void put_name(const char *name, bool upper)
{
	printf(upper ? "KDEVPOOL-ADMIN-" : PROGRAM "-");
	for (; *name; name++)
		putchar(*name == ' ' ? '-' : upper ? toupper(*name) : *name);
}

static void put_options(const struct cli_option *o)
{
	if (!o || !o->name)
		return;
	puts(".Bl -tag -width Ds");
	for (; o->name; o++) {
		printf(".It Fl Fl %s%s%s\n", o->name, o->arg ? " Ar " : "",
		       o->arg ? o->arg : "");
		putchar(toupper(o->help[0]));
		put_text(o->help + 1, ".");
	}
	puts(".El");
}

static void put_page(const struct cli_command *c)
{
	printf(".\\\" SPDX-License-Identifier: GPL-2.0-only\n"
	       ".\\\" Made by " PROGRAM " manual-page from the command's table.\n"
	       ".Dd " DATE "\n.Dt ");
	put_name(c->name, true);
	printf(" 8\n.Os\n.Sh NAME\n.Nm ");
	put_name(c->name, false);
	printf("\n.Nd %c", tolower(c->summary[0]));
	put_text(c->summary + 1, "");
	printf(".Sh SYNOPSIS\n.Nm " PROGRAM "\n.Cm %s\n", c->name);
	put_synopsis(c->synopsis);
	puts(".Sh DESCRIPTION");
	put_text(c->summary, ".");
	if (c->details) {
		puts(".Pp");
		put_text(c->details, "");
	}
	put_options(c->options);
	puts(".Sh EXIT STATUS\nSee\n.Xr " PROGRAM " 8 .\n"
	     ".Sh SEE ALSO\n.Xr " PROGRAM " 8");
}

static int put_commands(void)
{
	const struct cli_command *const *c;

	puts(".Bl -tag -width Ds");
	for (c = cli_commands; *c; c++) {
		if ((*c)->hidden)
			continue;
		printf(".It Xr ");
		put_name((*c)->name, false);
		puts(" 8");
		put_text((*c)->summary, ".");
	}
	puts(".El");
	return EXIT_DONE;
}

static int put_exits(void)
{
	const struct cli_meaning *m;

	puts(".Bl -tag -width Ds");
	for (m = cli_exits; m->text; m++) {
		printf(".It %d\n%c", m->code, toupper(m->text[0]));
		put_text(m->text + 1, ".");
	}
	puts(".El");
	return EXIT_DONE;
}

static int run(int nr, char **args)
{
	const struct cli_command *c;
	struct kdpu_err err;
	int used;

	if (opt.commands)
		return put_commands();
	if (opt.exits)
		return put_exits();
	c = cli_find(nr, args, &used);
	if (!c || used != nr) {
		kdpu_fail(&err, -EINVAL, "there is no such command");
		kdpu_expected(&err, "the name of a command");
		return ui_usage(&err);
	}
	put_page(c);
	return EXIT_DONE;
}

const struct cli_command cmd_manual = {
	.name = "manual-page",
	.synopsis = "COMMAND",
	.summary = "The manual page of a command",
	.options = options,
	.max_args = 2,
	.run = run,
	.hidden = true,
};
