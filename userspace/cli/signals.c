// SPDX-License-Identifier: GPL-2.0-only
#include <signal.h>
#include <stddef.h>

#include "lib/engine/disk.h"
#include "signals.h"

static void on_signal(int sig)
{
	(void)sig;
	kdpu_disk_interrupt();
}

static volatile sig_atomic_t caught;

static void on_catch(int sig)
{
	caught = sig;
}

static void handle(void (*handler)(int sig))
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct sigaction sa = { .sa_handler = handler };
	size_t i;

	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &sa, NULL);
}

void signals_stop_writing(bool on)
{
	handle(on ? on_signal : SIG_DFL);
}

void signals_catch(bool on)
{
	caught = 0;
	handle(on ? on_catch : SIG_DFL);
}

bool signals_caught(void)
{
	return caught;
}
