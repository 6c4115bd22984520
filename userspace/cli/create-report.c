// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "create-report.h"
#include "report.h"
#include "ui.h"

static const char *kind(const struct kdpu_device *d)
{
	if (!d->block)
		return "image file";
	if (d->rotational)
		return d->removable ? "rotating, REMOVABLE" : "rotating";
	return d->removable ? "not rotating, REMOVABLE" : "not rotating";
}

/* The labels of all members with this relation: "sda1 sda2", or NULL. */
static const char *members(const struct kdpu_device *d,
			   enum kdpu_relation relation, char *buf, size_t size)
{
	size_t i, n = 0;

	for (i = 0; i < d->up.nr && n < size; i++)
		if (d->up.m[i].relation == relation)
			n += snprintf(buf + n, size - n, "%s%s", n ? " " : "",
				      d->up.m[i].label);
	return n ? buf : "none";
}

static struct json_object *signatures_json(const struct kdpu_signatures *l)
{
	struct json_object *a = json_object_new_array(), *o;
	size_t i;

	for (i = 0; i < l->nr; i++) {
		const struct kdpu_signature *s = &l->s[i];

		o = json_object_new_object();
		report_add(o, "type", s->type);
		report_add(o, "usage", s->usage);
		report_add(o, "label", s->label);
		report_add(o, "uuid", s->uuid);
		report_add_number(o, "partition", s->partition);
		report_add_number(o, "offset", s->offset);
		json_object_array_add(a, o);
	}
	return a;
}

struct json_object *create_device_json(const struct kdpu_subject *s)
{
	const struct kdpu_device *d = s->device;
	struct json_object *o = json_object_new_object();
	char text[512];

	report_add(o, "path", d->path);
	report_add(o, "model", d->model);
	report_add(o, "serial", d->serial);
	report_add_number(o, "size_bytes", d->bytes);
	report_add_number(o, "logical_sector_bytes", d->logical);
	report_add_number(o, "physical_sector_bytes", d->physical);
	report_add_bool(o, "block_device", d->block);
	report_add_bool(o, "partition", d->partition);
	report_add_bool(o, "rotational", d->rotational);
	report_add_bool(o, "removable", d->removable);
	report_add_bool(o, "read_only", d->read_only);
	report_add(o, "kind", kind(d));
	snprintf(text, sizeof(text), "%u bytes, %u physical", d->logical,
		 d->physical);
	report_add(o, "sectors", text);
	report_add(o, "partitions", members(d, KDPU_PARTITION, text,
					    sizeof(text)));
	report_add(o, "holders", members(d, KDPU_HOLDER, text, sizeof(text)));
	report_add_object(o, "signatures", signatures_json(&s->signatures));
	return o;
}

struct json_object *create_checks_json(const struct kdpu_finding *f, size_t nr)
{
	struct json_object *a = json_object_new_array(), *o;
	size_t i;

	for (i = 0; i < nr; i++) {
		o = json_object_new_object();
		report_add(o, "check", f[i].name);
		report_add(o, "verdict", kdpu_verdict_name(f[i].verdict));
		report_add(o, "found", f[i].text);
		report_add(o, "to_do", f[i].todo[0] ? f[i].todo : NULL);
		json_object_array_add(a, o);
	}
	return a;
}

struct json_object *create_plan_json(const char *pool,
				     const struct kdpu_plan *plan,
				     const struct kdpu_volspecs *volumes)
{
	struct json_object *o = json_object_new_object(), *v;
	struct json_object *a = json_object_new_array();
	size_t i;

	report_add(o, "pool", pool);
	report_add_number(o, "size_bytes", plan->device_bytes);
	report_add_number(o, "chunk_bytes", plan->chunk_bytes);
	report_add_number(o, "metadata_bytes", plan->metadata_bytes);
	report_add_number(o, "volume_bytes", plan->volume_bytes);
	report_add_number(o, "free_bytes", plan->free_bytes);
	report_add_number(o, "max_volumes", plan->max_volumes);
	for (i = 0; i < volumes->nr; i++) {
		v = json_object_new_object();
		report_add(v, "name", volumes->v[i].name);
		report_add_number(v, "size_bytes", volumes->v[i].bytes);
		json_object_array_add(a, v);
	}
	report_add_object(o, "volumes", a);
	return o;
}

static void heading(const char *text, const char *what)
{
	printf("%s%s%s%s\n", ui_colour(stdout, UI_BOLD), text, what,
	       ui_colour(stdout, UI_PLAIN));
}

void create_show_device(struct json_object *device)
{
	static const struct report_field fields[] = {
		{ "model", "model", REPORT_TEXT, false },
		{ "serial", "serial", REPORT_TEXT, false },
		{ "size_bytes", "size", REPORT_SIZE, false },
		{ "sectors", "sectors", REPORT_TEXT, false },
		{ "kind", "kind", REPORT_TEXT, false },
		{ "partitions", "partitions", REPORT_TEXT, false },
		{ "holders", "holders", REPORT_TEXT, false },
		{ NULL, NULL, 0, false }
	};
	struct json_object *path;

	json_object_object_get_ex(device, "path", &path);
	heading("Device ", json_object_get_string(path));
	report_fields(device, fields);
}

static enum ui_colour verdict_colour(enum kdpu_verdict v)
{
	static const enum ui_colour colours[KDPU_NR_VERDICTS] = {
		[KDPU_PASS] = UI_GREEN,
		[KDPU_NOTE] = UI_YELLOW,
		[KDPU_FORCED] = UI_YELLOW,
		[KDPU_NEEDS_FORCE] = UI_RED,
		[KDPU_REFUSED] = UI_RED,
	};

	return colours[v];
}

void create_show_checks(const char *title, const struct kdpu_finding *f,
			size_t nr)
{
	size_t i;

	heading(title, "");
	for (i = 0; i < nr; i++) {
		printf("  %-18s %s%-13s%s  ", f[i].name,
		       ui_colour(stdout, verdict_colour(f[i].verdict)),
		       kdpu_verdict_name(f[i].verdict),
		       ui_colour(stdout, UI_PLAIN));
		ui_wrap(stdout, 36, f[i].text);
	}
}

void create_show_plan(struct json_object *plan)
{
	static const struct report_field fields[] = {
		{ "pool", "pool", REPORT_TEXT, false },
		{ "chunk_bytes", "chunks of", REPORT_SIZE, false },
		{ "metadata_bytes", "metadata", REPORT_SIZE, false },
		{ "volume_bytes", "volumes", REPORT_SIZE, false },
		{ "free_bytes", "left free", REPORT_SIZE, false },
		{ NULL, NULL, 0, false }
	};
	static const struct report_field columns[] = {
		{ "name", "VOLUME", REPORT_TEXT, true },
		{ "size_bytes", "SIZE", REPORT_SIZE, false },
		{ NULL, NULL, 0, false }
	};
	struct json_object *volumes;

	heading("To be created", "");
	report_fields(plan, fields);
	if (json_object_object_get_ex(plan, "volumes", &volumes))
		report_table(volumes, columns);
}

void create_show_next(const char *pool, const char *device,
		      const struct kdpu_pool *p)
{
	size_t i;

	heading("Volumes", "");
	for (i = 0; i < p->nr; i++)
		printf("  %s\n", p->volumes[i].node);
	heading("Next", "");
	if (p->nr)
		printf("  mkfs.ext4 %s\n", p->volumes[0].node);
	printf("  " PROGRAM " list %s\n"
	       "  " PROGRAM " deactivate %s      (before the disk goes away)\n"
	       "  " PROGRAM " activate %s      (after a reboot)\n",
	       pool, pool, device);
}
