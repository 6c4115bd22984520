/* SPDX-License-Identifier: GPL-2.0-only */
/* Talking to a person: errors, colours, the question. */
#ifndef CLI_UI_H
#define CLI_UI_H

#include <stdbool.h>
#include <stdio.h>

#include "command.h"
#include "lib/err.h"

enum ui_colour { UI_PLAIN, UI_BOLD, UI_GREEN, UI_YELLOW, UI_RED };

/* An escape sequence, or "" unless @f is a terminal that wants colours. */
const char *ui_colour(FILE *f, enum ui_colour c);

/*
 * Print @text, wrapped to 80 columns; lines after the first are indented by
 * @indent, where the cursor is when this is called.  A word that is longer than
 * a line stays whole, so that a path can be copied; ui_fill() breaks it.
 */
void ui_wrap(FILE *f, int indent, const char *text);
void ui_fill(FILE *f, int indent, const char *text);

/*
 * Control characters in @text, which may come from a disk, become "?": nothing
 * of it shall steer a terminal.  Returns @text.
 */
char *ui_safe(char *text);

/* Show the error on standard error; the exit code that belongs to it. */
int ui_error(const struct kdpu_err *err);

/* The same for a mistake on the command line. */
int ui_usage(const struct kdpu_err *err);

/* A line on standard error: something to know, not an error. */
void ui_note(const char *fmt, ...) KDPU_PRINTF(1, 2);

/* Ask on standard error; true only for the line "YES". */
bool ui_ask_yes(const char *question);

/* "2026-01-31 12:00:00 UTC", or "never" for 0. */
char *ui_time(unsigned long long seconds, char buf[32]);

#endif
