// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "active.h"
#include "host.h"
#include "nodes.h"

#define MAX_LISTS	10000	/* replies; each brings at least one volume */

void kdpu_pool_free(struct kdpu_pool *p)
{
	free(p->volumes);
	p->volumes = NULL;
	p->nr = 0;
}

void kdpu_pools_free(struct kdpu_pools *l)
{
	size_t i;

	for (i = 0; i < l->nr; i++)
		kdpu_pool_free(&l->p[i]);
	free(l->p);
	memset(l, 0, sizeof(*l));
}

static int not_understood(const struct kdpu_pool *p, const char *what,
			  const char *text, struct kdpu_err *err)
{
	kdpu_fail(err, -EPROTO, "cannot understand the %s of %s: \"%.200s\"",
		  what, p->device.name, text);
	return kdpu_todo(err, "use a kdevpool-admin of the same version as the kernel module");
}

static int read_volumes(struct kdpu_pool *p, struct kdpu_err *err)
{
	unsigned long long after = 0;
	char message[48], *reply;
	size_t before;
	int i, ret = 0;

	kdpu_pool_free(p);
	for (i = 0; !ret && i < MAX_LISTS; i++) {
		before = p->nr;
		snprintf(message, sizeof(message), "list %llu", after);
		reply = NULL;
		ret = kdpu_dm_message(p->device.name, message, &reply, err);
		if (ret)
			break;
		ret = kdpu_list_parse(reply, p);
		if (ret == -ENOMEM)
			kdpu_fail_memory(err);
		else if (ret)
			not_understood(p, "list of volumes", reply, err);
		free(reply);
		if (p->nr == before)
			break;
		after = p->volumes[p->nr - 1].id;
	}
	return ret;
}

static void match_devices(struct kdpu_pool *p, const struct kdpu_dm_devices *l)
{
	struct kdpu_volume *v;
	size_t i, j;

	for (i = 0; i < p->nr; i++) {
		v = &p->volumes[i];
		v->has_device = false;
		v->node[0] = 0;
		for (j = 0; j < l->nr; j++) {
			if (l->d[j].id != v->id ||
			    memcmp(l->d[j].pool, p->device.pool, KDPU_UUID_SIZE))
				continue;
			v->has_device = true;
			v->device = l->d[j];
			kdpu_node_find(p->name, v->name, v->device.name,
				       v->node, sizeof(v->node));
		}
	}
}

/* The disk is the first word of the table, as numbers. */
static void read_disk(struct kdpu_pool *p)
{
	unsigned int maj, min;
	char *table, name[64], path[96];
	struct kdpu_err err;
	struct stat st;

	p->disk[0] = 0;
	if (kdpu_dm_table(p->device.name, &table, &err))
		return;
	if (sscanf(table, "%u:%u", &maj, &min) == 2) {
		p->disk_dev = makedev(maj, min);
		snprintf(p->disk, sizeof(p->disk), "%u:%u", maj, min);
		if (!kdpu_sysfs_devname(maj, min, name, sizeof(name))) {
			snprintf(path, sizeof(path), "/dev/%s", name);
			if (!stat(path, &st) && st.st_rdev == p->disk_dev)
				snprintf(p->disk, sizeof(p->disk), "%s", path);
		}
	}
	free(table);
}

/* What is not known does no harm. */
static void read_health(struct kdpu_pool *p)
{
	struct kdpu_err err;
	char *reply = NULL;

	kdpu_health_read(&kdpu_this_host, p->device.dev, &p->metadata, &err);
	if (kdpu_dm_message(p->device.name, "info", &reply, &err))
		return;
	kdpu_info_parse(reply, p);
	free(reply);
}

static int read_pool(struct kdpu_pool *p, const struct kdpu_dm_device *d,
		     const struct kdpu_dm_devices *l, struct kdpu_err *err)
{
	char *line = NULL;
	int ret;

	memset(p, 0, sizeof(*p));
	p->device = *d;
	ret = kdpu_dm_status(d->name, &line, err);
	if (ret)
		return ret;
	if (kdpu_status_parse(line, p))
		ret = not_understood(p, "status", line, err);
	free(line);
	if (ret)
		return ret;
	memcpy(p->uuid, d->pool, sizeof(p->uuid));
	read_disk(p);
	read_health(p);
	if (strcmp(p->mode, "closed")) {
		ret = read_volumes(p, err);
		match_devices(p, l);
	}
	if (ret)
		kdpu_pool_free(p);
	return ret;
}

int kdpu_pools_read(struct kdpu_pools *l, struct kdpu_err *err)
{
	struct kdpu_dm_devices devices;
	struct kdpu_pool *p;
	size_t i;
	int ret = kdpu_dm_list(&devices, err);

	memset(l, 0, sizeof(*l));
	for (i = 0; !ret && i < devices.nr; i++) {
		if (devices.d[i].id || !devices.d[i].live)
			continue;
		p = realloc(l->p, (l->nr + 1) * sizeof(*p));
		if (!p) {
			ret = kdpu_fail_memory(err);
			break;
		}
		l->p = p;
		ret = read_pool(&p[l->nr], &devices.d[i], &devices, err);
		if (!ret)
			l->nr++;
	}
	kdpu_dm_list_free(&devices);
	if (ret)
		kdpu_pools_free(l);
	return ret;
}

static int no_such_pool(const struct kdpu_pools *l, const char *name,
			struct kdpu_err *err)
{
	char names[256] = "";
	size_t i, n = 0;

	for (i = 0; i < l->nr && n < sizeof(names) - 40; i++)
		n += snprintf(names + n, sizeof(names) - n, "%s%s",
			      n ? ", " : "", l->p[i].name);
	if (name)
		kdpu_fail(err, -ENOENT, "there is no active pool \"%.80s\"",
			  name);
	else if (l->nr)
		kdpu_fail(err, -EINVAL, "several pools are active");
	else
		kdpu_fail(err, -ENOENT, "no pool is active");
	if (l->nr)
		return kdpu_expected(err, "one of %s", names);
	return kdpu_todo(err, "kdevpool-admin activate DEVICE");
}

/* Take pool @i out of the list; the rest is freed. */
static void take(struct kdpu_pools *l, size_t i, struct kdpu_pool *p)
{
	*p = l->p[i];
	l->p[i].volumes = NULL;
	l->p[i].nr = 0;
	kdpu_pools_free(l);
}

int kdpu_pool_find(const char *name, struct kdpu_pool *p, struct kdpu_err *err)
{
	struct kdpu_pools l;
	size_t i;
	int ret = kdpu_pools_read(&l, err);

	if (ret)
		return ret;
	for (i = 0; i < l.nr; i++) {
		if (name ? !strcmp(l.p[i].name, name) : l.nr == 1) {
			take(&l, i, p);
			return 0;
		}
	}
	ret = no_such_pool(&l, name, err);
	kdpu_pools_free(&l);
	return ret;
}

int kdpu_pool_find_uuid(const uint8_t uuid[KDPU_UUID_SIZE],
			struct kdpu_pool *p, struct kdpu_err *err)
{
	struct kdpu_pools l;
	size_t i;
	int ret = kdpu_pools_read(&l, err);

	if (ret)
		return ret;
	for (i = 0; i < l.nr; i++) {
		if (!memcmp(l.p[i].device.pool, uuid, KDPU_UUID_SIZE)) {
			take(&l, i, p);
			return 0;
		}
	}
	kdpu_pools_free(&l);
	return kdpu_fail(err, -ENOENT, "the pool is not active");
}

int kdpu_pool_find_any(const char *what, struct kdpu_pool *p,
		       struct kdpu_err *err)
{
	bool name = !strchr(what, '/');
	struct kdpu_pools l;
	struct stat st;
	size_t i;
	int ret = kdpu_pools_read(&l, err);

	if (ret)
		return ret;
	if (stat(what, &st) || !S_ISBLK(st.st_mode))
		st.st_rdev = 0;
	for (i = 0; i < l.nr; i++) {
		if ((!name || strcmp(l.p[i].name, what)) &&
		    (!st.st_rdev || (st.st_rdev != l.p[i].device.dev &&
				     st.st_rdev != l.p[i].disk_dev)))
			continue;
		take(&l, i, p);
		return 0;
	}
	ret = no_such_pool(&l, what, err);
	kdpu_pools_free(&l);
	return ret;
}

int kdpu_pool_refresh(struct kdpu_pool *p, struct kdpu_err *err)
{
	struct kdpu_dm_devices devices;
	int ret = kdpu_dm_list(&devices, err);

	if (ret)
		return ret;
	ret = read_volumes(p, err);
	if (!ret)
		match_devices(p, &devices);
	kdpu_dm_list_free(&devices);
	return ret;
}

/* A list begins with the volume behind the id that is given. */
int kdpu_volume_read(const char *dm_name, uint64_t id, struct kdpu_volume *v,
		     struct kdpu_err *err)
{
	struct kdpu_pool p = { };
	char message[48], *reply;
	int ret;

	snprintf(message, sizeof(message), "list %llu",
		 (unsigned long long)id - 1);
	ret = kdpu_dm_message(dm_name, message, &reply, err);
	if (ret)
		return ret;
	reply[strcspn(reply, "\n")] = 0;
	ret = kdpu_list_parse(reply, &p);
	if (ret || !p.nr || p.volumes[0].id != id)
		ret = kdpu_fail(err, -ENOENT, "the pool %s has no volume %llu",
				dm_name, (unsigned long long)id);
	else
		*v = p.volumes[0];
	free(reply);
	kdpu_pool_free(&p);
	return ret;
}

struct kdpu_volume *kdpu_pool_volume(struct kdpu_pool *p, const char *name)
{
	size_t i;

	for (i = 0; i < p->nr; i++)
		if (!strcmp(p->volumes[i].name, name))
			return &p->volumes[i];
	return NULL;
}
