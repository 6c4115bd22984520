/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Run a program under ptrace and do something to it at its Nth system call
 * that writes.  A seccomp filter picks the calls, so the rest runs at full
 * speed.
 */
#ifndef STOPS_TRACE_H
#define STOPS_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum action {
	KILL_WORKER,		/* SIGKILL for the child of the program */
	KILL_SUPERVISOR,	/* for the program itself */
	INTERRUPT_ALL,		/* SIGINT, as from a terminal */
	INTERRUPT_SUPERVISOR,	/* SIGINT for the program alone */
	FAIL_EIO,		/* the call fails and does nothing */
	FAIL_ENOSPC,
	NR_ACTIONS,
	NO_ACTION = NR_ACTIONS,
};

/* A call before it is made; for a log of what is written to the disk. */
typedef void (*on_call_fn)(pid_t pid, long nr, const unsigned long args[4],
			   void *data);

struct trace {
	char **argv;
	unsigned int at;	/* counted from 1 */
	enum action action;
	on_call_fn on_call;	/* or NULL; not for a call made to fail */
	void *data;
	int output;		/* descriptor for what the program says */
	/* results */
	unsigned int calls;	/* that write */
	bool acted;
	int status;		/* of the program, as from waitpid() */
	char call[32];		/* the one at which it acted */
	bool stuck;		/* did not end in time, was killed */
};

void trace_run(struct trace *t);

const char *action_name(enum action a);

#endif
