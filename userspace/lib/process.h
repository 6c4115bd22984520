/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Processes as owners of volumes.  A process is known by its number, the time
 * of its start and the boot of its machine: numbers come again, the three
 * together do not.
 */
#ifndef KDPU_PROCESS_H
#define KDPU_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "dmname.h"
#include "err.h"
#include "host.h"

/* What a number stands for now. */
struct kdpu_process {
	bool exists;		/* some process or thread has it */
	bool known;		/* the following could be read */
	bool ended;		/* all of it, nobody has waited for it yet */
	uint64_t start;		/* clock ticks since boot */
};

struct kdpu_owner {
	uint32_t pid;		/* 0: no process */
	uint64_t pid_start;	/* 0: not known */
	uint8_t boot_id[KDPU_UUID_SIZE];	/* zeros: not known */
};

/* Pure: the text of /proc/PID/stat.  -EINVAL when it is not as in proc(5). */
int kdpu_process_parse(const char *stat, struct kdpu_process *p);

/*
 * Who has the number @pid.  A process that may not be looked at exists and is
 * not known.
 */
void kdpu_process_read(const struct kdpu_host *h, uint32_t pid,
		       struct kdpu_process *p);

/*
 * -EPERM when this process sees only a part of the machine's processes, as in a
 * container: their numbers, or times of start, are others there.
 */
int kdpu_processes_visible(const struct kdpu_host *h, struct kdpu_err *err);

/* The boot of this machine; zeros when the kernel does not tell. */
void kdpu_boot_id(const struct kdpu_host *h, uint8_t id[KDPU_UUID_SIZE]);

/*
 * The process that @text, a number, names, as an owner.  -EINVAL, -ESRCH,
 * -EPERM when it may not be looked at.
 */
int kdpu_owner_find(const struct kdpu_host *h, const char *text,
		    struct kdpu_owner *o, struct kdpu_err *err);

#endif
