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

void signals_stop_writing(bool on)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct sigaction sa = { .sa_handler = on ? on_signal : SIG_DFL };
	size_t i;

	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &sa, NULL);
}
