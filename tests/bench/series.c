// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#include <linux/limits.h>

#include "figures.h"
#include "series.h"

#define MAX_SAMPLES	(1u << 20)

static u64 read_clock(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

u64 clock_now(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

u64 clock_thread(void)
{
	return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

double clock_cpu(void)
{
	return read_clock(CLOCK_PROCESS_CPUTIME_ID) / 1e9;
}

/* Not from the heap, whose use is a figure itself. */
void series_add(struct series *s, u64 ns)
{
	if (!s->max) {
		s->max = MAX_SAMPLES;
		s->ns = mmap(NULL, s->max * sizeof(*s->ns),
			     PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (s->ns == MAP_FAILED)
			die("no memory for samples");
	}
	if (s->nr == s->max)
		die("more than %u samples", s->max);
	s->ns[s->nr++] = ns < U32_MAX ? ns : U32_MAX;
	s->sorted = false;
}

static int compare(const void *a, const void *b)
{
	u32 x = *(const u32 *)a, y = *(const u32 *)b;

	return (x > y) - (x < y);
}

double series_at(struct series *s, double share)
{
	if (!s->nr)
		return 0;
	if (!s->sorted)
		qsort(s->ns, s->nr, sizeof(*s->ns), compare);
	s->sorted = true;
	return s->ns[(u32)(share * (s->nr - 1))] / 1e3;
}

void series_free(struct series *s)
{
	if (s->max)
		munmap(s->ns, s->max * sizeof(*s->ns));
	*s = (struct series){ };
}
