// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ui.h"

#define WIDTH	80

const char *ui_colour(FILE *f, enum ui_colour c)
{
	static const char *const sequences[] = {
		[UI_PLAIN] = "\033[0m",
		[UI_BOLD] = "\033[1m",
		[UI_GREEN] = "\033[32m",
		[UI_YELLOW] = "\033[33m",
		[UI_RED] = "\033[31m",
	};
	const char *term = getenv("TERM"), *none = getenv("NO_COLOR");

	if (!isatty(fileno(f)) || (none && *none) ||
	    (term && !strcmp(term, "dumb")))
		return "";
	return sequences[c];
}

static void wrap(FILE *f, int indent, const char *text, bool break_words)
{
	int column = indent;
	size_t n;

	while (*text) {
		n = strcspn(text, " ");
		if (column > indent && column + 1 + (int)n > WIDTH - 1) {
			fprintf(f, "\n%*s", indent, "");
			column = indent;
		}
		if (column > indent) {
			fputc(' ', f);
			column++;
		}
		if (break_words && column + (int)n > WIDTH - 1)
			n = WIDTH - 1 - column;
		fprintf(f, "%.*s", (int)n, text);
		column += n;
		text += n;
		if (*text && *text != ' ') {
			fprintf(f, "\n%*s", indent, "");
			column = indent;
		}
		text += strspn(text, " ");
	}
	fputc('\n', f);
}

void ui_wrap(FILE *f, int indent, const char *text)
{
	wrap(f, indent, text, false);
}

void ui_fill(FILE *f, int indent, const char *text)
{
	wrap(f, indent, text, true);
}

char *ui_safe(char *text)
{
	char *p;

	for (p = text; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	return text;
}

static void line(const char *label, const char *text)
{
	if (!text[0])
		return;
	fprintf(stderr, "  %-10s", label);
	ui_wrap(stderr, 12, text);
}

static void show(const struct kdpu_err *err)
{
	fflush(stdout);
	fprintf(stderr, "%s" PROGRAM ":%s ", ui_colour(stderr, UI_RED),
		ui_colour(stderr, UI_PLAIN));
	ui_wrap(stderr, (int)strlen(PROGRAM) + 2, err->what);
	line("expected:", err->expected);
	line("to do:", err->todo);
}

int ui_error(const struct kdpu_err *err)
{
	static const struct {
		int error;
		enum cli_exit code;
	} codes[] = {
		{ -EINVAL, EXIT_USAGE },
		{ -ERANGE, EXIT_USAGE },
		{ -ENAMETOOLONG, EXIT_USAGE },
		{ -EBUSY, EXIT_REFUSED },
		{ -EACCES, EXIT_REFUSED },
		{ -EPERM, EXIT_REFUSED },
		{ -ENOTBLK, EXIT_REFUSED },
		{ -EEXIST, EXIT_REFUSED },
		{ -ENOENT, EXIT_NOT_FOUND },
		{ -ENODEV, EXIT_NOT_FOUND },
		{ -ENOSPC, EXIT_NO_SPACE },
		{ -ENFILE, EXIT_NO_SPACE },
		{ -EINTR, EXIT_INTERRUPTED },
	};
	size_t i;

	show(err);
	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].error == err->error)
			return codes[i].code;
	return EXIT_FAILED;
}

int ui_usage(const struct kdpu_err *err)
{
	show(err);
	return EXIT_USAGE;
}

void ui_note(const char *fmt, ...)
{
	char text[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	fflush(stdout);
	fprintf(stderr, "%snote:%s ", ui_colour(stderr, UI_YELLOW),
		ui_colour(stderr, UI_PLAIN));
	ui_wrap(stderr, 6, text);
}

bool ui_ask_yes(const char *question)
{
	char answer[16];

	fflush(stdout);
	fputs(ui_colour(stderr, UI_BOLD), stderr);
	ui_wrap(stderr, 0, question);
	fprintf(stderr, "%sType YES to go on: ", ui_colour(stderr, UI_PLAIN));
	fflush(stderr);
	if (!fgets(answer, sizeof(answer), stdin)) {
		fputc('\n', stderr);
		return false;
	}
	answer[strcspn(answer, "\n")] = 0;
	return !strcmp(answer, "YES");
}

char *ui_time(unsigned long long seconds, char buf[32])
{
	time_t t = seconds;
	struct tm tm;

	if (!seconds || !gmtime_r(&t, &tm) ||
	    !strftime(buf, 32, "%Y-%m-%d %H:%M:%S UTC", &tm))
		strcpy(buf, "never");
	return buf;
}
