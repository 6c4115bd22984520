// SPDX-License-Identifier: GPL-2.0-only
#include <grp.h>
#include <stdio.h>

#include "lib/config.h"
#include "report.h"
#include "ui.h"

static struct {
	bool json;
} opt;

static const struct cli_option options[] = {
	{ .name = "json", .flag = &opt.json,
	  .help = "print the report as JSON" },
	{ .name = NULL }
};

static struct json_object *setting_json(enum kdpu_key key,
					const struct kdpu_setting *s)
{
	struct json_object *o = json_object_new_object();
	char from[PATH_MAX + 16] = "built in";

	if (s->file[0])
		snprintf(from, sizeof(from), "%s:%u", s->file, s->line);
	report_add(o, "key", kdpu_keys[key].name);
	report_add(o, "value", s->value);
	report_add(o, "from", from);
	report_add(o, "file", s->file[0] ? s->file : NULL);
	report_add_number(o, "line", s->line);
	report_add(o, "meaning", kdpu_keys[key].meaning);
	return o;
}

static struct json_object *config_json(const struct kdpu_config *c)
{
	struct json_object *o = json_object_new_object();
	struct json_object *a = json_object_new_array();
	int i;

	for (i = 0; i < KDPU_NR_KEYS; i++)
		json_object_array_add(a, setting_json(i, &c->setting[i]));
	report_add_object(o, "settings", a);
	report_add_bool(o, "auto_activate", c->auto_activate &&
			!c->cmdline_off);
	report_add_bool(o, "off_by_command_line", c->cmdline_off);
	report_add(o, "mistake", c->broken ? c->mistake.what : NULL);
	report_add(o, "expected", c->broken ? c->mistake.expected : NULL);
	return o;
}

static void show(struct json_object *o, const struct kdpu_config *c)
{
	static const struct report_field columns[] = {
		{ "key", "KEY", REPORT_TEXT, false },
		{ "value", "VALUE", REPORT_TEXT, false },
		{ "from", "FROM", REPORT_TEXT, true },
		{ NULL, NULL, 0, false }
	};
	struct json_object *a;

	if (c->broken)
		return;
	if (json_object_object_get_ex(o, "settings", &a))
		report_table(a, columns);
	if (c->cmdline_off)
		puts("\nSwitched off by kdevpool.auto on the kernel's command line.");
	if (!getgrnam(c->group))
		ui_note("there is no group %s; the nodes stay root's", c->group);
}

static int run(int nr, char **args)
{
	struct kdpu_config c;
	struct json_object *o;
	int code = EXIT_DONE;

	(void)nr;
	(void)args;
	kdpu_config_read(&kdpu_this_host, &c);
	o = config_json(&c);
	if (c.broken) {
		kdpu_todo(&c.mistake, "mend it; until then nothing is activated by itself, and nodes are root's alone");
		code = ui_error(&c.mistake);
	}
	if (opt.json) {
		report_json(o);
		return code;
	}
	show(o, &c);
	json_object_put(o);
	return code;
}

const struct cli_command cmd_config = {
	.name = "config",
	.synopsis = "[--json]",
	.summary = "Check the configuration, and show what is in force",
	.details = "With the file and line that each value is from.  kdevpool.conf(5) explains the keys.  Exit code 3: there is a mistake; nothing is activated by itself then.",
	.options = options,
	.run = run,
};
