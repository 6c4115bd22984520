// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io.h"

int kdpu_pread(int fd, void *data, size_t size, uint64_t offset)
{
	char *p = data;
	ssize_t n;

	while (size) {
		n = pread(fd, p, size, offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		p += n;
		size -= n;
		offset += n;
	}
	return 0;
}

int kdpu_pwrite(int fd, const void *data, size_t size, uint64_t offset)
{
	const char *p = data;
	ssize_t n;

	while (size) {
		n = pwrite(fd, p, size, offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		p += n;
		size -= n;
		offset += n;
	}
	return 0;
}

void *kdpu_io_alloc(size_t size)
{
	void *p;

	if (posix_memalign(&p, KDPU_IO_ALIGN, size))
		return NULL;
	return memset(p, 0, size);
}
