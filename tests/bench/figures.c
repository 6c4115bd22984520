// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "figures.h"

#define MAX_FIGURES	400

struct one {
	char name[72];
	const char *unit;
	double value;
	double limit;
	bool silent;
};

static struct one all[MAX_FIGURES];
static u32 nr;
static bool quiet;

void die(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fprintf(stderr, "store-figures: ");
	vfprintf(stderr, fmt, args);
	fprintf(stderr, "\n");
	va_end(args);
	exit(2);
}

static struct one *add(double value, const char *unit, double limit)
{
	struct one *f = &all[nr];

	if (nr == MAX_FIGURES)
		die("more than %u figures", nr);
	f->value = value;
	f->unit = unit;
	f->limit = limit;
	nr++;
	return f;
}

void figure(double value, const char *unit, double limit,
	    const char *name, ...)
{
	struct one *f = add(value, unit, limit);
	va_list args;

	va_start(args, name);
	vsnprintf(f->name, sizeof(f->name), name, args);
	va_end(args);
}

void figure_silent(double value, const char *unit, double limit,
		   const char *name, ...)
{
	struct one *f = add(value, unit, limit);
	va_list args;

	f->silent = true;
	va_start(args, name);
	vsnprintf(f->name, sizeof(f->name), name, args);
	va_end(args);
}

void say(const char *fmt, ...)
{
	va_list args;

	if (quiet)
		return;
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	fflush(stdout);
}

void say_nothing(void)
{
	quiet = true;
}

static bool judged(const struct one *f)
{
	return f->limit >= 0;
}

static bool broken(const struct one *f)
{
	return judged(f) && !(f->value <= f->limit);
}

static const char *number(double v, char text[24])
{
	snprintf(text, 24, v < 1000 && v != (long)v ? "%.3f" : "%.0f", v);
	return text;
}

static void print_one(const struct one *f)
{
	char value[24], limit[24] = "";

	if (judged(f))
		number(f->limit, limit);
	say("%-46s %10s %-4s %9s %s\n", f->name, number(f->value, value),
	    f->unit, limit,
	    !judged(f) ? "" : broken(f) ? "TOO MUCH" : "ok");
}

u32 figures_print(void)
{
	u32 i, bad = 0;

	say("\n%-46s %10s %-4s %9s\n", "figure", "value", "", "limit");
	for (i = 0; i < nr; i++) {
		bad += broken(&all[i]);
		if (!all[i].silent || broken(&all[i]))
			print_one(&all[i]);
	}
	say("%u figures, %u above their limit\n", nr, bad);
	return bad;
}

static void json_one(FILE *out, const struct one *f)
{
	fprintf(out, "  {\"name\": \"%s\", \"value\": %.6g, \"unit\": \"%s\"",
		f->name, f->value, f->unit);
	if (judged(f))
		fprintf(out, ", \"limit\": %.6g, \"ok\": %s", f->limit,
			broken(f) ? "false" : "true");
	fprintf(out, "}");
}

void figures_json(const char *path)
{
	FILE *out = strcmp(path, "-") ? fopen(path, "w") : stdout;
	u32 i;

	if (!out)
		die("%s: cannot be written", path);
	fprintf(out, "[\n");
	for (i = 0; i < nr; i++) {
		json_one(out, &all[i]);
		fprintf(out, "%s\n", i + 1 < nr ? "," : "");
	}
	fprintf(out, "]\n");
	if (fflush(out) || ferror(out))
		die("%s: cannot be written", path);
	if (out != stdout)
		fclose(out);
}
