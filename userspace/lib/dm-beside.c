// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices that are removed at the same time.
 *
 * In the kernel each removal waits for RCU, some 10 ms; those that are under way
 * together wait together.  libdevmapper may be used by one thread only, so the
 * ioctl is made here; udev's cookie and the nodes remain its business.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "dm.h"
#include "dm-private.h"

#define MAX_THREADS	16u
/* somebody may look at the device in that moment; as libdevmapper has it */
#define TRIES		25
#define NAP_NS		(200 * 1000 * 1000)

struct job {
	struct kdpu_dm_removal *r;
	size_t nr;
	atomic_size_t next;
	int control;
	uint32_t event;		/* what the kernel tells udev: flags, cookie */
};

static void remove_one(const struct job *j, struct kdpu_dm_removal *r)
{
	const struct timespec nap = { .tv_nsec = NAP_NS };
	struct dm_ioctl io;
	int i, ret;

	for (i = 0; ; i++) {
		memset(&io, 0, sizeof(io));
		io.version[0] = DM_VERSION_MAJOR;
		io.data_size = sizeof(io);
		io.data_start = sizeof(io);
		io.event_nr = j->event;
		snprintf(io.name, sizeof(io.name), "%s", r->name);
		ret = ioctl(j->control, DM_DEV_REMOVE, &io) ? -errno : 0;
		if (ret != -EBUSY || i == TRIES - 1)
			break;
		nanosleep(&nap, NULL);
	}
	r->ret = ret;
	r->told = !ret && (io.flags & DM_UEVENT_GENERATED_FLAG);
}

static void *remove_some(void *data)
{
	struct job *j = data;
	size_t i;

	while ((i = atomic_fetch_add(&j->next, 1)) < j->nr)
		remove_one(j, &j->r[i]);
	return NULL;
}

static void remove_beside(struct job *j)
{
	pthread_t threads[MAX_THREADS - 1];
	size_t i, nr = 0;

	while (nr < MAX_THREADS - 1 && nr + 1 < j->nr &&
	       !pthread_create(&threads[nr], NULL, remove_some, j))
		nr++;
	remove_some(j);
	for (i = 0; i < nr; i++)
		pthread_join(threads[i], NULL);
}

/* Each removal is one more that the cookie waits for. */
static bool announce(struct kdpu_dm_batch *b, const char *name)
{
	struct dm_task *t = kdpu_dm_task(DM_DEVICE_REMOVE, name);
	bool good = t &&
		    dm()->task_set_cookie(t, &b->cookie, KDPU_DM_UDEV_FLAGS);

	if (t)
		dm()->task_destroy(t);
	return good;
}

/* Those of @r that udev will never hear of. */
static void withdraw(const struct kdpu_dm_batch *b,
		     const struct kdpu_dm_removal *r, size_t nr)
{
	size_t i;

	for (i = 0; i < nr && kdpu_dm_udev(); i++)
		if (!r[i].told)
			dm()->udev_complete(b->cookie);
}

static int remove_announced(struct kdpu_dm_batch *b, struct kdpu_dm_removal *r,
			    size_t nr)
{
	const uint32_t flags = KDPU_DM_UDEV_FLAGS | DM_UDEV_PRIMARY_SOURCE_FLAG;
	struct job j = {
		.r = r, .nr = nr,
		.event = flags << DM_UDEV_FLAGS_SHIFT |
			 (b->cookie & ~DM_UDEV_FLAGS_MASK),
	};

	j.control = open("/dev/mapper/control", O_RDWR | O_CLOEXEC);
	if (j.control < 0)
		return -errno;
	remove_beside(&j);
	close(j.control);
	return 0;
}

int kdpu_dm_remove_all(struct kdpu_dm_batch *b, struct kdpu_dm_removal *r,
		       size_t nr, struct kdpu_err *err)
{
	const struct kdpu_dm_removal *failed = NULL;
	size_t i, announced = 0;
	int ret = -EIO;

	for (i = 0; i < nr; i++)
		r[i].told = false;
	while (announced < nr && announce(b, r[announced].name))
		announced++;
	if (announced == nr)
		ret = remove_announced(b, r, nr);
	withdraw(b, r, announced);
	for (i = 0; i < nr; i++) {
		if (ret)
			r[i].ret = ret;
		if (!r[i].ret)
			kdpu_dm_node(r[i].name);
		else if (!failed)
			failed = &r[i];
	}
	return failed ? kdpu_dm_failed(failed->ret, "remove", failed->name,
				       err) : 0;
}

int kdpu_dm_remove(struct kdpu_dm_batch *b, const char *name,
		   struct kdpu_err *err)
{
	struct kdpu_dm_removal r = { .name = name };

	return kdpu_dm_remove_all(b, &r, 1, err);
}
