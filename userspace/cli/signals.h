/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

#include <stdbool.h>

/*
 * While a disk is written, Ctrl-C and the like stop the writing in order
 * (kdpu_disk_interrupt()), so that the program can say what state it is in.
 */
void signals_stop_writing(bool on);

/*
 * While something is waited for, they end the waiting: sleeping and reading
 * return early (EINTR), and signals_caught() tells.
 */
void signals_catch(bool on);
bool signals_caught(void);

#endif
