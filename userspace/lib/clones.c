// SPDX-License-Identifier: GPL-2.0-only
#include <libudev.h>
#include <stdio.h>
#include <string.h>

#include "clones.h"
#include "devset.h"

struct search {
	const struct kdpu_pool *pool;
	struct kdpu_devset up, down;	/* one disk with the pool's own */
	struct kdpu_clone *found;
	size_t nr, room;
};

static void look_at(struct search *s, struct udev_device *d, const char *uuid)
{
	const char *type = udev_device_get_property_value(d, "ID_FS_TYPE");
	const char *id = udev_device_get_property_value(d, "ID_FS_UUID");
	const char *node = udev_device_get_devnode(d);
	dev_t dev = udev_device_get_devnum(d);

	if (!type || strcmp(type, "kdevpool_member") || !id || !node ||
	    strcmp(id, uuid) || dev == s->pool->disk_dev ||
	    kdpu_devset_find(&s->up, dev) ||
	    kdpu_devset_find(&s->down, dev) || s->nr == s->room)
		return;
	snprintf(s->found[s->nr++].device, sizeof(s->found->device), "%.79s",
		 node);
}

static void look_at_all(struct search *s, struct udev *udev)
{
	struct udev_enumerate *e = udev_enumerate_new(udev);
	char uuid[KDPU_UUID_TEXT];
	struct udev_list_entry *at;
	struct udev_device *d;

	kdpu_uuid_text(s->pool->uuid, uuid);
	if (!e || udev_enumerate_add_match_subsystem(e, "block") < 0 ||
	    udev_enumerate_add_match_property(e, "ID_FS_UUID", uuid) < 0 ||
	    udev_enumerate_scan_devices(e) < 0)
		goto out;
	udev_list_entry_foreach(at, udev_enumerate_get_list_entry(e)) {
		d = udev_device_new_from_syspath(udev,
						 udev_list_entry_get_name(at));
		if (d)
			look_at(s, d, uuid);
		udev_device_unref(d);
	}
out:
	udev_enumerate_unref(e);
}

size_t kdpu_clones_find(const struct kdpu_pool *p, struct kdpu_clone *c,
			size_t room)
{
	struct search s = { .pool = p, .found = c, .room = room };
	struct udev *udev = udev_new();
	struct kdpu_err err;

	if (udev &&
	    !kdpu_devset_up(&kdpu_this_host, p->disk_dev, &s.up, &err)) {
		if (!kdpu_devset_down(&kdpu_this_host, p->disk_dev, &s.down,
				      &err)) {
			look_at_all(&s, udev);
			kdpu_devset_free(&s.down);
		}
		kdpu_devset_free(&s.up);
	}
	udev_unref(udev);
	return s.nr;
}
