/* SPDX-License-Identifier: GPL-2.0-only */
/* The figures that were found, their limits, and how they are printed. */
#ifndef KDP_BENCH_FIGURES_H
#define KDP_BENCH_FIGURES_H

#include <linux/types.h>

#define NO_LIMIT	(-1.0)

/* Note a figure; one above its limit is a failure.  Names are unique. */
__printf(4, 5)
void figure(double value, const char *unit, double limit,
	    const char *name, ...);

/* The same, but left to the JSON: the caller prints a table of its own. */
__printf(4, 5)
void figure_silent(double value, const char *unit, double limit,
		   const char *name, ...);

/* To standard output, when that is for people. */
__printf(1, 2) void say(const char *fmt, ...);
void say_nothing(void);

/* A table of all figures but the silent ones; how many are above their limit. */
u32 figures_print(void);
void figures_json(const char *path);	/* "-": standard output */

__printf(1, 2) __attribute__((noreturn)) void die(const char *fmt, ...);

#endif
