/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tasks that run beside each other, in simulated time.
 *
 * Each task has a clock of its own.  Computing moves it on by the CPU time that
 * it really took, less what reading that clock takes; a disk moves it on by
 * what the model below says; a lock that another task holds, to when that lets
 * go of it.  Before a task takes a lock or begins with the disk, all tasks
 * whose clock is behind run first.  So the tasks see each other as if each had
 * a CPU of its own.
 *
 * The disk: transfers share one channel of 50 us per MiB, in the order they
 * are begun; each then takes 10 us more, 20 us when it is to be durable.  A
 * flush takes 20 us and waits for the channel.
 */
#ifndef KDP_BENCH_TASKS_H
#define KDP_BENCH_TASKS_H

#include "sparse.h"

/* The pace of a disk that tasks use. */
extern const struct sparse_pace tasks_pace;

/* To be run by tasks_run(); a handful at most. */
void tasks_spawn(void (*fn)(void *arg), void *arg);
/* Run all until they have ended; clocks begin at 0.  Sets the shim's hooks. */
void tasks_run(void);

/* The clock of the task that calls, nanoseconds. */
u64 tasks_clock(void);

#endif
