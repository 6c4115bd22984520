// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzing of on-disk images.
 *
 *   fuzz SECONDS=n FIRST=n   cases of ascending seeds for so long, from FIRST on
 *   fuzz SEED=n              one case, with what happens told
 *
 * A case is a function of its seed.  It takes one of the base images (recipes.c
 * is how they were made: by the store itself), changes one to five things in it
 * (case.c has the table of mutations), makes checksums and chain hashes right
 * again in most cases, so that the bytes are believed, and gives the image to
 * the store: open, activate, some work, open again (exercise.c says what must
 * hold).  Memory errors are found by ASan and UBSan, under which all of it runs,
 * hangs by an alarm.
 *
 * Ends with a line per structure and mutation: in how many cases it was applied,
 * and what became of those.  The exit status is 1 if there was a finding.
 */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>

#include <linux/kernel.h>
#include <linux/printk.h>

#include "fuzz.h"

#define HANG_SECONDS	10
#define MAX_MUTATIONS	24u
#define MAX_KINDS	40u	/* of findings */
#define MAX_TOLD	3u	/* of each kind */

static struct {
	u64 cases[NR_OUTCOMES];
	u64 of[NR_STRUCTURES][MAX_MUTATIONS][NR_OUTCOMES];
	struct {
		const char *fmt;
		u64 count, first_seed;
	} kinds[MAX_KINDS];
	u32 nr_kinds;
	u64 seed;		/* of the case that is running */
	bool verbose;
} fuzz;

const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

/* Memory that was freed must not pile up: a case allocates a megabyte. */
const char *__asan_default_options(void)
{
	return "abort_on_error=1:quarantine_size_mb=8:leak_check_at_exit=0";
}

const char *__ubsan_default_options(void)
{
	return "abort_on_error=1:print_stacktrace=1";
}

/* Called when nothing can be relied on any more: no allocation, no stdio. */
static void tell_seed(const char *what)
{
	char line[120];
	int n = snprintf(line, sizeof(line), "\nFINDING: %s; replay: SEED=%llu\n",
			 what, (unsigned long long)fuzz.seed);

	if (write(STDERR_FILENO, line, n) < 0)
		_exit(1);
}

static void on_death(void)
{
	tell_seed("sanitizer");
}

static void on_signal(int sig)
{
	tell_seed(sig == SIGALRM ? "hang" : "abort");
	_exit(1);
}

static void quiet_log(int level, const char *line)
{
	if (fuzz.verbose)
		printf("  log %d: %s", level, line);
}

void finding(const struct fcase *c, const char *fmt, ...)
{
	va_list args;
	u32 i;

	for (i = 0; i < fuzz.nr_kinds; i++)
		if (fuzz.kinds[i].fmt == fmt)
			break;
	if (i == MAX_KINDS)
		return;
	if (i == fuzz.nr_kinds) {
		fuzz.nr_kinds++;
		fuzz.kinds[i].fmt = fmt;
		fuzz.kinds[i].first_seed = c->seed;
	}
	if (++fuzz.kinds[i].count > MAX_TOLD && !fuzz.verbose)
		return;
	printf("FINDING: SEED=%llu (%s): ", (unsigned long long)c->seed,
	       c->base->name);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}

static const char *const outcome_names[NR_OUTCOMES] = {
	[OUT_REFUSED] = "refused",
	[OUT_READ_ONLY] = "read-only",
	[OUT_FAILED] = "failed",
	[OUT_CRASHED] = "crashed",
	[OUT_ACTIVE] = "active",
};

static void tell_case(const struct fcase *c, enum outcome out)
{
	u32 i;

	printf("seed %llu, %s, replicas %#x, checksums %s, chain %s: ",
	       (unsigned long long)c->seed, c->base->name, c->mask,
	       c->sums ? "mended" : "as they are",
	       c->chains ? "mended" : "as it is");
	for (i = 0; i < c->nr_hits; i++)
		printf("%s: %s, ", structure_name(c->hits[i].structure),
		       mutation_name(c->hits[i].mutation));
	printf("%s\n", outcome_names[out]);
}

static void run_case(u64 seed, struct image *disk)
{
	struct fcase c;
	enum outcome out;
	u32 i;

	fuzz.seed = seed;
	alarm(HANG_SECONDS);
	case_begin(&c, seed, disk);
	case_mutate(&c);
	out = exercise(&c);
	fuzz.cases[out]++;
	for (i = 0; i < c.nr_hits; i++)
		fuzz.of[c.hits[i].structure][c.hits[i].mutation][out]++;
	if (fuzz.verbose)
		tell_case(&c, out);
}

static void print_line(const char *structure, const char *mutation,
		       const u64 *of)
{
	u64 n = 0;
	u32 i;

	for (i = 0; i < NR_OUTCOMES; i++)
		n += of[i];
	if (!n)
		return;
	printf("%-22s %-16s %8llu", structure, mutation, (unsigned long long)n);
	for (i = 0; i < NR_OUTCOMES; i++)
		printf(" %9llu", (unsigned long long)of[i]);
	putchar('\n');
}

static void print_table(void)
{
	u32 i, k;

	printf("%-22s %-16s %8s", "structure", "mutation", "cases");
	for (i = 0; i < NR_OUTCOMES; i++)
		printf(" %9s", outcome_names[i]);
	putchar('\n');
	for (i = 0; i < NR_STRUCTURES; i++)
		for (k = 0; mutation_name(k); k++)
			print_line(structure_name(i), mutation_name(k),
				   fuzz.of[i][k]);
	print_line("all", "", fuzz.cases);
}

static void print_findings(void)
{
	u32 i;

	for (i = 0; i < fuzz.nr_kinds; i++)
		printf("finding, %llu times, first SEED=%llu: %s\n",
		       (unsigned long long)fuzz.kinds[i].count,
		       (unsigned long long)fuzz.kinds[i].first_seed,
		       fuzz.kinds[i].fmt);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static u64 run_for(u64 seconds, u64 first, struct image *disk)
{
	double start = now();
	u64 n = 0;

	do {
		run_case(first + n++, disk);
	} while (now() - start < seconds);
	alarm(0);
	print_table();
	printf("%llu cases in %.0f s, %u base images\n", (unsigned long long)n,
	       now() - start, corpus.nr);
	return n;
}

/* "NAME=n" among the arguments, or @other. */
static u64 argument(char **argv, const char *name, u64 other)
{
	size_t len = strlen(name);

	for (argv++; *argv; argv++)
		if (!strncmp(*argv, name, len) && (*argv)[len] == '=')
			return strtoull(*argv + len + 1, NULL, 0);
	return other;
}

int main(int argc, char **argv)
{
	u64 seed = argument(argv, "SEED", 0);
	struct image *disk;

	(void)argc;
	kdp_shim_log = quiet_log;
	__sanitizer_set_death_callback(on_death);
	signal(SIGALRM, on_signal);
	signal(SIGABRT, on_signal);
	if (!corpus_build())
		return 2;
	damage_prepare();
	disk = image_new(KDP_MIN_DEVICE_BLOCKS);
	fuzz.verbose = seed;
	case_verbose = seed;
	if (seed)
		run_case(seed, disk);
	else
		run_for(argument(argv, "SECONDS", 10),
			argument(argv, "FIRST", 1), disk);
	print_findings();
	image_free(disk);
	corpus_free();
	if (__lsan_do_recoverable_leak_check())
		return 1;
	return fuzz.nr_kinds ? 1 : 0;
}
