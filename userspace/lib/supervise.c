// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervise.h"

enum state { WORKING, DONE, UNDONE };

struct shared {
	_Atomic int state;
	int ret;
	struct kdpu_err err;
};

struct watch {
	const struct kdpu_work *w;
	struct shared *shared;
	sigset_t mask;		/* as it was before */
	int gone[2];		/* a pipe that only the worker can write to */
	pid_t supervisor, worker;
};

void *kdpu_shared_new(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

void kdpu_shared_free(void *p, size_t size)
{
	if (p)
		munmap(p, size);
}

static void (*stop_worker)(void);

static void on_term(int sig)
{
	(void)sig;
	stop_worker();
}

/* SIGTERM comes also when the supervisor was killed. */
static void work(struct watch *x)
{
	struct sigaction sa = { .sa_handler = on_term };
	struct shared *shared = x->shared;

	stop_worker = x->w->stop;
	sigaction(SIGTERM, &sa, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != x->supervisor)
		stop_worker();
	sigprocmask(SIG_SETMASK, &x->mask, NULL);
	shared->ret = x->w->run(x->w->data, &shared->err);
	if (!shared->ret)
		atomic_store(&shared->state, DONE);
	else if (!x->w->undo(x->w->data))
		atomic_store(&shared->state, UNDONE);
}

/* Signals are let in only while nothing can be missed. */
static int wait_for_worker(const struct watch *x)
{
	struct pollfd p = { .fd = x->gone[0] };
	int status = 0;		/* stays so if SIGCHLD is ignored */

	while (ppoll(&p, 1, NULL, &x->mask) < 0 && errno == EINTR)
		if (x->w->stopped())
			kill(x->worker, SIGTERM);
	while (waitpid(x->worker, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

static int judge(const struct watch *x, int status, bool *undone,
		 struct kdpu_err *err)
{
	int state = atomic_load(&x->shared->state);

	*undone = state == UNDONE;
	if (state == DONE)
		return 0;
	/* again, if the worker could not */
	if (state == WORKING)
		*undone = !x->w->undo(x->w->data);
	if (!WIFSIGNALED(status) && x->shared->ret) {
		*err = x->shared->err;
		return x->shared->ret;
	}
	if (!WIFSIGNALED(status))
		return kdpu_fail(err, -EIO, "the process that did the work ended before it was done");
	return kdpu_fail(err, -EIO, "the process that did the work was ended by signal %d (%s)",
			 WTERMSIG(status), strsignal(WTERMSIG(status)));
}

static int start(struct watch *x, struct kdpu_err *err)
{
	if (pipe2(x->gone, O_CLOEXEC))
		return kdpu_fail_errno(err, -errno, "no pipe");
	x->supervisor = getpid();
	x->worker = fork();
	if (x->worker < 0) {
		kdpu_fail_errno(err, -errno, "no process for the work");
		close(x->gone[0]);
		close(x->gone[1]);
		return err->error;
	}
	if (!x->worker) {
		close(x->gone[0]);
		work(x);
		_exit(0);
	}
	close(x->gone[1]);
	return 0;
}

int kdpu_supervise(const struct kdpu_work *w, bool *undone,
		   struct kdpu_err *err)
{
	struct watch x = { .w = w };
	sigset_t all;
	int ret;

	*undone = true;
	x.shared = kdpu_shared_new(sizeof(*x.shared));
	if (!x.shared)
		return kdpu_fail_errno(err, -errno, "no shared memory");
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &x.mask);
	ret = start(&x, err);
	if (!ret) {
		ret = judge(&x, wait_for_worker(&x), undone, err);
		close(x.gone[0]);
	}
	sigprocmask(SIG_SETMASK, &x.mask, NULL);
	kdpu_shared_free(x.shared, sizeof(*x.shared));
	return ret;
}
