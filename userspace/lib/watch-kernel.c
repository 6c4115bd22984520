// SPDX-License-Identifier: GPL-2.0-only
/* Eyes and ears of watch.c in earnest: sysfs, device-mapper, uevents. */
#include <errno.h>
#include <libudev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "active.h"
#include "watch.h"

#define SOCKET_BYTES	(16 << 20)	/* some 10,000 events */

struct kdpu_uevents {
	struct udev *udev;
	struct udev_monitor *monitor;
};

static void see_pool(dev_t dev, struct kdpu_seen *s)
{
	struct kdpu_pool now = { };
	struct kdpu_health h;
	struct kdpu_err err;
	char *line = NULL;

	s->valid = -1;
	if (!kdpu_health_read(&kdpu_this_host, dev, &h, &err))
		s->valid = h.valid;
	if (kdpu_dm_status(s->name, &line, &err))
		return;
	if (!kdpu_status_parse(line, &now)) {
		snprintf(s->mode, sizeof(s->mode), "%s", now.mode);
		if (strcmp(now.name, "-"))
			snprintf(s->pool, sizeof(s->pool), "%s", now.name);
	}
	free(line);
}

static bool look(const char *device, struct kdpu_seen *s)
{
	const struct kdpu_host *h = &kdpu_this_host;
	char text[KDPU_DM_UUID_SIZE + 64], volume[KDPU_VOLUME_NAME];
	unsigned int maj, min;

	memset(s, 0, sizeof(*s));
	s->valid = -1;
	if (kdpu_host_read(h, text, sizeof(text), "/sys/block/%s/dm/uuid",
			   device) ||
	    !kdpu_dm_uuid_split(text, s->uuid, &s->id) ||
	    kdpu_host_read(h, s->name, sizeof(s->name), "/sys/block/%s/dm/name",
			   device) ||
	    kdpu_host_read(h, text, sizeof(text), "/sys/block/%s/dm/suspended",
			   device))
		return false;
	s->live = !strcmp(text, "0");
	/* one that never had a table is not suspended, but has no size */
	if (kdpu_host_read(h, text, sizeof(text), "/sys/block/%s/size",
			   device) || !strcmp(text, "0"))
		s->live = false;
	if (kdpu_dm_name_split(s->name, s->pool, volume))
		snprintf(volume, sizeof(volume), "%.55s", s->name);
	if (s->id) {
		snprintf(s->volume, sizeof(s->volume), "%s", volume);
		return true;
	}
	if (s->live && !kdpu_host_read(h, text, sizeof(text),
				       "/sys/block/%s/dev", device) &&
	    sscanf(text, "%u:%u", &maj, &min) == 2)
		see_pool(makedev(maj, min), s);
	return true;
}

static int all(void (*fn)(const char *device, void *data), void *data,
	       struct kdpu_err *err)
{
	struct kdpu_dm_devices l;
	char device[32];
	size_t i;
	int ret = kdpu_dm_list(&l, err);

	/* without device-mapper there is nothing yet */
	if (ret == -ENODEV)
		return 0;
	for (i = 0; !ret && i < l.nr; i++) {
		snprintf(device, sizeof(device), "dm-%u", minor(l.d[i].dev));
		fn(device, data);
	}
	kdpu_dm_list_free(&l);
	return ret;
}

const struct kdpu_watch_eyes kdpu_watch_eyes = { .look = look, .all = all };

struct kdpu_uevents *kdpu_uevents_new(struct kdpu_err *err)
{
	struct kdpu_uevents *u = calloc(1, sizeof(*u));

	if (!u) {
		kdpu_fail_memory(err);
		return NULL;
	}
	u->udev = udev_new();
	if (u->udev)
		u->monitor = udev_monitor_new_from_netlink(u->udev, "kernel");
	/* a larger buffer is a wish; without it more is lost, and told */
	if (u->monitor)
		udev_monitor_set_receive_buffer_size(u->monitor, SOCKET_BYTES);
	if (u->monitor &&
	    udev_monitor_filter_add_match_subsystem_devtype(u->monitor, "block",
							    "disk") >= 0 &&
	    udev_monitor_enable_receiving(u->monitor) >= 0)
		return u;
	kdpu_fail_errno(err, errno ? -errno : -EIO, "cannot listen to the kernel's events");
	kdpu_uevents_free(u);
	return NULL;
}

void kdpu_uevents_free(struct kdpu_uevents *u)
{
	if (!u)
		return;
	if (u->monitor)
		udev_monitor_unref(u->monitor);
	if (u->udev)
		udev_unref(u->udev);
	free(u);
}

int kdpu_uevents_fd(const struct kdpu_uevents *u)
{
	return udev_monitor_get_fd(u->monitor);
}

static int give(struct kdpu_watch *w, struct udev_device *d,
		struct kdpu_err *err)
{
	struct kdpu_uevent e = {
		.action = udev_device_get_action(d),
		.device = udev_device_get_sysname(d),
		.event = udev_device_get_property_value(d, "KDEVPOOL_EVENT"),
		.health = udev_device_get_property_value(d, "KDEVPOOL_HEALTH"),
		.moved = udev_device_get_property_value(d, "KDEVPOOL_MOVED"),
	};

	if (!e.action || !e.device || strncmp(e.device, "dm-", 3))
		return 0;
	return kdpu_watch_uevent(w, &e) ? kdpu_fail_memory(err) : 0;
}

int kdpu_uevents_read(struct kdpu_uevents *u, struct kdpu_watch *w,
		      struct kdpu_err *err)
{
	struct udev_device *d;
	int ret = 0;

	while (!ret) {
		errno = 0;
		d = udev_monitor_receive_device(u->monitor);
		if (d) {
			ret = give(w, d, err);
			udev_device_unref(d);
		} else if (errno == ENOBUFS) {
			ret = kdpu_watch_lost(w, err);
		} else {
			break;
		}
	}
	return ret;
}
