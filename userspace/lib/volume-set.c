// SPDX-License-Identifier: GPL-2.0-only
/* Names and owners of volumes that exist. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "activate.h"
#include "engine/text.h"
#include "nodes.h"
#include "volume.h"

static struct kdpu_volume *find(struct kdpu_pool *p, const char *name,
				struct kdpu_err *err)
{
	struct kdpu_volume *v = kdpu_pool_volume(p, name);

	if (!v) {
		kdpu_fail(err, -ENOENT, "pool %s has no volume \"%.80s\"",
			  p->name, name);
		kdpu_todo(err, "kdevpool-admin list %s", p->name);
	}
	return v;
}

static int check_name(const struct kdpu_pool *p, const char *to,
		      char dm_name[KDPU_DM_NAME_SIZE], struct kdpu_err *err)
{
	if (!kdpu_volume_name_ok(to)) {
		kdpu_fail(err, -EINVAL, "\"%.80s\" is no name for a volume",
			  to);
		return kdpu_expected(err, "1 to 55 of A-Z a-z 0-9 . _ + -, not starting with . or -");
	}
	if (!kdpu_dm_name(dm_name, p->name, to))
		return 0;
	kdpu_fail(err, -ENAMETOOLONG, "the name %s is too long for device-mapper",
		  to);
	return kdpu_expected(err, "fewer hyphens: each counts twice");
}

static int tell_pool(const struct kdpu_pool *p, uint64_t id, const char *to,
		     struct kdpu_err *err)
{
	char message[120];

	snprintf(message, sizeof(message), "rename #%llu %.60s",
		 (unsigned long long)id, to);
	return kdpu_dm_message(p->device.name, message, NULL, err);
}

static int rename_device(const char *from, const char *to,
			 struct kdpu_err *err)
{
	struct kdpu_dm_batch b;
	int ret = kdpu_dm_batch_begin(&b, err);

	if (ret)
		return ret;
	ret = kdpu_dm_rename(&b, from, to, err);
	kdpu_dm_batch_end(&b);
	return ret;
}

/* Without udev the links are ours. */
static int relink(struct kdpu_pool *p, const char *name, const char *to,
		  struct kdpu_err *err)
{
	struct kdpu_volume *v;
	int ret = kdpu_pool_refresh(p, err);

	if (ret)
		return ret;
	v = kdpu_pool_volume(p, to);
	if (!v || !v->has_device)
		return 0;
	if (!kdpu_dm_udev())
		kdpu_node_unlink(p->name, name);
	return kdpu_devices_link(p, &v, 1, err);
}

int kdpu_volume_rename(struct kdpu_pool *p, const char *name, const char *to,
		       struct kdpu_err *err)
{
	struct kdpu_volume *v = find(p, name, err);
	char from[KDPU_VOLUME_NAME], dm_name[KDPU_DM_NAME_SIZE];
	struct kdpu_err ignored;
	int ret;

	if (!v)
		return err->error;
	ret = check_name(p, to, dm_name, err);
	if (ret)
		return ret;
	/* @name may be of the list that is read again */
	memcpy(from, v->name, sizeof(from));
	if (!strcmp(from, to))
		return 0;
	ret = tell_pool(p, v->id, to, err);
	if (!ret && v->has_device) {
		ret = rename_device(v->device.name, dm_name, err);
		if (ret && tell_pool(p, v->id, from, &ignored))
			kdpu_todo(err, "the volume is %s now, its device still %s: dmsetup rename, or deactivate and activate",
				  to, v->device.name);
	}
	return ret ? ret : relink(p, from, to, err);
}

/* One word of a message, short enough for the record. */
static int check_word(const char *what, const char *value, size_t room,
		      struct kdpu_err *err)
{
	const char *p;

	for (p = value; p && *p; p++)
		if (*p <= ' ' || *p == ',' || *p == 0x7f || *p & 0x80)
			break;
	if (!p || (!*p && strlen(value) < room))
		return 0;
	kdpu_fail(err, -EINVAL, "\"%.80s\" is no %s", value, what);
	return kdpu_expected(err, "at most %zu characters, no space, no comma",
			     room - 1);
}

static int check_number(const char *what, const char *value,
			struct kdpu_err *err)
{
	size_t n = value ? strspn(value, "0123456789") : 1;

	if (!value || (n && !value[n] && n <= 10))
		return 0;
	kdpu_fail(err, -EINVAL, "\"%.80s\" is no %s", value, what);
	return kdpu_expected(err, "a number");
}

static size_t add(char *message, size_t size, size_t n, const char *key,
		  const char *value)
{
	if (!value)
		return n;
	return n + snprintf(message + n, size - n, " %s=%s", key, value);
}

/* Whose volume it is says who may open it: the rule for our devices. */
static void reown(struct kdpu_pool *p, const char *name)
{
	struct kdpu_volume *v = kdpu_pool_volume(p, name);

	if (v && v->has_device && kdpu_dm_udev())
		kdpu_node_reown(v->device.dev, v->node, v->uid);
}

int kdpu_volume_set(struct kdpu_pool *p, const char *name,
		    const struct kdpu_volume_changes *c, struct kdpu_err *err)
{
	static const uint8_t none[KDPU_UUID_SIZE];
	struct kdpu_volume *v = find(p, name, err);
	char message[320], hex[KDPU_UUID_HEX];
	size_t n;
	int ret;

	if (!v)
		return err->error;
	ret = check_word("session", c->session, sizeof(v->session), err);
	if (!ret)
		ret = check_word("tag", c->tag, sizeof(v->tags), err);
	if (!ret)
		ret = check_number("user", c->uid, err);
	if (!ret)
		ret = check_number("process", c->pid, err);
	if (ret)
		return ret;
	n = snprintf(message, sizeof(message), "set #%llu",
		     (unsigned long long)v->id);
	n = add(message, sizeof(message), n, "uid", c->uid);
	n = add(message, sizeof(message), n, "pid", c->pid);
	/* another process has another time of its start, maybe another boot */
	n = add(message, sizeof(message), n, "pid_start", c->pid ? "0" : NULL);
	if (c->pid && memcmp(v->boot_id, none, sizeof(none)))
		n = add(message, sizeof(message), n, "boot_id",
			kdpu_uuid_hex(none, hex));
	n = add(message, sizeof(message), n, "session", c->session);
	add(message, sizeof(message), n, "tag", c->tag);
	ret = kdpu_dm_message(p->device.name, message, NULL, err);
	if (!ret)
		ret = kdpu_pool_refresh(p, err);
	if (!ret)
		reown(p, name);
	return ret;
}
