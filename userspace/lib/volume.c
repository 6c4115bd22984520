// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "activate.h"
#include "ident.h"
#include "volume.h"

/* Words of a message that say which process it is; nothing for none. */
static void owner_words(const struct kdpu_owner *o, char *buf, size_t size)
{
	char hex[KDPU_UUID_HEX];

	buf[0] = 0;
	if (o && o->pid)
		snprintf(buf, size, " pid=%u pid_start=%llu boot_id=%s",
			 o->pid, (unsigned long long)o->pid_start,
			 kdpu_uuid_hex(o->boot_id, hex));
}

static char *create_message(const struct kdpu_volspecs *l,
			    const struct kdpu_owner *o)
{
	char *text = NULL, owner[120];
	size_t i, size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	owner_words(o, owner, sizeof(owner));
	for (i = 0; i < l->nr; i++)
		fprintf(f, "%screate %s %llus%s uid=%u%s", i ? ", " : "",
			l->v[i].name,
			(unsigned long long)(l->v[i].bytes / 512),
			l->v[i].thin ? " thin" : "", kdpu_caller_uid(), owner);
	if (fclose(f)) {
		free(text);
		return NULL;
	}
	return text;
}

static char *remove_message(struct kdpu_volume *const *v, size_t nr)
{
	char *text = NULL;
	size_t i, size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	for (i = 0; i < nr; i++)
		fprintf(f, "%sremove #%llu", i ? ", " : "",
			(unsigned long long)v[i]->id);
	if (fclose(f)) {
		free(text);
		return NULL;
	}
	return text;
}

static int check_names(const struct kdpu_pool *p, const struct kdpu_volspecs *l,
		       struct kdpu_err *err)
{
	char name[KDPU_DM_NAME_SIZE];
	size_t i;

	for (i = 0; i < l->nr; i++) {
		if (l->v[i].bytes % 4096) {
			kdpu_fail(err, -EINVAL, "%s: %llu bytes is no size for a volume",
				  l->v[i].name,
				  (unsigned long long)l->v[i].bytes);
			return kdpu_expected(err, "a multiple of 4 KiB");
		}
		if (kdpu_dm_name(name, p->name, l->v[i].name)) {
			kdpu_fail(err, -ENAMETOOLONG, "the name %s is too long for device-mapper",
				  l->v[i].name);
			return kdpu_expected(err, "fewer hyphens: each counts twice");
		}
	}
	return 0;
}

static int send_remove(struct kdpu_pool *p, struct kdpu_volume *const *v,
		       size_t nr, struct kdpu_err *err)
{
	char *message = remove_message(v, nr);
	int ret;

	if (!message)
		return kdpu_fail_memory(err);
	ret = kdpu_dm_message(p->device.name, message, NULL, err);
	free(message);
	return ret;
}

/* The volumes exist; find them in the new list and give them devices. */
static int make_devices(struct kdpu_pool *p, const struct kdpu_volspecs *l,
			struct kdpu_err *err)
{
	struct kdpu_volume **v = calloc(l->nr + 1, sizeof(*v));
	struct kdpu_err ignored;
	size_t i, nr = 0;
	int ret;

	if (!v)
		return kdpu_fail_memory(err);
	ret = kdpu_pool_refresh(p, err);
	for (i = 0; !ret && i < l->nr; i++) {
		v[nr] = kdpu_pool_volume(p, l->v[i].name);
		if (v[nr])
			nr++;
		else
			ret = kdpu_fail(err, -EIO, "the new volume %s is not in the pool's list",
					l->v[i].name);
	}
	if (!ret)
		ret = kdpu_devices_make(p, v, nr, false, err);
	if (ret && nr && send_remove(p, v, nr, &ignored))
		kdpu_todo(err, "the volumes were made but have no devices: kdevpool-admin activate, or volume remove");
	free(v);
	return ret;
}

/* The kernel says what is wrong; what to do about it is for us. */
static int advise(const struct kdpu_pool *p, struct kdpu_err *err)
{
	switch (err->error) {
	case -ENOSPC:
	case -ENFILE:
		return kdpu_todo(err, "remove volumes (kdevpool-admin list %s) or ask for less; none was made",
				 p->name);
	case -EEXIST:
		kdpu_expected(err, "names that are not taken");
		return kdpu_todo(err, "kdevpool-admin list %s; none was made",
				 p->name);
	case -EROFS:
	case -EIO:
		return kdpu_todo(err, "kdevpool-admin status %s", p->name);
	}
	return err->error;
}

int kdpu_volumes_create(struct kdpu_pool *p, const struct kdpu_volspecs *l,
			const struct kdpu_owner *o, struct kdpu_err *err)
{
	char *message;
	int ret = check_names(p, l, err);

	if (ret)
		return ret;
	message = create_message(l, o);
	if (!message)
		return kdpu_fail_memory(err);
	ret = kdpu_dm_message(p->device.name, message, NULL, err);
	free(message);
	return ret ? advise(p, err) : make_devices(p, l, err);
}

static int find_all(struct kdpu_pool *p, char *const *names, size_t nr,
		    struct kdpu_volume **v, struct kdpu_err *err)
{
	size_t i, j;

	for (i = 0; i < nr; i++) {
		v[i] = kdpu_pool_volume(p, names[i]);
		if (!v[i])
			return kdpu_fail(err, -ENOENT, "pool %s has no volume \"%.80s\"",
					 p->name, names[i]);
		for (j = 0; j < i; j++)
			if (v[i] == v[j])
				return kdpu_fail(err, -EINVAL, "the volume %s is named twice",
						 names[i]);
	}
	return 0;
}

int kdpu_volumes_remove(struct kdpu_pool *p, char *const *names, size_t nr,
			struct kdpu_err *err)
{
	struct kdpu_volume **v = calloc(nr + 1, sizeof(*v));
	struct kdpu_err ignored;
	size_t i, back;
	int ret;

	if (!v)
		return kdpu_fail_memory(err);
	ret = find_all(p, names, nr, v, err);
	if (!ret)
		ret = kdpu_devices_idle(p, v, nr, err);
	if (ret)
		goto out;
	ret = kdpu_devices_remove(p, v, nr, err);
	if (!ret)
		ret = send_remove(p, v, nr, err);
	if (ret) {
		/* the volumes are still there: so be their devices */
		for (i = 0, back = 0; i < nr; i++)
			if (!v[i]->has_device)
				v[back++] = v[i];
		kdpu_devices_make(p, v, back, false, &ignored);
	}
out:
	free(v);
	return ret;
}
