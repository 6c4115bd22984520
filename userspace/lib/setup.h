/* SPDX-License-Identifier: GPL-2.0-only */
/* Make a pool on a device that passed the safety checks. */
#ifndef KDPU_SETUP_H
#define KDPU_SETUP_H

#include "engine/format.h"
#include "safety.h"

/*
 * Wipe foreign signatures, format, read back.  @s is open (kdpu_safety_run()).
 * A process of its own does it.  When anything fails, kdpu_disk_interrupt()
 * was called, or one of the two processes is killed, the bytes that were
 * overwritten are written back; *@restored tells whether that worked (true
 * also if nothing had been written).  -EINTR when interrupted.
 */
int kdpu_setup_write(struct kdpu_subject *s, struct kdpu_format *f,
		     bool *restored, struct kdpu_err *err);

#endif
