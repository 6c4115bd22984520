// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/activate.h"
#include "lib/destroy.h"
#include "lib/engine/super.h"
#include "lib/users.h"
#include "progress.h"
#include "report.h"
#include "signals.h"
#include "ui.h"

static struct {
	bool yes, wipe, json;
} opt;

static const struct cli_option options[] = {
	{ .name = "wipe", .flag = &opt.wipe,
	  .help = "overwrite all of the disk with zeros; Ctrl-C stops it and tells how far it came" },
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
	struct stat st;
	int ret;

	/* the kernel takes no image, and a loop device over it is a user */
	if (!stat(v->path, &st) && S_ISREG(st.st_mode))
		return 0;
	ret = kdpu_pool_find_uuid(v->super.uuid, &v->pool, err);

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

static int destroy(struct victim *v, struct kdpu_err *err)
{
	struct progress bar = { .what = "wiping", .quiet = opt.json };
	int ret = v->active ? kdpu_deactivate(&v->pool, err) : 0;

	if (ret)
		return ret;
	if (!opt.wipe)
		return kdpu_destroy(v->path, v->super.uuid, err);
	signals_stop_writing(true);
	ret = kdpu_wipe(v->path, v->super.uuid, progress_show, &bar, err);
	signals_stop_writing(false);
	progress_end(&bar);
	return ret;
}

static int report(const struct victim *v)
{
	char uuid[KDPU_UUID_TEXT];
	struct json_object *o;

	if (!opt.json) {
		printf("The pool %s on %s is no more%s.\n", v->super.name,
		       v->path, opt.wipe ? "; all of the disk is zero" : "");
		return EXIT_DONE;
	}
	o = json_object_new_object();
	report_add(o, "destroyed", v->super.name);
	report_add(o, "uuid", kdpu_uuid_text(v->super.uuid, uuid));
	report_add(o, "device", v->path);
	report_add_bool(o, "wiped", opt.wipe);
	return report_json(o);
}

static int work(struct victim *v, const char *what)
{
	char question[PATH_MAX + 200];
	struct kdpu_err err = { };

	if (opt.json && !opt.yes) {
		kdpu_fail(&err, -EINVAL, "--json cannot ask questions");
		kdpu_expected(&err, "--yes with it");
		return ui_usage(&err);
	}
	if (find(v, what, &err) ||
	    kdpu_users_refuse(&kdpu_this_host, v->path,
			      v->active ? &v->pool : NULL, &err))
		return ui_error(&err);
	snprintf(question, sizeof(question),
		 "The pool \"%s\" on %s will be destroyed, with all its volumes%s.",
		 v->super.name, v->path,
		 opt.wipe ? ", and all of the disk overwritten" : "");
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
	.synopsis = "POOL|DEV [--wipe] [--yes] [--json]",
	.summary = "Destroy a pool: deactivate it, overwrite its superblocks",
	.details = "POOL is the name of an active pool, DEV a path (with a slash).  Refused while anything uses the disk or a volume: mounts, swap, devices built on it, processes; they are named.\nWithout --wipe the data of the volumes is not overwritten.  With it the superblocks go first, then everything from the start of the disk on.  When that is interrupted there is no pool any more; what was overwritten and what was not is told.",
	.options = options,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
