// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <ucontext.h>

#include "sched.h"

#define STACK_SIZE	(256 * 1024)
/* A cycle takes some thousands; who needs so many goes round in circles. */
#define MAX_STEPS	2000000u

struct task {
	ucontext_t context;
	void *stack;
	void (*fn)(void *arg);
	void *arg;
	bool (*can_go)(void *arg);
	void *can_go_arg;
	bool alive;
};

struct sched {
	struct rng *rng;
	struct task task[SCHED_MAX_TASKS];
	struct task *now;
	ucontext_t main;
	unsigned int (*ready)(void *arg, bool idle);
	void (*happen)(void *arg, unsigned int i);
	void *arg;
};

uint64_t rng_next(struct rng *r)
{
	uint64_t x = r->state += 0x9e3779b97f4a7c15ull;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

struct sched *sched_new(struct rng *rng)
{
	struct sched *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	s->rng = rng;
	return s;
}

void sched_free(struct sched *s)
{
	unsigned int i;

	for (i = 0; i < SCHED_MAX_TASKS; i++)
		free(s->task[i].stack);
	free(s);
}

static void task_main(unsigned int hi, unsigned int lo)
{
	struct sched *s = (struct sched *)((uint64_t)hi << 32 | lo);
	struct task *t = s->now;

	t->fn(t->arg);
	t->alive = false;
	swapcontext(&t->context, &s->main);
}

static struct task *free_task(struct sched *s)
{
	struct task *t = s->task;

	while (t->alive)
		if (++t == s->task + SCHED_MAX_TASKS)
			abort();
	if (!t->stack)
		t->stack = malloc(STACK_SIZE);
	if (!t->stack)
		abort();
	return t;
}

static void make_context(struct sched *s, ucontext_t *c, void *stack)
{
	if (getcontext(c))
		abort();
	c->uc_stack.ss_sp = stack;
	c->uc_stack.ss_size = STACK_SIZE;
	c->uc_link = NULL;
	makecontext(c, (void (*)(void))task_main, 2,
		    (unsigned int)((uint64_t)s >> 32),
		    (unsigned int)(uint64_t)s);
}

void sched_spawn(struct sched *s, void (*fn)(void *arg), void *arg)
{
	struct task *t = free_task(s);

	t->fn = fn;
	t->arg = arg;
	t->can_go = NULL;
	t->alive = true;
	make_context(s, &t->context, t->stack);
}

void sched_set_events(struct sched *s,
		      unsigned int (*ready)(void *arg, bool idle),
		      void (*happen)(void *arg, unsigned int i), void *arg)
{
	s->ready = ready;
	s->happen = happen;
	s->arg = arg;
}

static bool runnable(const struct task *t)
{
	return t->alive && (!t->can_go || t->can_go(t->can_go_arg));
}

static void run_task(struct sched *s, struct task *t)
{
	s->now = t;
	swapcontext(&s->main, &t->context);
	s->now = NULL;
}

bool sched_run(struct sched *s)
{
	struct task *list[SCHED_MAX_TASKS];
	unsigned int i, n, events, alive, pick, steps;

	for (steps = 0; steps < MAX_STEPS; steps++) {
		n = 0;
		alive = 0;
		for (i = 0; i < SCHED_MAX_TASKS; i++) {
			alive += s->task[i].alive;
			if (runnable(&s->task[i]))
				list[n++] = &s->task[i];
		}
		if (!alive)
			return true;
		events = s->ready ? s->ready(s->arg, !n) : 0;
		if (!n && !events)
			return false;
		pick = rng_below(s->rng, n + events);
		if (pick < n)
			run_task(s, list[pick]);
		else
			s->happen(s->arg, pick - n);
	}
	return false;
}

void sched_wait(struct sched *s, bool (*can_go)(void *arg), void *arg)
{
	struct task *t = s->now;

	t->can_go = can_go;
	t->can_go_arg = arg;
	swapcontext(&t->context, &s->main);
	t->can_go = NULL;
}

bool sched_in_task(const struct sched *s)
{
	return s->now;
}

void *sched_arg(const struct sched *s)
{
	return s->now ? s->now->arg : NULL;
}

unsigned int sched_number(const struct sched *s)
{
	return s->now ? (unsigned int)(s->now - s->task) : SCHED_MAX_TASKS;
}
