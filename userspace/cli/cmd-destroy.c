// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/activate.h"
#include "lib/setup.h"
#include "report.h"
#include "ui.h"

static struct {
	bool yes, json;
} opt;

static const struct cli_option options[] = {
	{ .name = "yes", .flag = &opt.yes, .help = "do not ask" },
	{ .name = "json", .flag = &opt.json,
	  .help = "print the report as JSON; needs --yes" },
	{ .name = NULL }
};

/* The pool to destroy: where it is, and whether it is active. */
struct victim {
	char path[PATH_MAX];
	struct kdpu_super super;
	bool active;
	struct kdpu_pool pool;
};

static int read_disk(struct victim *v, const char *path, struct kdpu_err *err)
{
	struct kdpu_disk d;
	int ret = kdpu_disk_open(&d, path, err);

	if (ret)
		return ret;
	snprintf(v->path, sizeof(v->path), "%s", path);
	ret = kdpu_super_read(&d, &v->super, err);
	kdpu_disk_close(&d);
	if (ret)
		kdpu_fail(err, ret, "%s holds no kdevpool pool", path);
	return ret;
}

static int find_active(struct victim *v, struct kdpu_err *err)
{
	int ret = kdpu_pool_find_uuid(v->super.uuid, &v->pool, err);

	v->active = !ret;
	/* no device-mapper: not active */
	return ret == -ENOENT || ret == -ENODEV ? 0 : ret;
}

/* A path, or the name of an active pool. */
static int find(struct victim *v, const char *what, struct kdpu_err *err)
{
	int ret;

	if (strchr(what, '/')) {
		ret = read_disk(v, what, err);
		return ret ? ret : find_active(v, err);
	}
	ret = kdpu_pool_find(what, &v->pool, err);
	if (ret)
		return ret;
	v->active = true;
	if (v->pool.disk[0] != '/')
		return kdpu_fail(err, -ENODEV, "cannot tell which disk pool %s is on",
				 what);
	return read_disk(v, v->pool.disk, err);
}

static bool is_ours(const struct victim *v, dev_t dev)
{
	size_t i;

	if (v->active && v->pool.device.dev == dev)
		return true;
	for (i = 0; v->active && i < v->pool.nr; i++)
		if (v->pool.volumes[i].has_device &&
		    v->pool.volumes[i].device.dev == dev)
			return true;
	return false;
}

/* Anything built on the disk that is not the pool itself or on top of it. */
static int refuse_holders(const struct victim *v, struct kdpu_err *err)
{
	struct kdpu_device d;
	size_t i;
	int ret = kdpu_device_read(&kdpu_this_host, v->path, &d, err);

	if (ret)
		return ret;
	for (i = 0; !ret && i < d.up.nr; i++) {
		if (d.up.m[i].relation != KDPU_HOLDER ||
		    is_ours(v, d.up.m[i].dev))
			continue;
		ret = kdpu_fail(err, -EBUSY, "%s is in use: %s is built on it",
				v->path, d.up.m[i].label);
		kdpu_todo(err, "remove %s first; see lsblk %s",
			  d.up.m[i].label, v->path);
	}
	kdpu_device_free(&d);
	return ret;
}

static int refuse_used(struct victim *v, struct kdpu_err *err)
{
	struct kdpu_volume *one;
	size_t i;
	int ret = refuse_holders(v, err);

	/* open by whom: holders of volumes are told by their names above */
	for (i = 0; !ret && v->active && i < v->pool.nr; i++) {
		one = &v->pool.volumes[i];
		ret = kdpu_devices_idle(&v->pool, &one, 1, err);
	}
	return ret;
}

static int destroy(struct victim *v, struct kdpu_err *err)
{
	int ret = v->active ? kdpu_deactivate(&v->pool, err) : 0;

	return ret ? ret : kdpu_destroy(v->path, v->super.uuid, err);
}

static int report(const struct victim *v)
{
	char uuid[KDPU_UUID_TEXT];
	struct json_object *o;

	if (!opt.json) {
		printf("The pool %s on %s is no more.\n", v->super.name,
		       v->path);
		return EXIT_DONE;
	}
	o = json_object_new_object();
	report_add(o, "destroyed", v->super.name);
	report_add(o, "uuid", kdpu_uuid_text(v->super.uuid, uuid));
	report_add(o, "device", v->path);
	return report_json(o);
}

static int work(struct victim *v, const char *what)
{
	char question[PATH_MAX + 160];
	struct kdpu_err err = { };

	if (opt.json && !opt.yes) {
		kdpu_fail(&err, -EINVAL, "--json cannot ask questions");
		kdpu_expected(&err, "--yes with it");
		return ui_usage(&err);
	}
	if (find(v, what, &err) || refuse_used(v, &err))
		return ui_error(&err);
	snprintf(question, sizeof(question),
		 "The pool \"%s\" on %s will be destroyed, with all its volumes.",
		 v->super.name, v->path);
	if (!opt.yes && !ui_ask_yes(question)) {
		kdpu_fail(&err, -ECANCELED, "not confirmed, nothing was written");
		kdpu_expected(&err, "the word YES, in capitals");
		ui_error(&err);
		return EXIT_DECLINED;
	}
	return destroy(v, &err) ? ui_error(&err) : report(v);
}

static int run(int nr, char **args)
{
	static struct victim v;
	int code;

	(void)nr;
	memset(&v, 0, sizeof(v));
	code = work(&v, args[0]);
	kdpu_pool_free(&v.pool);
	return code;
}

const struct cli_command cmd_destroy = {
	.name = "destroy",
	.synopsis = "POOL|DEV [--yes] [--json]",
	.summary = "Destroy a pool: deactivate it, overwrite its superblocks",
	.details = "POOL is the name of an active pool, DEV a path (with a slash).  Refused while a volume is in use.  The data of the volumes is not overwritten.",
	.options = options,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
