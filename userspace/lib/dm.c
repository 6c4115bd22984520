// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dm.h"
#include "dm-private.h"

#define POOL_TARGET	"kdevpool-pool"

extern char **environ;

/* libdevmapper's own complaint about what failed last. */
static char complaint[256];

static void on_log(int level, const char *file, int line, int error,
		   const char *fmt, ...) KDPU_PRINTF(5, 6);

static void on_log(int level, const char *file, int line, int error,
		   const char *fmt, ...)
{
	va_list args;

	(void)file;
	(void)line;
	(void)error;
	/* the first one of a task names the cause */
	if ((level & 7) > 3 || complaint[0])
		return;
	va_start(args, fmt);
	vsnprintf(complaint, sizeof(complaint), fmt, args);
	va_end(args);
}

struct dm_task *kdpu_dm_task(int type, const char *name)
{
	struct dm_task *t;

	dm()->log_with_errno_init(on_log);
	complaint[0] = 0;
	t = dm()->task_create(type);
	if (!t)
		return NULL;
	if (name && !dm()->task_set_name(t, name)) {
		dm()->task_destroy(t);
		return NULL;
	}
	return t;
}

/* No task: libdevmapper may have looked for the kernel's side in vain. */
static int no_task(struct kdpu_err *err)
{
	if (!complaint[0])
		return kdpu_fail_memory(err);
	if (geteuid()) {
		kdpu_fail(err, -EACCES, "device-mapper may not be used by this user");
		return kdpu_todo(err, "run this as root");
	}
	kdpu_fail(err, -ENODEV, "device-mapper cannot be used: %s", complaint);
	return kdpu_todo(err, "modprobe dm-mod");
}

static int run(struct dm_task *t)
{
	int e;

	complaint[0] = 0;
	if (dm()->task_run(t))
		return 0;
	e = dm()->task_get_errno(t);
	return e > 0 ? -e : -EIO;
}

int kdpu_dm_failed(int error, const char *what, const char *name,
		   struct kdpu_err *err)
{
	const char *why = complaint, *prefix = "device-mapper: ";

	if (!strncmp(why, prefix, strlen(prefix)))
		why += strlen(prefix);
	kdpu_fail(err, error, "device-mapper could not %s %s: %s", what, name,
		  why[0] ? why : strerror(-error));
	if (error == -EACCES || error == -EPERM)
		return kdpu_todo(err, "run this as root");
	return error;
}

static int no_dm(int error, struct kdpu_err *err)
{
	if (error == -EACCES || error == -EPERM) {
		kdpu_fail(err, -EACCES, "device-mapper may not be used by this user");
		return kdpu_todo(err, "run this as root");
	}
	kdpu_fail(err, -ENODEV, "this kernel has no device-mapper%s%s",
		  complaint[0] ? ": " : "", complaint);
	return kdpu_todo(err, "modprobe dm-mod");
}

/* 1 if the kernel has our target now, 0 if not. */
static int have_target(struct kdpu_err *err)
{
	struct dm_task *t = kdpu_dm_task(DM_DEVICE_LIST_VERSIONS, NULL);
	struct dm_versions *v;
	int ret, found = 0;

	if (!t)
		return no_task(err);
	ret = run(t);
	if (ret) {
		dm()->task_destroy(t);
		return no_dm(ret, err);
	}
	for (v = dm()->task_get_versions(t); v; v = (void *)((char *)v + v->next)) {
		if (v->name[0] && !strcmp(v->name, POOL_TARGET))
			found = 1;
		if (!v->next)
			break;
	}
	dm()->task_destroy(t);
	return found;
}

static void load_module(void)
{
	static char *const argv[] = { "modprobe", "-q", "dm-kdevpool", NULL };
	pid_t pid;
	int status;

	if (!posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ))
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
}

int kdpu_dm_ready(struct kdpu_err *err)
{
	int ret = have_target(err);

	if (!ret) {
		load_module();
		ret = have_target(err);
	}
	if (ret < 0)
		return ret;
	if (ret)
		return 0;
	kdpu_fail(err, -ENOENT, "the kernel module dm-kdevpool is not loaded");
	return kdpu_todo(err, "modprobe dm-kdevpool");
}

bool kdpu_dm_udev(void)
{
	return dm()->udev_get_sync_support();
}

int kdpu_dm_batch_begin(struct kdpu_dm_batch *b, struct kdpu_err *err)
{
	dm()->log_with_errno_init(on_log);
	complaint[0] = 0;
	b->cookie = 0;
	b->open = dm()->udev_create_cookie(&b->cookie);
	if (b->open)
		return 0;
	return kdpu_fail(err, -EIO, "cannot synchronise with udev%s%s",
			 complaint[0] ? ": " : "", complaint);
}

void kdpu_dm_batch_end(struct kdpu_dm_batch *b)
{
	if (!b->open)
		return;
	b->open = false;
	dm()->udev_wait(b->cookie);
	b->cookie = 0;
}

static bool fill_create(struct dm_task *t, struct kdpu_dm_batch *b,
			const struct kdpu_dm_new *n)
{
	return dm()->task_set_uuid(t, n->uuid) &&
	       dm()->task_add_target(t, 0, n->sectors, n->target, n->params) &&
	       (!n->read_only || dm()->task_set_ro(t)) &&
	       dm()->task_set_add_node(t, DM_ADD_NODE_ON_CREATE) &&
	       dm()->task_set_cookie(t, &b->cookie, KDPU_DM_UDEV_FLAGS);
}

int kdpu_dm_create(struct kdpu_dm_batch *b, const struct kdpu_dm_new *n,
		   dev_t *dev, struct kdpu_err *err)
{
	struct dm_task *t = kdpu_dm_task(DM_DEVICE_CREATE, n->name);
	struct dm_info info;
	int ret;

	if (!t || !fill_create(t, b, n)) {
		if (t)
			dm()->task_destroy(t);
		return kdpu_fail(err, -EIO, "device-mapper could not prepare %s%s%s",
				 n->name, complaint[0] ? ": " : "", complaint);
	}
	ret = run(t);
	if (ret)
		kdpu_dm_failed(ret, "create", n->name, err);
	else if (dev && dm()->task_get_info(t, &info))
		*dev = makedev(info.major, info.minor);
	dm()->task_destroy(t);
	return ret;
}

int kdpu_dm_rename(struct kdpu_dm_batch *b, const char *from, const char *to,
		   struct kdpu_err *err)
{
	struct dm_task *t = kdpu_dm_task(DM_DEVICE_RENAME, from);
	int ret;

	if (!t || !dm()->task_set_newname(t, to) ||
	    !dm()->task_set_cookie(t, &b->cookie, KDPU_DM_UDEV_FLAGS)) {
		if (t)
			dm()->task_destroy(t);
		return kdpu_fail(err, -EIO, "device-mapper could not prepare to rename %s%s%s",
				 from, complaint[0] ? ": " : "", complaint);
	}
	ret = run(t);
	if (ret)
		kdpu_dm_failed(ret, "rename", from, err);
	dm()->task_destroy(t);
	return ret;
}

void kdpu_dm_node(const char *name)
{
	if (kdpu_dm_udev())
		return;
	dm()->log_with_errno_init(on_log);
	dm()->mknodes(name);
	dm()->task_update_nodes();
}

/* 0 and *@d, 1 if it is none of ours (or gone), negative errno. */
static int read_device(const char *name, struct kdpu_dm_device *d,
		       struct kdpu_err *err)
{
	struct dm_task *t = kdpu_dm_task(DM_DEVICE_INFO, name);
	struct dm_info info;
	const char *uuid;
	int ret = t ? run(t) : no_task(err);

	memset(d, 0, sizeof(*d));
	if (ret && t) {
		kdpu_dm_failed(ret, "look at", name, err);
	} else if (!ret && !dm()->task_get_info(t, &info)) {
		ret = kdpu_fail_memory(err);
	} else if (!ret && !info.exists) {
		ret = 1;
	} else if (!ret) {
		uuid = dm()->task_get_uuid(t);
		if (!uuid || !kdpu_dm_uuid_split(uuid, d->pool, &d->id))
			ret = 1;
		snprintf(d->name, sizeof(d->name), "%s", name);
		d->dev = makedev(info.major, info.minor);
		d->open_count = info.open_count;
		d->suspended = info.suspended;
		d->live = info.live_table;
	}
	if (t)
		dm()->task_destroy(t);
	return ret;
}

static int add_device(struct kdpu_dm_devices *l, const char *name,
		      struct kdpu_err *err)
{
	struct kdpu_dm_device d, *grown;
	int ret = read_device(name, &d, err);

	if (ret)
		return ret < 0 ? ret : 0;
	grown = realloc(l->d, (l->nr + 1) * sizeof(d));
	if (!grown)
		return kdpu_fail_memory(err);
	l->d = grown;
	l->d[l->nr++] = d;
	return 0;
}

int kdpu_dm_list(struct kdpu_dm_devices *l, struct kdpu_err *err)
{
	struct dm_task *t = kdpu_dm_task(DM_DEVICE_LIST, NULL);
	struct dm_names *n;
	int ret;

	memset(l, 0, sizeof(*l));
	if (!t)
		return no_task(err);
	ret = run(t);
	if (ret)
		no_dm(ret, err);
	n = ret ? NULL : dm()->task_get_names(t);
	while (!ret && n && n->dev) {
		ret = add_device(l, n->name, err);
		if (!n->next)
			break;
		n = (void *)((char *)n + n->next);
	}
	dm()->task_destroy(t);
	if (ret)
		kdpu_dm_list_free(l);
	return ret;
}

void kdpu_dm_list_free(struct kdpu_dm_devices *l)
{
	free(l->d);
	memset(l, 0, sizeof(*l));
}

int kdpu_dm_exists(const char *name, struct kdpu_err *err)
{
	struct dm_task *t = kdpu_dm_task(DM_DEVICE_INFO, name);
	struct dm_info info = { };
	int ret = t ? run(t) : no_task(err);

	if (ret && t)
		kdpu_dm_failed(ret, "look at", name, err);
	else if (!ret && !dm()->task_get_info(t, &info))
		ret = kdpu_fail_memory(err);
	else if (!ret)
		ret = info.exists;
	if (t)
		dm()->task_destroy(t);
	return ret;
}

static int read_params(int type, const char *name, char **params,
		       struct kdpu_err *err)
{
	struct dm_task *t = kdpu_dm_task(type, name);
	uint64_t start, length;
	char *target = NULL, *text = NULL;
	int ret;

	if (!t)
		return no_task(err);
	ret = run(t);
	if (ret) {
		kdpu_dm_failed(ret, "read the status of", name, err);
		goto out;
	}
	dm()->get_next_target(t, NULL, &start, &length, &target, &text);
	*params = text ? strdup(text) : NULL;
	if (!*params)
		ret = kdpu_fail(err, -EIO, "the device %s has no table", name);
out:
	dm()->task_destroy(t);
	return ret;
}

int kdpu_dm_status(const char *name, char **params, struct kdpu_err *err)
{
	return read_params(DM_DEVICE_STATUS, name, params, err);
}

int kdpu_dm_table(const char *name, char **params, struct kdpu_err *err)
{
	return read_params(DM_DEVICE_TABLE, name, params, err);
}

static int send(const char *name, const char *message, char **reply)
{
	struct dm_task *t = kdpu_dm_task(DM_DEVICE_TARGET_MSG, name);
	const char *text;
	int ret = -ENOMEM;

	if (t && dm()->task_set_sector(t, 0) && dm()->task_set_message(t, message))
		ret = run(t);
	if (!ret && reply) {
		text = dm()->task_get_message_response(t);
		*reply = strdup(text ? text : "");
		if (!*reply)
			ret = -ENOMEM;
	}
	if (t)
		dm()->task_destroy(t);
	return ret;
}

int kdpu_dm_message(const char *name, const char *message, char **reply,
		    struct kdpu_err *err)
{
	int ret = send(name, message, reply);
	char *why = NULL;

	if (!ret)
		return 0;
	/* an error drops the reply: the pool remembers the sentence */
	if (!send(name, "info last_error", &why) && why && *why) {
		why[strcspn(why, "\n")] = 0;
		kdpu_fail(err, ret, "%s", why);
	} else {
		kdpu_fail_errno(err, ret, "the pool %s refused \"%.60s\"",
				name, message);
	}
	free(why);
	return ret;
}
