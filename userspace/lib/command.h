/* SPDX-License-Identifier: GPL-2.0-only */
/* Run another program and wait for it. */
#ifndef KDPU_COMMAND_H
#define KDPU_COMMAND_H

/*
 * @argv ends with NULL and is looked for in PATH.  What it prints goes to
 * standard error.  Its exit status, 128 and more when a signal ended it, or a
 * negative errno.
 */
int kdpu_command_run(const char *const *argv);

#endif
