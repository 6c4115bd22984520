// SPDX-License-Identifier: GPL-2.0-only
/* Arrays and volume groups on the device, for a person. */
#include <stdio.h>
#include <string.h>

#include "create-report.h"
#include "report.h"
#include "ui.h"

struct json_object *create_residue_json(const struct kdpu_residue *r)
{
	struct json_object *a = json_object_new_array(), *o;
	char command[400];
	size_t i;

	for (i = 0; i < r->nr; i++) {
		o = json_object_new_object();
		report_add(o, "found", r->step[i].what);
		report_add(o, "command",
			   kdpu_residue_command(&r->step[i], command,
						sizeof(command)));
		json_object_array_add(a, o);
	}
	return a;
}

bool create_is_residue(const char *check)
{
	static const char *const checks[] = {
		"no holders", "exclusive use", "not RAID", "not LVM",
	};
	size_t i;

	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		if (!strcmp(check, checks[i]))
			return true;
	return false;
}

static void show_each(struct json_object *residue, const char *key)
{
	size_t i, n = json_object_array_length(residue);
	struct json_object *v;

	for (i = 0; i < n; i++)
		if (json_object_object_get_ex(json_object_array_get_idx(residue,
									i),
					      key, &v))
			printf("  %s\n", json_object_get_string(v));
}

void create_show_residue(struct json_object *residue)
{
	if (!json_object_array_length(residue))
		return;
	printf("%sArrays and volume groups%s\n", ui_colour(stdout, UI_BOLD),
	       ui_colour(stdout, UI_PLAIN));
	show_each(residue, "found");
	printf("%sCommands that remove them, if nothing of that is needed%s\n",
	       ui_colour(stdout, UI_BOLD), ui_colour(stdout, UI_PLAIN));
	show_each(residue, "command");
}
