// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "handles.h"

static bool is_ours(const struct kdpu_host *h, const struct kdpu_device *d,
		    const char *link)
{
	struct stat st;
	dev_t dev;

	if (d->block)
		return !h->resolve(link, &dev) &&
		       kdpu_devset_find(&d->up, dev);
	return !stat(link, &st) && S_ISREG(st.st_mode) &&
	       st.st_dev == d->file_dev && st.st_ino == d->file_ino;
}

static void tell(const struct kdpu_host *h, const char *pid, const char *link,
		 struct kdpu_handle *found)
{
	ssize_t n = readlink(link, found->path, sizeof(found->path) - 1);

	found->path[n < 0 ? 0 : n] = 0;
	found->pid = atoi(pid);
	if (kdpu_host_read(h, found->command, sizeof(found->command),
			   "/proc/%s/comm", pid))
		strcpy(found->command, "?");
}

static int find_in(const struct kdpu_host *h, const struct kdpu_device *d,
		   const char *pid, struct kdpu_handle *found,
		   struct kdpu_err *err)
{
	char dir[PATH_MAX], link[PATH_MAX + 264];
	struct dirent *e;
	int ret = 0;
	DIR *fds = opendir(kdpu_host_path(h, dir, "/proc/%s/fd", pid));

	if (!fds && (errno == ENOENT || errno == ESRCH))
		return 0;
	/* an ordinary user may format an image file of his own */
	if (!fds && !d->block && errno == EACCES)
		return 0;
	if (!fds) {
		kdpu_fail_errno(err, -errno, "cannot see what process %s has open",
				pid);
		return kdpu_todo(err, "run this as root");
	}
	while (!ret && (e = readdir(fds))) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(link, sizeof(link), "%s/%s", dir, e->d_name);
		if (is_ours(h, d, link)) {
			tell(h, pid, link, found);
			ret = 1;
		}
	}
	closedir(fds);
	return ret;
}

int kdpu_handles_find(const struct kdpu_host *h, const struct kdpu_device *d,
		      struct kdpu_handle *found, struct kdpu_err *err)
{
	char path[PATH_MAX];
	struct dirent *e;
	int ret = 0;
	DIR *proc = opendir(kdpu_host_path(h, path, "/proc"));

	if (!proc)
		return kdpu_fail_errno(err, -errno, "cannot list %s", path);
	while (!ret && (errno = 0, e = readdir(proc))) {
		if (!isdigit((unsigned char)e->d_name[0]) ||
		    atoi(e->d_name) == getpid())
			continue;
		ret = find_in(h, d, e->d_name, found, err);
	}
	if (!ret && errno)
		ret = kdpu_fail_errno(err, -errno, "cannot list %s", path);
	closedir(proc);
	return ret;
}

int kdpu_handles_settle(const struct kdpu_host *h, const struct kdpu_device *d,
			int ms, struct kdpu_handle *found,
			struct kdpu_err *err)
{
	const struct timespec nap = { .tv_nsec = 100 * 1000 * 1000 };
	int ret;

	while ((ret = kdpu_handles_find(h, d, found, err)) == 1 && ms > 0) {
		nanosleep(&nap, NULL);
		ms -= 100;
	}
	return ret;
}
