// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "process.h"

#define MAX_PID		(1u << 22)	/* of any Linux */

/* Fields of /proc/PID/stat, counted as in proc(5). */
#define FIELD_STATE	3
#define FIELD_THREADS	20
#define FIELD_START	22

int kdpu_process_parse(const char *stat, struct kdpu_process *p)
{
	/* the name is in brackets, and may have any character in it */
	const char *at = strrchr(stat, ')');
	unsigned long long start = 0;
	char state = 0;
	long threads = 0;
	int field;

	for (field = FIELD_STATE; at && field <= FIELD_START; field++) {
		at = strchr(at, ' ');
		if (!at)
			break;
		at++;
		if (field == FIELD_STATE)
			state = *at;
		else if (field == FIELD_THREADS)
			threads = strtol(at, NULL, 10);
		else if (field == FIELD_START)
			start = strtoull(at, NULL, 10);
	}
	if (!start)
		return -EINVAL;
	p->exists = true;
	p->known = true;
	/* a leader that has ended may have left threads behind */
	p->ended = (state == 'Z' || state == 'X') && threads <= 1;
	p->start = start;
	return 0;
}

void kdpu_process_read(const struct kdpu_host *h, uint32_t pid,
		       struct kdpu_process *p)
{
	char stat[1024];

	memset(p, 0, sizeof(*p));
	if (!kdpu_host_read(h, stat, sizeof(stat), "/proc/%u/stat", pid) &&
	    !kdpu_process_parse(stat, p))
		return;
	/* /proc may hide what is there; a number that none can have is no answer */
	p->exists = pid > MAX_PID || !kill(pid, 0) || errno != ESRCH;
}

/* True unless the link says that it is another one than the machine's own. */
static bool is_initial(const struct kdpu_host *h, const char *name,
		       const char *initial)
{
	char path[PATH_MAX], target[64];
	ssize_t n = readlink(kdpu_host_path(h, path, "/proc/self/ns/%s", name),
			     target, sizeof(target) - 1);

	/* a kernel without such a thing has one of it */
	if (n < 0)
		return errno == ENOENT;
	target[n] = 0;
	return !strcmp(target, initial);
}

int kdpu_processes_visible(const struct kdpu_host *h, struct kdpu_err *err)
{
	/* the numbers that the kernel gives to those of the machine itself */
	if (is_initial(h, "pid", "pid:[4026531836]") &&
	    is_initial(h, "time", "time:[4026531834]"))
		return 0;
	kdpu_fail(err, -EPERM, "not all processes of the machine can be seen from here (a container?)");
	return kdpu_todo(err, "run this on the machine itself");
}

void kdpu_boot_id(const struct kdpu_host *h, uint8_t id[KDPU_UUID_SIZE])
{
	char text[64];

	if (kdpu_host_read(h, text, sizeof(text),
			   "/proc/sys/kernel/random/boot_id") ||
	    !kdpu_uuid_parse(text, id, NULL))
		memset(id, 0, KDPU_UUID_SIZE);
}

int kdpu_owner_find(const struct kdpu_host *h, const char *text,
		    struct kdpu_owner *o, struct kdpu_err *err)
{
	struct kdpu_process p;
	unsigned long pid = 0;
	int ret = kdpu_processes_visible(h, err);

	if (ret)
		return ret;
	if (strspn(text, "0123456789") == strlen(text))
		pid = strtoul(text, NULL, 10);
	if (!pid || pid > MAX_PID) {
		kdpu_fail(err, -EINVAL, "\"%.40s\" is no number of a process",
			  text);
		return kdpu_expected(err, "1 to %u", MAX_PID);
	}
	kdpu_process_read(h, pid, &p);
	if (!p.exists || p.ended) {
		kdpu_fail(err, -ESRCH, "there is no process %lu", pid);
		return kdpu_expected(err, "one that runs: volumes of a dead owner are removed");
	}
	if (!p.known) {
		kdpu_fail(err, -EPERM, "process %lu may not be looked at", pid);
		return kdpu_todo(err, "run this as root");
	}
	o->pid = pid;
	o->pid_start = p.start;
	kdpu_boot_id(h, o->boot_id);
	return 0;
}
