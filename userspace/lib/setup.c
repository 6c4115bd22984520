// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "rawdev.h"
#include "setup.h"

#define HEAD_BYTES	(4u << 20)	/* never user data in a pool */
#define TAIL_BYTES	(1u << 20)

static int zero(void *data, uint64_t offset, uint64_t size,
		struct kdpu_err *err)
{
	int ret = kdpu_disk_zero(data, offset, size);

	if (ret)
		return kdpu_fail_errno(err, ret, "cannot overwrite %llu bytes at %llu",
				       (unsigned long long)size,
				       (unsigned long long)offset);
	return 0;
}

/* Nothing of what was there is found again by blkid, GPT or md probing. */
static int wipe(struct kdpu_subject *s, struct kdpu_err *err)
{
	struct kdpu_disk *d = &s->disk;
	int ret = 0;

	/* an old pool is gone before anything else of it is touched */
	if (s->pool_found)
		ret = kdpu_super_kill(d, err);
	if (!ret)
		ret = kdpu_signatures_wipe(d->fd, zero, d, err);
	if (!ret)
		ret = zero(d, 0, HEAD_BYTES, err);
	if (!ret)
		ret = zero(d, d->bytes - TAIL_BYTES, TAIL_BYTES, err);
	if (ret)
		return ret;
	ret = kdpu_disk_sync(d);
	return ret ? kdpu_fail_errno(err, ret, "cannot flush the device") : 0;
}

static int write_all(struct kdpu_subject *s, struct kdpu_format *f,
		     struct kdpu_err *err)
{
	int ret = wipe(s, err);

	if (ret)
		return ret;
	if (s->device->block)
		kdpu_fd_set_direct(s->disk.fd, true);
	ret = kdpu_format(&s->disk, f, err);
	return ret ? ret : kdpu_format_verify(&s->disk, f, err);
}

static int way_back(struct kdpu_subject *s, int error, bool *restored,
		    struct kdpu_err *err)
{
	bool interrupted = kdpu_disk_interrupted();
	int ret;

	kdpu_disk_resume();
	ret = kdpu_disk_restore(&s->disk);
	*restored = !ret;
	if (interrupted)
		error = kdpu_fail(err, -EINTR, "interrupted");
	if (ret)
		kdpu_todo(err, "the old contents could NOT be written back (%s): do not trust what is on %s",
			  strerror(-ret), s->device->path);
	else
		kdpu_todo(err, "%s is as it was before", s->device->path);
	return error;
}

int kdpu_setup_write(struct kdpu_subject *s, struct kdpu_format *f,
		     bool *restored, struct kdpu_err *err)
{
	int ret;

	*restored = true;
	s->disk.undo = kdpu_undo_new();
	if (!s->disk.undo)
		return kdpu_fail_errno(err, -errno, "no place to save what is on the disk");
	ret = write_all(s, f, err);
	if (ret)
		return way_back(s, ret, restored, err);
	/* the kernel may still show partitions that are no more */
	if (s->device->block && !s->device->partition && s->signatures.table)
		kdpu_fd_reread_table(s->disk.fd);
	return 0;
}

int kdpu_destroy(const char *path, const uint8_t uuid[KDPU_UUID_SIZE],
		 struct kdpu_err *err)
{
	struct kdpu_super super;
	struct kdpu_disk d;
	int ret = kdpu_disk_open_excl(&d, path, err);

	if (ret)
		return ret;
	ret = kdpu_super_read(&d, &super, err);
	if (!ret && memcmp(super.uuid, uuid, KDPU_UUID_SIZE))
		ret = kdpu_fail(err, -ESTALE, "the pool on %s changed while it was looked at",
				path);
	if (!ret)
		ret = kdpu_super_kill(&d, err);
	kdpu_disk_close(&d);
	return ret;
}
