// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "newfile.h"

static int write_all(int fd, mode_t mode,
		     void (*write)(FILE *f, const void *data), const void *data)
{
	FILE *f = fdopen(fd, "w");
	int ret = 0;

	if (!f) {
		close(fd);
		return -errno;
	}
	write(f, data);
	if (ferror(f) || fflush(f) || fchmod(fd, mode) || fsync(fd))
		ret = errno ? -errno : -EIO;
	if (fclose(f) && !ret)
		ret = -errno;
	return ret;
}

int kdpu_newfile(const char *path, mode_t mode,
		 void (*write)(FILE *f, const void *data), const void *data,
		 struct kdpu_err *err)
{
	char temp[PATH_MAX + 16];
	int fd, ret;

	snprintf(temp, sizeof(temp), "%s.XXXXXX", path);
	fd = mkostemp(temp, O_CLOEXEC);
	if (fd < 0)
		return kdpu_fail_errno(err, -errno, "cannot make %s", temp);
	ret = write_all(fd, mode, write, data);
	if (ret)
		kdpu_fail_errno(err, ret, "cannot write %s", temp);
	else if (rename(temp, path))
		ret = kdpu_fail_errno(err, -errno, "cannot make %s", path);
	if (ret)
		unlink(temp);
	return ret;
}
