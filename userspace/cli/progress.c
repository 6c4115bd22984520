// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/size.h"
#include "progress.h"

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void left_text(uint64_t seconds, char *buf, int size)
{
	if (seconds < 3600)
		snprintf(buf, size, "%llu:%02llu",
			 (unsigned long long)seconds / 60,
			 (unsigned long long)seconds % 60);
	else if (seconds < 1000 * 3600ull)
		snprintf(buf, size, "%lluh%02llu",
			 (unsigned long long)seconds / 3600,
			 (unsigned long long)seconds / 60 % 60);
	else
		snprintf(buf, size, "long");
}

void progress_text(const char *what, uint64_t done, uint64_t total,
		   double seconds, int bar, char *buf, int size)
{
	char a[KDPU_SIZE_TEXT], b[KDPU_SIZE_TEXT], r[KDPU_SIZE_TEXT], left[32];
	static const char full[] = "########################";
	static const char rest[] = "........................";
	double rate = seconds > 0 ? done / seconds : 0;
	double part = total ? (double)done / total : 1;
	int n, on;

	on = part * bar;
	n = snprintf(buf, size, "%s %3d %%  ", what, (int)(part * 100));
	if (bar)
		n += snprintf(buf + n, size - n, "[%.*s%.*s]  ", on, full,
			      bar - on, rest);
	n += snprintf(buf + n, size - n, "%s of %s", kdpu_size_text(done, a),
		      kdpu_size_text(total, b));
	if (rate < 1 || seconds < 0.5)
		return;
	left_text((total - done) / rate + 0.5, left, sizeof(left));
	snprintf(buf + n, size - n, ", %s/s, %s left",
		 kdpu_size_text(rate, r), left);
}

void progress_show(uint64_t done, uint64_t total, void *data)
{
	struct progress *p = data;
	bool tty = isatty(STDERR_FILENO);
	int tenths = total ? done * 10.0 / total : 10;
	char text[120];
	double t = now();

	if (p->quiet)
		return;
	if (!p->began) {
		p->began = t;
		p->tenths = -1;
	}
	/* ten times a second, or a line for each tenth of the work */
	if (tty ? done < total && t - p->shown < 0.1 : tenths == p->tenths)
		return;
	p->shown = t;
	p->tenths = tenths;
	fflush(stdout);
	progress_text(p->what, done, total, t - p->began, tty ? PROGRESS_BAR : 0, text,
		      sizeof(text));
	fprintf(stderr, tty ? "\r\033[K%s" : "%s\n", text);
	fflush(stderr);
	p->bar = tty;
}

void progress_end(struct progress *p)
{
	if (p->bar)
		fputc('\n', stderr);
	p->bar = false;
}
