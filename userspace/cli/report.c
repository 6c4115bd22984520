// SPDX-License-Identifier: GPL-2.0-only
#include <libsmartcols.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "lib/health.h"
#include "lib/size.h"
#include "report.h"
#include "ui.h"

#define MAX_COLUMNS	12
#define WIDTH		80
#define SENTENCE	44

void report_add(struct json_object *o, const char *key, const char *value)
{
	json_object_object_add(o, key, value ? json_object_new_string(value) :
					       NULL);
}

void report_add_number(struct json_object *o, const char *key, uint64_t n)
{
	json_object_object_add(o, key, json_object_new_uint64(n));
}

void report_add_bool(struct json_object *o, const char *key, bool value)
{
	json_object_object_add(o, key, json_object_new_boolean(value));
}

void report_add_object(struct json_object *o, const char *key,
		       struct json_object *value)
{
	json_object_object_add(o, key, value);
}

void report_add_replica(struct json_object *o, unsigned int replica)
{
	char text[16];

	snprintf(text, sizeof(text), "R%u", replica);
	report_add(o, "replica", text);
}

struct json_object *report_copies(void (*fill)(struct json_object *o,
					       unsigned int replica,
					       const void *data),
				  const void *data)
{
	struct json_object *a = json_object_new_array(), *o;
	unsigned int r;

	for (r = 0; r < KDPU_COPIES; r++) {
		o = json_object_new_object();
		report_add_replica(o, r);
		fill(o, r, data);
		json_object_array_add(a, o);
	}
	return a;
}

static const char *member(struct json_object *o, const char *key)
{
	struct json_object *v = json_object_object_get(o, key);

	return v ? json_object_get_string(v) : NULL;
}

void report_moves(struct json_object *copies)
{
	struct json_object *o;
	size_t i;

	for (i = 0; i < json_object_array_length(copies); i++) {
		o = json_object_array_get_idx(copies, i);
		if (member(o, "moved_from_block"))
			printf("%s was moved from block %s to %s.\n",
			       member(o, "replica"),
			       member(o, "moved_from_block"),
			       member(o, "extent_block"));
	}
}

struct json_object *report_place(unsigned int replica, const char *area,
				 uint64_t block)
{
	struct json_object *o = json_object_new_object();

	report_add_replica(o, replica);
	report_add(o, "area", area);
	report_add_number(o, "block", block);
	return o;
}

static void format_size(struct json_object *v, char *buf, size_t size)
{
	char text[KDPU_SIZE_TEXT];

	snprintf(buf, size, "%s",
		 kdpu_size_text(json_object_get_uint64(v), text));
}

static void format_time(struct json_object *v, char *buf, size_t size)
{
	char text[32];

	snprintf(buf, size, "%s", ui_time(json_object_get_uint64(v), text));
}

static void format_text(struct json_object *v, char *buf, size_t size)
{
	snprintf(buf, size, "%s", v ? json_object_get_string(v) : "-");
	if (!buf[0])
		snprintf(buf, size, "-");
}

static void format_bool(struct json_object *v, char *buf, size_t size)
{
	snprintf(buf, size, "%s", json_object_get_boolean(v) ? "yes" : "no");
}

static void format(struct json_object *v, enum report_format f, char *buf,
		   size_t size)
{
	static void (*const formats[])(struct json_object *, char *, size_t) = {
		[REPORT_TEXT] = format_text,
		[REPORT_NUMBER] = format_text,
		[REPORT_SIZE] = format_size,
		[REPORT_TIME] = format_time,
		[REPORT_YES_NO] = format_bool,
		[REPORT_WORDS] = format_text,
	};

	formats[f](v, buf, size);
	ui_safe(buf);
}

/* Lines of at most SENTENCE columns; longer words stay whole. */
static void break_lines(char *text)
{
	char *line = text, *space = NULL;

	for (; *text; text++) {
		if (*text == ' ')
			space = text;
		if (text - line < SENTENCE || !space)
			continue;
		*space = '\n';
		line = space + 1;
		space = NULL;
	}
}

static void add_row(struct libscols_table *t, struct json_object *o,
		    const struct report_field *f)
{
	struct libscols_line *line = scols_table_new_line(t, NULL);
	struct json_object *v;
	char text[1536];
	size_t i;

	for (i = 0; line && f[i].key; i++) {
		if (!json_object_object_get_ex(o, f[i].key, &v))
			v = NULL;
		format(v, f[i].format, text, sizeof(text));
		if (f[i].format == REPORT_WORDS)
			break_lines(text);
		scols_line_set_data(line, i, text);
	}
}

static bool add_columns(struct libscols_table *t, const struct report_field *f)
{
	struct libscols_column *c;
	int flags;

	for (; f->key; f++) {
		flags = f->wrap ? SCOLS_FL_WRAP : 0;
		if (f->format == REPORT_NUMBER || f->format == REPORT_SIZE)
			flags |= SCOLS_FL_RIGHT;
		c = scols_table_new_column(t, f->title, 0, flags);
		if (!c)
			return false;
		if (f->format != REPORT_WORDS)
			continue;
		scols_column_set_safechars(c, "\n");
		scols_column_set_wrapfunc(c, scols_wrapnl_chunksize,
					  scols_wrapnl_nextchunk, NULL);
	}
	return true;
}

void report_table(struct json_object *array, const struct report_field *f)
{
	struct libscols_table *t;
	size_t i, n = json_object_array_length(array);

	if (!n)
		return;
	scols_init_debug(0);
	t = scols_new_table();
	if (!t)
		return;
	/* never wider than the smallest of terminals */
	scols_table_set_termforce(t, SCOLS_TERMFORCE_ALWAYS);
	scols_table_set_termwidth(t, WIDTH);
	if (add_columns(t, f)) {
		for (i = 0; i < n; i++)
			add_row(t, json_object_array_get_idx(array, i), f);
		fflush(stdout);
		scols_print_table(t);
	}
	scols_unref_table(t);
}

void report_fields(struct json_object *o, const struct report_field *f)
{
	struct json_object *v;
	char text[512];
	int width = 0;
	size_t i;

	for (i = 0; f[i].key; i++)
		if ((int)strlen(f[i].title) > width)
			width = strlen(f[i].title);
	for (; f->key; f++) {
		if (!json_object_object_get_ex(o, f->key, &v))
			continue;
		format(v, f->format, text, sizeof(text));
		printf("  %-*s  ", width, f->title);
		ui_fill(stdout, width + 4, text);
	}
}

int report_json(struct json_object *o)
{
	const char *text = json_object_to_json_string_ext(o,
			JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
			JSON_C_TO_STRING_NOSLASHESCAPE);
	int bad = !text || puts(text) < 0 || fflush(stdout);

	json_object_put(o);
	return bad ? EXIT_FAILED : EXIT_DONE;
}
