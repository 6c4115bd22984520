// SPDX-License-Identifier: GPL-2.0-only
/* volume rename, volume set */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>

#include "lib/volume.h"
#include "pool-report.h"
#include "report.h"
#include "ui.h"

static struct {
	bool json;
} opt_rename;

static struct {
	const char *uid, *session, *tag;
	bool keep, json;
} opt_set;

static const struct cli_option rename_options[] = {
	{ .name = "json", .flag = &opt_rename.json,
	  .help = "print the report as JSON" },
	{ .name = NULL }
};

static const struct cli_option set_options[] = {
	{ .name = "uid", .arg = "USER", .text = &opt_set.uid,
	  .help = "who owns the volume: a number or a user's name" },
	{ .name = "session", .arg = "TEXT", .text = &opt_set.session,
	  .help = "the session that it belongs to; empty: none" },
	{ .name = "tag", .arg = "TEXT", .text = &opt_set.tag,
	  .help = "anything, up to 63 characters; empty: none" },
	{ .name = "keep", .flag = &opt_set.keep,
	  .help = "no process owns it any longer: it stays when its maker ends" },
	{ .name = "json", .flag = &opt_set.json,
	  .help = "print the report as JSON" },
	{ .name = NULL }
};

static int report(struct kdpu_pool *p, const char *name, bool json)
{
	struct kdpu_volume *v = kdpu_pool_volume(p, name);
	struct json_object *o;

	if (!v)
		return EXIT_NOT_FOUND;
	if (!json) {
		printf("%s\n", v->node[0] ? v->node : v->name);
		return EXIT_DONE;
	}
	o = json_object_new_object();
	report_add_object(o, "volume", pool_volume_json(p, v));
	return report_json(o);
}

static int run_rename(int nr, char **args)
{
	struct kdpu_pool p = { };
	struct kdpu_err err;
	int code;

	(void)nr;
	if (kdpu_pool_find(args[0], &p, &err) ||
	    kdpu_volume_rename(&p, args[1], args[2], &err))
		code = ui_error(&err);
	else
		code = report(&p, args[2], opt_rename.json);
	kdpu_pool_free(&p);
	return code;
}

/* A number stays what it is; a name becomes one. */
static int find_uid(const char *user, char number[16],
		    struct kdpu_volume_changes *c, struct kdpu_err *err)
{
	struct passwd *pw;

	c->uid = user;
	if (!user || (user[0] >= '0' && user[0] <= '9'))
		return 0;
	pw = getpwnam(user);
	if (!pw) {
		kdpu_fail(err, -EINVAL, "there is no user \"%.80s\"", user);
		return kdpu_expected(err, "a number, or a name that getent passwd knows");
	}
	snprintf(number, 16, "%u", pw->pw_uid);
	c->uid = number;
	return 0;
}

static int run_set(int nr, char **args)
{
	struct kdpu_volume_changes c = {
		.session = opt_set.session,
		.tag = opt_set.tag,
		.pid = opt_set.keep ? "0" : NULL,
	};
	struct kdpu_pool p = { };
	struct kdpu_err err;
	char number[16];
	int code;

	(void)nr;
	if (!opt_set.uid && !c.session && !c.tag && !c.pid) {
		kdpu_fail(&err, -EINVAL, "there is nothing to set");
		kdpu_expected(&err, "--uid, --session, --tag or --keep");
		return ui_usage(&err);
	}
	if (find_uid(opt_set.uid, number, &c, &err))
		return ui_usage(&err);
	if (kdpu_pool_find(args[0], &p, &err) ||
	    kdpu_volume_set(&p, args[1], &c, &err))
		code = ui_error(&err);
	else
		code = report(&p, args[1], opt_set.json);
	kdpu_pool_free(&p);
	return code;
}

const struct cli_command cmd_volume_rename = {
	.name = "volume rename",
	.synopsis = "POOL NAME NEW [--json]",
	.summary = "Give a volume another name",
	.details = "Works while the volume is in use: its device is renamed with it, and what has it open goes on.  Prints the new path.",
	.options = rename_options,
	.min_args = 3,
	.max_args = 3,
	.run = run_rename,
};

const struct cli_command cmd_volume_set = {
	.name = "volume set",
	.synopsis = "POOL NAME [--uid USER] [--session TEXT] [--tag TEXT] [--keep] [--json]",
	.summary = "Change what the pool notes of a volume: owner, session, tag",
	.details = "All that is named is changed at once, durably.  The owner noted here is who may open its device, by the udev rule: a volume of a user is for that user alone, one of root for the members of the group kdevpool.  The tag \"uaccess\" lets in who sits at the machine, too.",
	.options = set_options,
	.min_args = 2,
	.max_args = 2,
	.run = run_set,
};
