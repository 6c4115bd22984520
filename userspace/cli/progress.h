/* SPDX-License-Identifier: GPL-2.0-only */
/* How far a long work has come: a bar on a terminal, now and then a line. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#define PROGRESS_BAR	12	/* characters between the brackets */

struct progress {
	const char *what;	/* "wiping" */
	bool quiet;
	/* private; all zero before the first call */
	double began, shown;
	int tenths;		/* last line that was printed */
	bool bar;		/* a bar is on the screen */
};

/* A kdpu_progress_fn; @data is a struct progress. */
void progress_show(uint64_t done, uint64_t total, void *data);

/* Leave the bar where it is, in a line of its own. */
void progress_end(struct progress *p);

/*
 * Pure: "wiping  45 %  [####......]  1.2 GiB of 3 GiB, 120 MiB/s, 0:14 left",
 * at most 79 characters; @bar 0: without the brackets.
 */
void progress_text(const char *what, uint64_t done, uint64_t total,
		   double seconds, int bar, char *buf, int size);

#endif
