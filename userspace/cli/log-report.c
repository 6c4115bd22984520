// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "lib/clones.h"
#include "lib/engine/super.h"
#include "log-report.h"
#include "pool-report.h"
#include "report.h"

static const char *some(const char *text)
{
	return text[0] ? text : NULL;
}

static void add_points(struct json_object *o, const char *key, int points)
{
	if (points < 0)
		report_add_object(o, key, NULL);
	else
		report_add_number(o, key, points);
}

struct json_object *logged_json(const struct kdpu_logged *e)
{
	struct json_object *o = json_object_new_object();

	report_add_number(o, "time", e->usec / 1000000);
	report_add(o, "host", some(e->host));
	report_add(o, "boot_id", some(e->boot));
	report_add(o, "pool", some(e->pool));
	report_add(o, "uuid", some(e->uuid));
	report_add(o, "device", some(e->device));
	report_add(o, "decision", some(e->decision));
	report_add(o, "rule", some(e->rule));
	report_add(o, "by", some(e->by));
	add_points(o, "score", e->score);
	add_points(o, "threshold", e->threshold);
	report_add(o, "reasons", some(e->reasons));
	report_add(o, "message", some(e->message));
	return o;
}

static bool read_super(const struct kdpu_pool *p, struct kdpu_super *s)
{
	struct kdpu_err ignored;
	struct kdpu_disk d;
	int ret;

	if (kdpu_disk_open(&d, p->disk, &ignored))
		return false;
	ret = kdpu_super_read(&d, s, &ignored);
	kdpu_disk_close(&d);
	return !ret && !memcmp(s->uuid, p->uuid, sizeof(s->uuid));
}

/* The entry of this activation, not one of long ago. */
static void add_logged(struct json_object *o, const struct kdpu_pool *p,
		       uint64_t activated)
{
	char uuid[KDPU_UUID_TEXT];
	const struct kdpu_log_request req = {
		.uuid = kdpu_uuid_text(p->uuid, uuid),
		.decision = "activated",
		.since = activated * 1000000,
		.last = 1,
	};
	struct kdpu_logged none = { .score = -1 }, *e = &none;
	struct kdpu_err ignored;
	struct kdpu_log l = { };

	if (!kdpu_log_read(&req, &l, &ignored) && l.nr)
		e = &l.e[0];
	report_add(o, "by", some(e->by));
	report_add(o, "boot_id", some(e->boot));
	add_points(o, "score", e->score);
	kdpu_log_free(&l);
}

static struct json_object *activation_json(const struct kdpu_pool *p)
{
	struct json_object *o;
	struct kdpu_super s;

	if (!read_super(p, &s))
		return NULL;
	o = json_object_new_object();
	report_add_number(o, "time", s.activated);
	report_add(o, "host", some(s.host));
	add_logged(o, p, s.activated);
	return o;
}

static struct json_object *clones_json(const struct kdpu_pool *p)
{
	struct json_object *a = json_object_new_array();
	struct kdpu_clone c[16];
	size_t i, nr = kdpu_clones_find(p, c, 16);

	for (i = 0; i < nr; i++)
		json_object_array_add(a, json_object_new_string(c[i].device));
	return a;
}

struct json_object *status_json(const struct kdpu_pool *p)
{
	struct json_object *o = pool_json(p);

	report_add_object(o, "clones", clones_json(p));
	report_add_object(o, "activation", activation_json(p));
	return o;
}
