// SPDX-License-Identifier: GPL-2.0-only
/* Device-mapper devices for volumes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "activate.h"
#include "handles.h"
#include "mounts.h"
#include "nodes.h"

static int make_one(struct kdpu_dm_batch *b, struct kdpu_pool *p,
		    struct kdpu_volume *v, bool read_only, struct kdpu_err *err)
{
	char name[KDPU_DM_NAME_SIZE], uuid[KDPU_DM_UUID_SIZE], params[64];
	struct kdpu_dm_new n = {
		.name = name,
		.uuid = uuid,
		.sectors = v->bytes / 512,
		.target = "kdevpool",
		.params = params,
		.read_only = read_only,
	};
	int ret;

	if (kdpu_dm_name(name, p->name, v->name))
		return kdpu_fail(err, -ENAMETOOLONG, "device-mapper has no room for the name of volume %s of pool %s",
				 v->name, p->name);
	kdpu_dm_uuid(uuid, p->device.pool, v->id);
	snprintf(params, sizeof(params), "%u:%u #%llu", major(p->device.dev),
		 minor(p->device.dev), (unsigned long long)v->id);
	ret = kdpu_dm_create(b, &n, &v->device.dev, err);
	if (ret)
		return ret;
	v->has_device = true;
	snprintf(v->device.name, sizeof(v->device.name), "%s", name);
	memcpy(v->device.pool, p->device.pool, KDPU_UUID_SIZE);
	v->device.id = v->id;
	return 0;
}

int kdpu_devices_add(struct kdpu_dm_batch *b, struct kdpu_pool *p,
		     struct kdpu_volume **v, size_t nr, bool read_only,
		     struct kdpu_err *err)
{
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < nr; i++)
		ret = make_one(b, p, v[i], read_only, err);
	return ret;
}

int kdpu_devices_link(struct kdpu_pool *p, struct kdpu_volume **v, size_t nr,
		      struct kdpu_err *err)
{
	size_t i;
	int ret;

	for (i = 0; i < nr; i++) {
		ret = kdpu_dm_udev() ? 0 :
		      kdpu_node_link(p->name, v[i]->name, v[i]->device.name);
		if (ret)
			return kdpu_fail_errno(err, ret, "cannot make /dev/kdevpool/%s/%s",
					       p->name, v[i]->name);
		kdpu_node_find(p->name, v[i]->name, v[i]->device.name,
			       v[i]->node, sizeof(v[i]->node));
	}
	return 0;
}

int kdpu_devices_make(struct kdpu_pool *p, struct kdpu_volume **v, size_t nr,
		      bool read_only, struct kdpu_err *err)
{
	struct kdpu_dm_batch b;
	struct kdpu_err ignored;
	int ret;

	if (!nr)
		return 0;
	ret = kdpu_dm_batch_begin(&b, err);
	if (ret)
		return ret;
	ret = kdpu_devices_add(&b, p, v, nr, read_only, err);
	kdpu_dm_batch_end(&b);
	if (!ret)
		ret = kdpu_devices_link(p, v, nr, err);
	if (ret)
		kdpu_devices_remove(p, v, nr, &ignored);
	return ret;
}

int kdpu_devices_drop(struct kdpu_dm_batch *b, struct kdpu_pool *p,
		      struct kdpu_volume **v, size_t nr, struct kdpu_err *err)
{
	struct kdpu_dm_removal *r = calloc(nr + 1, sizeof(*r));
	size_t i, n = 0;
	int ret;

	if (!r)
		return kdpu_fail_memory(err);
	for (i = 0; i < nr; i++)
		if (v[i]->has_device)
			r[n++].name = v[i]->device.name;
	ret = kdpu_dm_remove_all(b, r, n, err);
	for (i = 0, n = 0; i < nr; i++) {
		if (!v[i]->has_device || r[n++].ret)
			continue;
		v[i]->has_device = false;
		if (!kdpu_dm_udev())
			kdpu_node_unlink(p->name, v[i]->name);
	}
	free(r);
	return ret;
}

int kdpu_devices_remove(struct kdpu_pool *p, struct kdpu_volume **v,
			size_t nr, struct kdpu_err *err)
{
	struct kdpu_dm_batch b;
	int ret = kdpu_dm_batch_begin(&b, err);

	if (ret)
		return ret;
	ret = kdpu_devices_drop(&b, p, v, nr, err);
	kdpu_dm_batch_end(&b);
	return ret;
}

static int is_system_mount(const struct kdpu_mount *m, void *data,
			   struct kdpu_err *err)
{
	const struct kdpu_pool *p = data;
	size_t i;

	(void)err;
	if (strcmp(m->target, "/") && strcmp(m->target, "/usr"))
		return 0;
	for (i = 0; i < p->nr; i++)
		if (p->volumes[i].has_device &&
		    (p->volumes[i].device.dev == m->dev ||
		     p->volumes[i].device.dev == m->source_dev))
			return 1;
	return 0;
}

bool kdpu_pool_is_system(const struct kdpu_pool *p)
{
	struct kdpu_err err;

	return kdpu_mounts_each(&kdpu_this_host, is_system_mount, (void *)p,
				&err) == 1;
}

struct place {
	dev_t dev;
	char target[128];
};

static int note_mount(const struct kdpu_mount *m, void *data,
		      struct kdpu_err *err)
{
	struct place *p = data;

	(void)err;
	if (m->dev != p->dev && m->source_dev != p->dev)
		return 0;
	snprintf(p->target, sizeof(p->target), "%s", m->target);
	return 1;
}

/* One user of the device, for the message. */
static void who_uses(dev_t dev, char *buf, size_t size)
{
	struct place place = { .dev = dev };
	struct kdpu_device d = { .block = true, .dev = dev };
	struct kdpu_handle h;
	struct kdpu_err err;
	size_t i;

	buf[0] = 0;
	if (kdpu_mounts_each(&kdpu_this_host, note_mount, &place, &err) == 1) {
		snprintf(buf, size, " (mounted on %s)", place.target);
		return;
	}
	if (kdpu_devset_up(&kdpu_this_host, dev, &d.up, &err))
		return;
	for (i = 1; !buf[0] && i < d.up.nr; i++)
		if (d.up.m[i].relation == KDPU_HOLDER)
			snprintf(buf, size, " (%s is built on it)",
				 d.up.m[i].label);
	if (!buf[0] && kdpu_handles_find(&kdpu_this_host, &d, &h, &err) == 1)
		snprintf(buf, size, " (open in process %d, %s)", h.pid,
			 h.command);
	kdpu_devset_free(&d.up);
}

int kdpu_devices_idle(const struct kdpu_pool *p, struct kdpu_volume *const *v,
		      size_t nr, struct kdpu_err *err)
{
	char names[380] = "", who[180];
	size_t i, len = 0, busy = 0;

	for (i = 0; i < nr; i++) {
		if (!v[i]->has_device || v[i]->device.open_count <= 0)
			continue;
		busy++;
		who_uses(v[i]->device.dev, who, sizeof(who));
		if (len + strlen(v[i]->name) + strlen(who) + 8 < sizeof(names))
			len += snprintf(names + len, sizeof(names) - len,
					"%s%s%s", len ? ", " : "", v[i]->name,
					who);
	}
	if (!busy)
		return 0;
	kdpu_fail(err, -EBUSY, "in use in pool %s: %s", p->name, names);
	kdpu_expected(err, "volumes that nobody has open");
	return kdpu_todo(err, "unmount them and end what uses them, then try again");
}
