// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host.h"

static int resolve(const char *path, dev_t *dev)
{
	struct stat st;

	if (stat(path, &st))
		return -errno;
	if (!S_ISBLK(st.st_mode))
		return -ENOTBLK;
	*dev = st.st_rdev;
	return 0;
}

const struct kdpu_host kdpu_this_host = {
	.root = "",
	.resolve = resolve,
};

static char *vpath(const struct kdpu_host *h, char buf[PATH_MAX],
		   const char *fmt, va_list args)
{
	int n = snprintf(buf, PATH_MAX, "%s", h->root);

	if (n < PATH_MAX)
		vsnprintf(buf + n, PATH_MAX - n, fmt, args);
	return buf;
}

char *kdpu_host_path(const struct kdpu_host *h, char buf[PATH_MAX],
		     const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vpath(h, buf, fmt, args);
	va_end(args);
	return buf;
}

int kdpu_host_read(const struct kdpu_host *h, char *buf, size_t size,
		   const char *fmt, ...)
{
	char path[PATH_MAX];
	va_list args;
	ssize_t n;
	int fd;

	va_start(args, fmt);
	vpath(h, path, fmt, args);
	va_end(args);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, buf, size - 1);
	if (n < 0)
		n = -errno;
	close(fd);
	if (n < 0)
		return n;
	buf[n] = 0;
	while (n && (buf[n - 1] == '\n' || buf[n - 1] == ' '))
		buf[--n] = 0;
	return 0;
}
