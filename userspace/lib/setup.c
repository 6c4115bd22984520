// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "rawdev.h"
#include "setup.h"
#include "supervise.h"

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

/* What the worker process works on, and what it gives back. */
struct result {
	uint8_t uuid[KDPU_UUID_SIZE];
	uint64_t writes;
};

struct job {
	struct kdpu_subject *s;
	struct kdpu_format *f;
	struct result *result;		/* shared */
};

static int run_job(void *data, struct kdpu_err *err)
{
	struct job *job = data;
	int ret = write_all(job->s, job->f, err);

	memcpy(job->result->uuid, job->f->uuid, KDPU_UUID_SIZE);
	job->result->writes = job->s->disk.writes;
	if (ret && kdpu_disk_interrupted())
		ret = kdpu_fail(err, -EINTR, "interrupted");
	return ret;
}

static int undo_job(void *data)
{
	struct job *job = data;

	kdpu_disk_resume();
	return kdpu_disk_restore(&job->s->disk);
}

static int supervised(struct job *job, bool *restored, struct kdpu_err *err)
{
	const struct kdpu_work work = {
		.run = run_job,
		.undo = undo_job,
		.stop = kdpu_disk_interrupt,
		.stopped = kdpu_disk_interrupted,
		.data = job,
	};
	const char *path = job->s->device->path;
	int ret = kdpu_supervise(&work, restored, err);

	kdpu_disk_resume();
	if (!ret)
		return 0;
	if (*restored)
		kdpu_todo(err, "%s is as it was before", path);
	else
		kdpu_todo(err, "the old contents could NOT be written back: do not trust what is on %s",
			  path);
	return ret;
}

int kdpu_setup_write(struct kdpu_subject *s, struct kdpu_format *f,
		     bool *restored, struct kdpu_err *err)
{
	struct job job = { .s = s, .f = f };
	int ret;

	*restored = true;
	ret = kdpu_disk_make_writable(&s->disk, s->device->path, err);
	if (ret)
		return ret;
	s->disk.undo = kdpu_undo_new();
	job.result = kdpu_shared_new(sizeof(*job.result));
	if (!s->disk.undo || !job.result) {
		ret = kdpu_fail_errno(err, -errno, "no place to save what is on the disk");
	} else {
		ret = supervised(&job, restored, err);
		memcpy(f->uuid, job.result->uuid, KDPU_UUID_SIZE);
		s->disk.writes = job.result->writes;
	}
	kdpu_shared_free(job.result, sizeof(*job.result));
	/*
	 * The kernel may still show partitions that are no more; it looks for
	 * whoever holds the claim.
	 */
	if (!ret && s->device->block && !s->device->partition &&
	    s->signatures.table)
		kdpu_fd_reread_table(s->disk.claim);
	return ret;
}
