// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <linux/kernel.h>
#include <linux/mutex.h>

#include "figures.h"
#include "series.h"
#include "tasks.h"

#define MAX_TASKS	4u
#define MAX_LOCKS	16u
#define STACK_SIZE	(256u * 1024)

#define CHANNEL_NS_PER_MIB	50000u
#define PLAIN_NS	10000u
#define DURABLE_NS	20000u

struct task {
	ucontext_t context;
	void *stack;
	void (*fn)(void *arg);
	void *arg;
	u64 clock;
	struct mutex *wants;	/* a lock that it waits for, or NULL */
	bool ended;
};

/* When a lock was let go of the last time. */
struct release {
	struct mutex *lock;	/* of the store */
	u64 clock;
};

static struct task tasks[MAX_TASKS];
static u32 nr_tasks;
static struct task *running;
static ucontext_t main_context;
static u64 mark;		/* the CPU time that is accounted for */
static u64 clock_cost;		/* of reading it */
static u64 channel;		/* when it is idle */
static struct release releases[MAX_LOCKS];

static void account(void)
{
	u64 now = clock_thread();

	if (now - mark > clock_cost)
		running->clock += now - mark - clock_cost;
	mark = now;
}

/* The least that is ever between two readings. */
static u64 cost_of_clock(void)
{
	u64 least = ~0ull, begin, took;
	u32 i;

	for (i = 0; i < 1000; i++) {
		begin = clock_thread();
		took = clock_thread() - begin;
		least = min(least, took);
	}
	return least;
}

/* Let those that are behind catch up. */
static void let_others(void)
{
	swapcontext(&running->context, &main_context);
	mark = clock_thread();
}

static struct release *release_of(struct mutex *lock)
{
	struct release *r = releases;

	while (r->lock && r->lock != lock)
		if (++r == releases + MAX_LOCKS)
			die("more than %u locks", MAX_LOCKS);
	r->lock = lock;
	return r;
}

static void before_lock(struct mutex *lock)
{
	u64 free_at;

	if (!running)
		return;
	account();
	running->wants = lock;
	do {
		let_others();
	} while (lock->held);
	running->wants = NULL;
	free_at = release_of(lock)->clock;
	if (free_at > running->clock)
		running->clock = free_at;
}

static void after_unlock(struct mutex *lock)
{
	if (!running)
		return;
	account();
	release_of(lock)->clock = running->clock;
}

static void before_disk(void *arg)
{
	(void)arg;
	if (!running)
		return;
	account();
	let_others();
}

static void after_disk(void *arg, u64 bytes, bool durable)
{
	u64 begin;

	(void)arg;
	if (!running)
		return;
	begin = max(channel, running->clock);
	channel = begin + bytes * CHANNEL_NS_PER_MIB / (1u << 20);
	running->clock = channel + (durable ? DURABLE_NS : PLAIN_NS);
	let_others();
}

const struct sparse_pace tasks_pace = {
	.before = before_disk,
	.after = after_disk,
};

static void task_main(void)
{
	mark = clock_thread();
	running->fn(running->arg);
	account();
	running->ended = true;
	swapcontext(&running->context, &main_context);
}

void tasks_spawn(void (*fn)(void *arg), void *arg)
{
	struct task *t = &tasks[nr_tasks];

	if (nr_tasks == MAX_TASKS)
		die("more than %u tasks", MAX_TASKS);
	memset(t, 0, sizeof(*t));
	t->fn = fn;
	t->arg = arg;
	t->stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (t->stack == MAP_FAILED || getcontext(&t->context))
		die("no memory for a task");
	t->context.uc_stack.ss_sp = t->stack;
	t->context.uc_stack.ss_size = STACK_SIZE;
	t->context.uc_link = NULL;
	makecontext(&t->context, task_main, 0);
	nr_tasks++;
}

/* Of those that can go on, the one that is most behind; NULL: none. */
static struct task *next_task(void)
{
	struct task *best = NULL, *t;

	for (t = tasks; t < tasks + nr_tasks; t++) {
		if (t->ended || (t->wants && t->wants->held))
			continue;
		if (!best || t->clock < best->clock)
			best = t;
	}
	return best;
}

static void all_ended(void)
{
	struct task *t;

	for (t = tasks; t < tasks + nr_tasks; t++) {
		if (!t->ended)
			die("tasks wait for each other");
		munmap(t->stack, STACK_SIZE);
	}
	nr_tasks = 0;
}

void tasks_run(void)
{
	kdp_shim_mutex_wait = before_lock;
	kdp_shim_mutex_unlocked = after_unlock;
	memset(releases, 0, sizeof(releases));
	channel = 0;
	clock_cost = cost_of_clock();
	while ((running = next_task()))
		swapcontext(&main_context, &running->context);
	kdp_shim_mutex_wait = NULL;
	kdp_shim_mutex_unlocked = NULL;
	all_ended();
}

u64 tasks_clock(void)
{
	account();
	return running->clock;
}
