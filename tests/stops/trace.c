// SPDX-License-Identifier: GPL-2.0-only
#include <err.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "trace.h"

#define MAX_PROCESSES	16
#define TIME_LIMIT	60	/* seconds for one run */

static const struct {
	long nr;
	const char *name;
} calls[] = {
	{ SYS_write, "write" }, { SYS_pwrite64, "pwrite64" },
	{ SYS_writev, "writev" }, { SYS_pwritev, "pwritev" },
	{ SYS_pwritev2, "pwritev2" }, { SYS_fsync, "fsync" },
	{ SYS_fdatasync, "fdatasync" }, { SYS_sync, "sync" },
	{ SYS_syncfs, "syncfs" }, { SYS_sync_file_range, "sync_file_range" },
	{ SYS_ftruncate, "ftruncate" }, { SYS_fallocate, "fallocate" },
	{ SYS_msync, "msync" }, { SYS_sendfile, "sendfile" },
	{ SYS_copy_file_range, "copy_file_range" }, { SYS_splice, "splice" },
	{ SYS_ioctl, "ioctl" },
};

#define NR_CALLS	(sizeof(calls) / sizeof(calls[0]))

struct process {
	pid_t pid;
	bool started;		/* its first SIGSTOP has been seen */
};

struct run {
	struct trace *t;
	pid_t root;
	struct process p[MAX_PROCESSES];
	size_t nr;
};

static volatile sig_atomic_t time_is_up;

static void on_alarm(int sig)
{
	(void)sig;
	time_is_up = 1;
}

const char *action_name(enum action a)
{
	static const char *const names[] = {
		[KILL_WORKER] = "SIGKILL worker",
		[KILL_SUPERVISOR] = "SIGKILL supervisor",
		[INTERRUPT_ALL] = "SIGINT all",
		[INTERRUPT_SUPERVISOR] = "SIGINT supervisor",
		[FAIL_EIO] = "EIO",
		[FAIL_ENOSPC] = "ENOSPC",
		[NO_ACTION] = "nothing",
	};

	return names[a];
}

/* ioctls that read, as far as they are made during a setup. */
static bool ioctl_writes(unsigned long cmd)
{
	switch (cmd) {
	case BLKDISCARD:
	case BLKSECDISCARD:
	case BLKZEROOUT:
	case BLKRRPART:
	case BLKFLSBUF:
		return true;
	}
	/* device-mapper: every command may change the tables */
	return _IOC_TYPE(cmd) == 0xfd;
}

static void install_filter(void)
{
	struct sock_filter code[NR_CALLS + 3] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
	};
	struct sock_fprog prog = { .len = NR_CALLS + 3, .filter = code };
	size_t i;

	for (i = 0; i < NR_CALLS; i++)
		code[i + 1] = (struct sock_filter)
			BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, calls[i].nr,
				 NR_CALLS - i, 0);
	code[NR_CALLS + 1] = (struct sock_filter)
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	code[NR_CALLS + 2] = (struct sock_filter)
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog))
		err(2, "seccomp");
}

static pid_t launch(struct trace *t)
{
	pid_t pid = fork();

	if (pid < 0)
		err(2, "fork");
	if (pid)
		return pid;
	if (dup2(t->output, 1) < 0 || dup2(t->output, 2) < 0 ||
	    ptrace(PTRACE_TRACEME, 0, 0, 0))
		err(2, "ptrace");
	raise(SIGSTOP);
	install_filter();
	execvp(t->argv[0], t->argv);
	err(127, "%s", t->argv[0]);
}

static struct process *find(struct run *r, pid_t pid)
{
	size_t i;

	for (i = 0; i < r->nr; i++)
		if (r->p[i].pid == pid)
			return &r->p[i];
	return NULL;
}

/* A child may stop before its parent tells of it. */
static struct process *find_or_add(struct run *r, pid_t pid)
{
	struct process *p = find(r, pid);

	if (p)
		return p;
	if (r->nr == MAX_PROCESSES)
		errx(2, "too many processes");
	p = &r->p[r->nr++];
	*p = (struct process){ .pid = pid };
	return p;
}

static void forget(struct run *r, pid_t pid, int status)
{
	struct process *p = find(r, pid);

	if (pid == r->root)
		r->t->status = status;
	if (p)
		*p = r->p[--r->nr];
}

static void send_all(struct run *r, int sig)
{
	size_t i;

	for (i = 0; i < r->nr; i++)
		kill(r->p[i].pid, sig);
}

/* Dead before anything goes on, so that each run is the same. */
static void kill_now(struct run *r, pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	do {
		if (waitpid(pid, &status, __WALL) != pid)
			err(2, "waitpid %d", pid);
	} while (WIFSTOPPED(status));
	forget(r, pid, status);
}

static void fail_call(pid_t pid, int error)
{
	struct user_regs_struct regs;

	if (ptrace(PTRACE_GETREGS, pid, 0, &regs))
		err(2, "registers");
	regs.orig_rax = -1;
	regs.rax = -error;
	if (ptrace(PTRACE_SETREGS, pid, 0, &regs))
		err(2, "registers");
}

/* Is there somebody to do it to? */
static bool act(struct run *r, pid_t pid)
{
	size_t i;

	switch (r->t->action) {
	case KILL_WORKER:
		for (i = 0; i < r->nr; i++)
			if (r->p[i].pid != r->root)
				break;
		if (i == r->nr)
			return false;
		kill_now(r, r->p[i].pid);
		break;
	case KILL_SUPERVISOR:
		if (!find(r, r->root))
			return false;
		kill_now(r, r->root);
		break;
	case INTERRUPT_ALL:
		send_all(r, SIGINT);
		break;
	case INTERRUPT_SUPERVISOR:
		kill(r->root, SIGINT);
		break;
	case FAIL_EIO:
		fail_call(pid, EIO);
		break;
	case FAIL_ENOSPC:
		fail_call(pid, ENOSPC);
		break;
	default:
		return false;
	}
	return true;
}

static const char *name_of(long nr)
{
	size_t i;

	for (i = 0; i < NR_CALLS; i++)
		if (calls[i].nr == nr)
			return calls[i].name;
	return "?";
}

static void on_seccomp(struct run *r, pid_t pid)
{
	struct user_regs_struct regs;
	struct trace *t = r->t;
	bool fails;

	if (ptrace(PTRACE_GETREGS, pid, 0, &regs))
		return;		/* killed meanwhile */
	if (regs.orig_rax == SYS_ioctl && !ioctl_writes(regs.rsi))
		return;
	t->calls++;
	if (t->calls == t->at) {
		snprintf(t->call, sizeof(t->call), "%s",
			 name_of(regs.orig_rax));
		t->acted = act(r, pid);
	}
	fails = t->calls == t->at &&
		(t->action == FAIL_EIO || t->action == FAIL_ENOSPC);
	if (t->on_call && !fails)
		t->on_call(pid, regs.orig_rax,
			   (unsigned long[4]){ regs.rdi, regs.rsi, regs.rdx,
					       regs.r10 }, t->data);
}

static void on_stop(struct run *r, pid_t pid, int status)
{
	struct process *p = find_or_add(r, pid);
	int sig = 0, event = status >> 16;

	if (event == PTRACE_EVENT_SECCOMP)
		on_seccomp(r, pid);
	else if (!event && (p->started || WSTOPSIG(status) != SIGSTOP))
		sig = WSTOPSIG(status);
	else if (!event)
		p->started = true;
	ptrace(PTRACE_CONT, pid, 0, sig);	/* it may be dead */
}

static void begin(struct run *r)
{
	const long options = PTRACE_O_EXITKILL | PTRACE_O_TRACESECCOMP |
			     PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
			     PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;
	int status;

	r->root = launch(r->t);
	if (waitpid(r->root, &status, 0) != r->root || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, r->root, 0, options))
		err(2, "cannot trace %s", r->t->argv[0]);
	find_or_add(r, r->root)->started = true;
	ptrace(PTRACE_CONT, r->root, 0, 0);
}

void trace_run(struct trace *t)
{
	struct sigaction sa = { .sa_handler = on_alarm };
	struct run r = { .t = t };
	int status;
	pid_t pid;

	t->calls = 0;
	t->acted = t->stuck = false;
	time_is_up = 0;
	sigaction(SIGALRM, &sa, NULL);
	alarm(TIME_LIMIT);
	begin(&r);
	while (r.nr) {
		pid = waitpid(-1, &status, __WALL);
		if (pid < 0 && time_is_up) {
			t->stuck = true;
			send_all(&r, SIGKILL);
			time_is_up = 0;
		} else if (pid < 0 && errno != EINTR) {
			err(2, "waitpid");
		} else if (pid > 0 && WIFSTOPPED(status)) {
			on_stop(&r, pid, status);
		} else if (pid > 0) {
			forget(&r, pid, status);
		}
	}
	alarm(0);
}
