/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tasks on one thread.  A task runs until it waits; what it waits for is a
 * predicate.  Which of those that can go on does so is drawn from the seed, so
 * one seed is one interleaving.
 */
#ifndef KDP_SIM_SCHED_H
#define KDP_SIM_SCHED_H

#include <stdbool.h>
#include <stdint.h>

#define SCHED_MAX_TASKS	12

/* Random numbers; everything in a run comes from one generator. */
struct rng {
	uint64_t state;
};

uint64_t rng_next(struct rng *r);
static inline uint64_t rng_below(struct rng *r, uint64_t n)
{
	return rng_next(r) % n;
}

struct sched;

struct sched *sched_new(struct rng *rng);
void sched_free(struct sched *s);

/* A task that runs fn(arg); from outside or from another task. */
void sched_spawn(struct sched *s, void (*fn)(void *arg), void *arg);

/*
 * Besides tasks there is one source of events: ready() says how many could
 * happen now, or would if nobody had anything else to do (idle); happen(i) lets
 * one of them happen.
 */
void sched_set_events(struct sched *s,
		      unsigned int (*ready)(void *arg, bool idle),
		      void (*happen)(void *arg, unsigned int i), void *arg);

/*
 * Run until every task has ended.  False: they all wait for nothing, or go
 * round in circles.
 */
bool sched_run(struct sched *s);

/* From a task: let others run until can_go(arg) holds; NULL: at any time. */
void sched_wait(struct sched *s, bool (*can_go)(void *arg), void *arg);

/* Is the caller a task?  Code outside tasks must not wait. */
bool sched_in_task(const struct sched *s);
/* The argument of the running task; NULL outside of tasks. */
void *sched_arg(const struct sched *s);
/* Its number, below SCHED_MAX_TASKS; that outside of tasks. */
unsigned int sched_number(const struct sched *s);

#endif
