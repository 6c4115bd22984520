/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * States of the disk after a power cut, made from what the traced program
 * wrote: all up to a flush, and of what came later some whole, some torn, some
 * lost.  In each the disk is as before, or shows no pool, or one of which
 * nothing is lost: copies of its superblock may be missing.
 */
#ifndef STOPS_CUTS_H
#define STOPS_CUTS_H

#include "disk.h"
#include "trace.h"

void cuts_disk(const char *path);

/* Log what this run writes. */
void cuts_begin(struct trace *t);

/* Make @each states for each flush in the log, and judge them. */
void cuts_try(const struct disk *d, const struct trace *t, unsigned int each);

unsigned int cuts_tried(void);
unsigned int cuts_bad(void);

/* stops.c: the exit status of "PROGRAM COMMAND DISK" */
int ask(const char *command);

#endif
