// SPDX-License-Identifier: GPL-2.0-only
/* profile list, show, export, import */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/profile.h"
#include "lib/engine/text.h"
#include "report.h"
#include "ui.h"

static struct {
	const char *name;
	bool force, json;
} opt;

static const struct cli_option json_options[] = {
	{ .name = "json", .flag = &opt.json,
	  .help = "print the report as JSON" },
	{ .name = NULL }
};

static const struct cli_option import_options[] = {
	{ .name = "name", .arg = "NAME", .text = &opt.name,
	  .help = "what to call it, instead of the file's name" },
	{ .name = "force", .flag = &opt.force,
	  .help = "replace a profile of that name" },
	{ .name = "json", .flag = &opt.json,
	  .help = "print the report as JSON" },
	{ .name = NULL }
};

static struct json_object *volumes_json(const struct kdpu_volspecs *l)
{
	struct json_object *a = json_object_new_array(), *o;
	size_t i;

	for (i = 0; i < l->nr; i++) {
		o = json_object_new_object();
		report_add(o, "name", l->v[i].name);
		report_add_number(o, "size_bytes", l->v[i].bytes);
		report_add_bool(o, "thin", l->v[i].thin);
		json_object_array_add(a, o);
	}
	return a;
}

static struct json_object *profile_json(const struct kdpu_profile *p)
{
	struct json_object *o = json_object_new_object();

	report_add(o, "name", p->name);
	report_add(o, "summary", p->summary[0] ? p->summary : NULL);
	report_add_bool(o, "built_in", p->builtin);
	report_add(o, "fault", p->fault[0] ? p->fault : NULL);
	report_add_number(o, "volume_count", p->volumes.nr);
	report_add_number(o, "thick_bytes", kdpu_volspecs_bytes(&p->volumes));
	report_add_object(o, "volumes", volumes_json(&p->volumes));
	return o;
}

static void show_list(struct json_object *a)
{
	static const struct report_field columns[] = {
		{ "name", "PROFILE", REPORT_TEXT, false },
		{ "volume_count", "VOLUMES", REPORT_NUMBER, false },
		{ "thick_bytes", "SPACE", REPORT_SIZE, false },
		{ "built_in", "BUILT IN", REPORT_YES_NO, false },
		{ "summary", "SUMMARY", REPORT_TEXT, true },
		{ NULL, NULL, 0, false }
	};
	struct json_object *fault;
	size_t i;

	report_table(a, columns);
	for (i = 0; i < json_object_array_length(a); i++)
		if (json_object_object_get_ex(json_object_array_get_idx(a, i),
					      "fault", &fault) && fault)
			ui_note("%s", json_object_get_string(fault));
}

static int run_list(int nr, char **args)
{
	struct json_object *o, *a;
	struct kdpu_profiles l;
	struct kdpu_err err;
	size_t i;

	(void)nr;
	(void)args;
	if (kdpu_profiles_read(&l, &err))
		return ui_error(&err);
	a = json_object_new_array();
	for (i = 0; i < l.nr; i++)
		json_object_array_add(a, profile_json(&l.p[i]));
	kdpu_profiles_free(&l);
	o = json_object_new_object();
	report_add_object(o, "profiles", a);
	if (opt.json)
		return report_json(o);
	show_list(a);
	json_object_put(o);
	return EXIT_DONE;
}

static int show(const struct kdpu_profile *p)
{
	static const struct report_field fields[] = {
		{ "name", "profile", REPORT_TEXT, false },
		{ "summary", "summary", REPORT_TEXT, false },
		{ "built_in", "built in", REPORT_YES_NO, false },
		{ "thick_bytes", "space", REPORT_SIZE, false },
		{ NULL, NULL, 0, false }
	};
	static const struct report_field columns[] = {
		{ "name", "VOLUME", REPORT_TEXT, true },
		{ "size_bytes", "SIZE", REPORT_SIZE, false },
		{ "thin", "THIN", REPORT_YES_NO, false },
		{ NULL, NULL, 0, false }
	};
	struct json_object *o = profile_json(p), *volumes;

	if (opt.json)
		return report_json(o);
	report_fields(o, fields);
	json_object_object_get_ex(o, "volumes", &volumes);
	report_table(volumes, columns);
	json_object_put(o);
	return EXIT_DONE;
}

static int run_show(int nr, char **args)
{
	struct kdpu_profile p;
	struct kdpu_err err;
	int code;

	(void)nr;
	if (kdpu_profile_load(args[0], &p, &err))
		return ui_error(&err);
	code = show(&p);
	kdpu_profile_free(&p);
	return code;
}

static int export_to(const struct kdpu_profile *p, const char *path,
		     struct kdpu_err *err)
{
	FILE *f = path ? fopen(path, "wx") : stdout;
	int bad;

	if (!f && errno == EEXIST) {
		kdpu_fail(err, -EEXIST, "there is a file %s", path);
		return kdpu_expected(err, "a name that is not taken");
	}
	if (!f)
		return kdpu_fail_errno(err, -errno, "cannot make %s", path);
	kdpu_profile_write(p, f);
	bad = ferror(f) || fflush(f);
	if ((path && fclose(f)) || bad)
		return kdpu_fail_errno(err, errno ? -errno : -EIO,
				       "cannot write %s",
				       path ? path : "standard output");
	return 0;
}

static int run_export(int nr, char **args)
{
	struct kdpu_profile p;
	struct kdpu_err err;
	int ret = kdpu_profile_load(args[0], &p, &err);

	if (ret)
		return ui_error(&err);
	ret = export_to(&p, nr > 1 ? args[1] : NULL, &err);
	kdpu_profile_free(&p);
	return ret ? ui_error(&err) : EXIT_DONE;
}

static int set_name(struct kdpu_profile *p, struct kdpu_err *err)
{
	if (!opt.name)
		return 0;
	if (!kdpu_pool_name_ok(opt.name)) {
		kdpu_fail(err, -EINVAL, "\"%.80s\" is no name for a profile",
			  opt.name);
		return kdpu_expected(err, "1 to 31 of A-Z a-z 0-9 . _ + -, not starting with . or -");
	}
	snprintf(p->name, sizeof(p->name), "%s", opt.name);
	return 0;
}

static int run_import(int nr, char **args)
{
	struct kdpu_profile p;
	struct kdpu_err err;
	int ret;

	(void)nr;
	ret = kdpu_profile_read(args[0], &p, &err);
	if (ret)
		return ui_error(&err);
	ret = set_name(&p, &err);
	if (!ret)
		ret = kdpu_profile_save(&p, opt.force, &err);
	if (ret)
		ret = ui_error(&err);
	else if (opt.json)
		ret = show(&p);
	else
		printf("The profile %s has %zu volume(s): " PROGRAM " create --profile %s\n",
		       p.name, p.volumes.nr, p.name);
	kdpu_profile_free(&p);
	return ret;
}

const struct cli_command cmd_profile_list = {
	.name = "profile list",
	.synopsis = "[--json]",
	.summary = "List the profiles: sets of volumes that create can make",
	.details = "Those that are built in, and the files in " KDPU_PROFILE_DIR ".  A file that cannot be used is named, with the line that is wrong.",
	.options = json_options,
	.run = run_list,
};

const struct cli_command cmd_profile_show = {
	.name = "profile show",
	.synopsis = "NAME [--json]",
	.summary = "Show the volumes of a profile",
	.options = json_options,
	.min_args = 1,
	.max_args = 1,
	.run = run_show,
};

const struct cli_command cmd_profile_export = {
	.name = "profile export",
	.synopsis = "NAME [FILE]",
	.summary = "Write a profile as a file, to be changed and imported",
	.details = "Without FILE to standard output.  An existing file is not overwritten.",
	.min_args = 1,
	.max_args = 2,
	.run = run_export,
};

const struct cli_command cmd_profile_import = {
	.name = "profile import",
	.synopsis = "FILE [--name NAME] [--force] [--json]",
	.summary = "Check a file and take it in as a profile",
	.details = "The file has the line \"summary = TEXT\", which may be missing, the line \"[volumes]\", and below that a line \"NAME = SIZE\" or \"NAME = SIZE:thin\" for each volume; # begins a comment.  It is called what the file is called, without \".conf\", and kept in " KDPU_PROFILE_DIR ".",
	.options = import_options,
	.min_args = 1,
	.max_args = 1,
	.run = run_import,
};
