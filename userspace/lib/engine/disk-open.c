// SPDX-License-Identifier: GPL-2.0-only
/* Opening, claiming and closing what disk.c reads and writes. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/disk.h"
#include "rawdev.h"

static int finish_open(struct kdpu_disk *d, const char *path,
		       struct kdpu_err *err)
{
	int ret = kdpu_fd_bytes(d->fd, &d->bytes);

	if (ret == -ENOTBLK)
		kdpu_fail(err, ret, "%s is neither a block device nor an image file",
			  path);
	else if (ret)
		kdpu_fail_errno(err, ret, "cannot find out the size of %s",
				path);
	if (ret)
		close(d->fd);
	return ret;
}

int kdpu_disk_open(struct kdpu_disk *d, const char *path, struct kdpu_err *err)
{
	memset(d, 0, sizeof(*d));
	d->claim = -1;
	/* a drive without a medium, or one that is locked, shall not wait */
	d->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (d->fd < 0)
		return kdpu_fail_errno(err, -errno, "cannot read %s", path);
	/* around the page cache: another writer's bytes, not old ones */
	kdpu_fd_set_direct(d->fd, true);
	return finish_open(d, path, err);
}

static int cannot_open(int error, const char *path, struct kdpu_err *err)
{
	return kdpu_fail_errno(err, error, "cannot open %s for this program alone",
			       path);
}

int kdpu_disk_claim(struct kdpu_disk *d, const char *path,
		    struct kdpu_err *err)
{
	int ret;

	memset(d, 0, sizeof(*d));
	d->claim = -1;
	d->fd = open(path, O_RDONLY | O_EXCL | O_CLOEXEC);
	if (d->fd < 0) {
		ret = cannot_open(-errno, path, err);
		if (ret == -EBUSY)
			kdpu_todo(err, "find what uses it: lsblk %s; fuser -v %s",
				  path, path);
		return ret;
	}
	ret = kdpu_fd_lock(d->fd, 3000);
	if (ret) {
		close(d->fd);
		kdpu_fail_errno(err, ret, "another program holds a lock on %s",
				path);
		return kdpu_todo(err, "wait for it, or find it: lslocks; fuser -v %s",
				 path);
	}
	return finish_open(d, path, err);
}

int kdpu_disk_make_writable(struct kdpu_disk *d, const char *path,
			    struct kdpu_err *err)
{
	struct stat was, is;
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return cannot_open(-errno, path, err);
	if (fstat(d->fd, &was) || fstat(fd, &is) ||
	    was.st_rdev != is.st_rdev || was.st_mode != is.st_mode ||
	    (!was.st_rdev && (was.st_dev != is.st_dev ||
			      was.st_ino != is.st_ino))) {
		close(fd);
		return kdpu_fail(err, -ESTALE, "%s is another device now", path);
	}
	d->claim = d->fd;
	d->fd = fd;
	d->writable = true;
	return 0;
}

int kdpu_disk_open_excl(struct kdpu_disk *d, const char *path,
			struct kdpu_err *err)
{
	int ret = kdpu_disk_claim(d, path, err);

	if (ret)
		return ret;
	ret = kdpu_disk_make_writable(d, path, err);
	if (ret)
		kdpu_disk_close(d);
	return ret;
}

void kdpu_disk_close(struct kdpu_disk *d)
{
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
	if (d->claim >= 0)
		close(d->claim);
	d->claim = -1;
	kdpu_undo_free(d->undo);
	d->undo = NULL;
}
