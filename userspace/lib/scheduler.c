// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "scheduler.h"

#define SYSDEV	"/sys/dev/block/%u:%u"

const char *const *kdpu_schedulers_for(const struct kdpu_device *d)
{
	static const char *const nvme[] = { "none", NULL };
	static const char *const rotating[] = { "bfq", "mq-deadline", NULL };
	static const char *const other[] = { "mq-deadline", "none", NULL };

	if (!strncmp(d->name, "nvme", 4))
		return nvme;
	return d->rotational ? rotating : other;
}

/* A partition's queue is that of its disk. */
static const char *queue_dir(const struct kdpu_device *d)
{
	return d->partition ? "/.." : "";
}

int kdpu_scheduler_read(const struct kdpu_host *h, const struct kdpu_device *d,
			char is[32])
{
	char text[256], *p;
	int ret = kdpu_host_read(h, text, sizeof(text),
				 SYSDEV "%s/queue/scheduler", major(d->dev),
				 minor(d->dev), queue_dir(d));

	if (ret)
		return ret;
	p = strchr(text, '[');
	if (!p)
		return -ENOENT;
	snprintf(is, 32, "%.31s", p + 1);
	is[strcspn(is, "] ")] = 0;
	return 0;
}

/* The kernel loads the scheduler's module for this. */
static int write_scheduler(const struct kdpu_host *h,
			   const struct kdpu_device *d, const char *want)
{
	char path[PATH_MAX];
	int fd, ret = 0;

	kdpu_host_path(h, path, SYSDEV "%s/queue/scheduler", major(d->dev),
		       minor(d->dev), queue_dir(d));
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, want, strlen(want)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

int kdpu_scheduler_choose(const struct kdpu_host *h,
			  const struct kdpu_device *d, char is[32])
{
	const char *const *want;
	int ret = 0;

	for (want = kdpu_schedulers_for(d); !ret && *want; want++) {
		if (!strcmp(is, *want))
			return 0;
		write_scheduler(h, d, *want);
		ret = kdpu_scheduler_read(h, d, is);
		if (!ret && !strcmp(is, *want))
			return 0;
	}
	return ret ? ret : -EINVAL;
}

void kdpu_scheduler_set(const struct kdpu_host *h, const char *path)
{
	struct kdpu_device d = { };
	struct kdpu_err ignored;
	char is[32];

	if (!kdpu_device_read(h, path, &d, &ignored) && d.block &&
	    !kdpu_scheduler_read(h, &d, is))
		kdpu_scheduler_choose(h, &d, is);
	kdpu_device_free(&d);
}
