// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>

#include "rawdev.h"

int kdpu_fd_bytes(int fd, uint64_t *bytes)
{
	struct stat st;
	uint64_t n;

	if (fstat(fd, &st))
		return -errno;
	if (S_ISREG(st.st_mode)) {
		*bytes = st.st_size;
		return 0;
	}
	if (!S_ISBLK(st.st_mode))
		return -ENOTBLK;
	if (ioctl(fd, BLKGETSIZE64, &n))
		return -errno;
	*bytes = n;
	return 0;
}

int kdpu_fd_reread_table(int fd)
{
	return ioctl(fd, BLKRRPART) ? -errno : 0;
}

int kdpu_fd_drop_cache(int fd)
{
	return ioctl(fd, BLKFLSBUF) ? -errno : 0;
}

int kdpu_fd_zero(int fd, uint64_t offset, uint64_t size)
{
	const uint64_t range[2] = { offset, size };

	if (!ioctl(fd, BLKZEROOUT, range))
		return 0;
	return errno == ENOTTY ? -EOPNOTSUPP : -errno;
}

int kdpu_fd_lock(int fd, int ms)
{
	const struct timespec nap = { .tv_nsec = 50 * 1000 * 1000 };

	while (flock(fd, LOCK_EX | LOCK_NB)) {
		if (errno != EWOULDBLOCK || ms <= 0)
			return -errno;
		nanosleep(&nap, NULL);
		ms -= 50;
	}
	return 0;
}

bool kdpu_fd_set_direct(int fd, bool direct)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0)
		return false;
	flags = direct ? flags | O_DIRECT : flags & ~O_DIRECT;
	return !fcntl(fd, F_SETFL, flags);
}
