// SPDX-License-Identifier: GPL-2.0-only
/*
 *   exhaust                     sequences of one and two operations
 *   exhaust LENGTH=n            of up to n, 1 to 3
 *   exhaust FROM=i TO=j         those with numbers i <= n < j, for two processes
 *   exhaust REPLAY=s:p:c:w      one case: sequence s (names, joined by dots),
 *                               crash point p, case c, replicas w wiped (a bit
 *                               each; 32: they are stale instead)
 *   exhaust REPLAY=s:p:c:w:p:c  the same with a crash in its recovery; a field
 *                               that is left out is any
 *
 * VERBOSE=1 prints the log of the store.  Nothing here is random.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <malloc.h>

#include "exhaust.h"

#define TOLD		10u	/* violations that are printed */
#define ENOUGH		1000u

static bool log_wanted;

static void log_line(int level, const char *line)
{
	(void)level;
	if (log_wanted)
		printf("    %s", line);
}

void x_violation(const struct x_exam *x, const struct x_where *at,
		 const char *text)
{
	char name[100];

	if (x_counts.violations++ >= TOLD)
		return;
	x_sequence_name(x->sequence, name, sizeof(name));
	printf("VIOLATION %s\n  REPLAY=%s:%u:%u:%u", text, name, at->point,
	       at->kase, at->wipe);
	if (at->inner_point != ~0u)
		printf(":%u:%u", at->inner_point, at->inner_kase);
	printf("\n");
}

/* Run @q on a fresh pool; *@from is where its last operation begins. */
static void run(const struct x_sequence *q, struct x_disk *d, struct x_log *log,
		struct x_live *live, u32 *from)
{
	u32 i;

	log->nr = log->nr_submits = 0;
	d->log = NULL;
	x_live_begin(live, d);
	d->log = log;
	for (i = 0; i < q->length; i++) {
		*from = log->nr;
		x_variants[q->variant[i]].fn(live);
	}
	x_log_end(d);
	d->log = NULL;
	x_live_now = NULL;
	kdp_store_free(live->store);
	live->store = NULL;
}

static void examine(const struct x_sequence *q, struct x_disk *d,
		    const struct x_where *only)
{
	static struct x_live live;
	static struct x_log log;
	struct x_exam x = {
		.disk = d, .live = &live, .sequence = q, .only = only,
		.crash_recovery = q->length == 1,
	};
	u32 from = 0;

	x_counts.sequences++;
	x_recover_forget();
	run(q, d, &log, &live, &from);
	memcpy(d->cell, x_base, sizeof(d->cell));
	d->hash = 0;
	if (live.wrong[0])
		x_violation(&x, &(struct x_where){ .inner_point = ~0u },
			    live.wrong);
	x_examine(&x, &log, from);
}

/* Sequence number @n, the short ones first; false: there is none. */
static bool sequence(u64 n, u32 longest, struct x_sequence *q)
{
	u64 of_this_length = x_nr_variants;
	u32 i;

	q->number = n;
	for (q->length = 1; q->length <= longest; q->length++) {
		if (n < of_this_length)
			break;
		n -= of_this_length;
		of_this_length *= x_nr_variants;
	}
	for (i = q->length; i-- > 0; n /= x_nr_variants)
		if (i < X_LENGTH)
			q->variant[i] = n % x_nr_variants;
	return q->length <= longest;
}

static const char *argument(int argc, char **argv, const char *name)
{
	size_t len = strlen(name);
	int i;

	for (i = 1; i < argc; i++)
		if (!strncmp(argv[i], name, len) && argv[i][len] == '=')
			return argv[i] + len + 1;
	return NULL;
}

static u64 number(int argc, char **argv, const char *name, u64 none)
{
	const char *text = argument(argc, argv, name);

	return text ? strtoull(text, NULL, 0) : none;
}

static void bad_replay(const char *text)
{
	fprintf(stderr, "REPLAY=%s: no such case\n", text);
	exit(2);
}

static bool add_variant(struct x_sequence *q, const char *name)
{
	u32 i;

	for (i = 0; q->length < X_LENGTH && i < x_nr_variants; i++)
		if (!strcmp(x_variants[i].name, name)) {
			q->variant[q->length++] = i;
			return true;
		}
	return false;
}

static void replay(struct x_disk *d, const char *text)
{
	struct x_where only = { ~0u, ~0u, ~0u, ~0u, ~0u };
	u32 *field[] = { &only.point, &only.kase, &only.wipe,
			 &only.inner_point, &only.inner_kase };
	char copy[200], *rest, *save = NULL, *word;
	struct x_sequence q = { };
	u32 i;

	snprintf(copy, sizeof(copy), "%s", text);
	rest = strchr(copy, ':');
	if (rest)
		*rest++ = 0;
	for (word = strtok_r(copy, ".", &save); word;
	     word = strtok_r(NULL, ".", &save))
		if (!add_variant(&q, word))
			bad_replay(text);
	for (i = 0; rest && i < ARRAY_SIZE(field); i++) {
		*field[i] = strtoul(rest, &rest, 0);
		rest = *rest == ':' ? rest + 1 : NULL;
	}
	if (!q.length)
		bad_replay(text);
	examine(&q, d, &only);
}

static void report(u32 longest, double seconds)
{
	const struct x_counts *c = &x_counts;

	printf("# %llu crash points with every subset, %llu with the reduced patterns\n",
	       (unsigned long long)c->complete, (unsigned long long)c->reduced);
	printf("# %llu of the cases torn; %llu images with replicas wiped or stale\n",
	       (unsigned long long)c->torn, (unsigned long long)c->wiped);
	printf("# %llu crash points in recoveries, %llu cases\n",
	       (unsigned long long)c->inner_points,
	       (unsigned long long)c->inner_cases);
	printf("# %llu recoveries run, the others read what one of those had read\n",
	       (unsigned long long)x_nr_recoveries);
	printf("exhaustive: %llu sequences of up to %u operations, %llu crash points, %llu cases (%llu distinct), %llu violations in %.1f s\n",
	       (unsigned long long)c->sequences, longest,
	       (unsigned long long)c->points, (unsigned long long)c->cases,
	       (unsigned long long)c->distinct,
	       (unsigned long long)c->violations, seconds);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

int main(int argc, char **argv)
{
	static struct x_disk disk;
	u64 n = number(argc, argv, "FROM", 0);
	u64 to = number(argc, argv, "TO", ~0ull);
	u32 longest = min_t(u64, number(argc, argv, "LENGTH", 2), X_LENGTH);
	const char *one = argument(argc, argv, "REPLAY");
	double begun = now();
	struct x_sequence q;

	/* a store has large tables, and there are many stores */
	mallopt(M_MMAP_THRESHOLD, 64 << 20);
	mallopt(M_TRIM_THRESHOLD, 256 << 20);
	kdp_shim_log = log_line;
	kdp_shim_mutex_unlocked = x_live_unlocked;
	x_pool_make(&disk);
	log_wanted = number(argc, argv, "VERBOSE", 0);
	if (one)
		replay(&disk, one);
	for (; !one && n < to && sequence(n, longest, &q) &&
	     x_counts.violations < ENOUGH; n++)
		examine(&q, &disk, NULL);
	report(longest, now() - begun);
	return x_counts.violations != 0;
}
