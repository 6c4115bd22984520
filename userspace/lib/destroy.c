// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "destroy.h"
#include "engine/super.h"
#include "rawdev.h"
#include "size.h"

#define PIECE	(16ull << 20)	/* a fraction of a second on a slow disk */

/* Claim the disk; its pool, which must be the one that is meant, dies. */
static int kill_pool(struct kdpu_disk *d, const char *path,
		     const uint8_t uuid[KDPU_UUID_SIZE], struct kdpu_err *err)
{
	struct kdpu_super super;
	int ret = kdpu_disk_open_excl(d, path, err);

	if (ret)
		return ret;
	ret = kdpu_super_read(d, &super, err);
	if (!ret && memcmp(super.uuid, uuid, KDPU_UUID_SIZE))
		ret = kdpu_fail(err, -ESTALE, "the pool on %s changed while it was looked at",
				path);
	if (!ret)
		ret = kdpu_super_kill(d, err);
	if (ret)
		kdpu_disk_close(d);
	return ret;
}

int kdpu_destroy(const char *path, const uint8_t uuid[KDPU_UUID_SIZE],
		 struct kdpu_err *err)
{
	struct kdpu_disk d;
	int ret = kill_pool(&d, path, uuid, err);

	if (!ret)
		kdpu_disk_close(&d);
	return ret;
}

static int zero_piece(struct kdpu_disk *d, uint64_t offset, uint64_t size)
{
	int ret = -EOPNOTSUPP;

	if (kdpu_disk_interrupted())
		return -EINTR;
	if (!(offset % 4096) && !(size % 4096))
		ret = kdpu_fd_zero(d->fd, offset, size);
	if (ret == -EOPNOTSUPP || ret == -EINVAL)
		ret = kdpu_disk_zero(d, offset, size);
	return ret;
}

static int stopped(const char *path, uint64_t done, uint64_t total, int error,
		   struct kdpu_err *err)
{
	char a[KDPU_SIZE_TEXT], b[KDPU_SIZE_TEXT];

	kdpu_size_text(done, a);
	kdpu_size_text(total, b);
	if (error == -EINTR)
		kdpu_fail(err, error, "interrupted: there is no pool on %s any more, its first %s of %s are zero, the rest is as it was",
			  path, a, b);
	else
		kdpu_fail_errno(err, error, "there is no pool on %s any more and its first %s of %s are zero, but then it cannot be written",
				path, a, b);
	return kdpu_todo(err, "to go on: blkdiscard --zeroout --offset %llu %s",
			 (unsigned long long)done, path);
}

int kdpu_wipe(const char *path, const uint8_t uuid[KDPU_UUID_SIZE],
	      kdpu_progress_fn progress, void *data, struct kdpu_err *err)
{
	uint64_t done = 0, n;
	struct kdpu_disk d;
	int ret = kill_pool(&d, path, uuid, err);

	if (ret)
		return ret;
	kdpu_fd_set_direct(d.fd, true);
	while (!ret && done < d.bytes) {
		progress(done, d.bytes, data);
		n = d.bytes - done < PIECE ? d.bytes - done : PIECE;
		ret = zero_piece(&d, done, n);
		if (!ret)
			done += n;
	}
	if (!ret)
		ret = kdpu_disk_sync(&d);
	else
		kdpu_disk_sync(&d);
	progress(done, d.bytes, data);
	if (ret)
		stopped(path, done, d.bytes, ret, err);
	kdpu_disk_close(&d);
	return ret;
}
