// SPDX-License-Identifier: GPL-2.0-only
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "lib/nodes.h"
#include "pool-report.h"
#include "report.h"

static const char *user_name(uid_t uid, char buf[48])
{
	struct passwd *pw = getpwuid(uid);

	if (pw)
		snprintf(buf, 48, "%s", pw->pw_name);
	else
		snprintf(buf, 48, "%u", uid);
	return buf;
}

static const char *group_name(gid_t gid, char buf[48])
{
	struct group *gr = getgrgid(gid);

	if (gr)
		snprintf(buf, 48, "%s", gr->gr_name);
	else
		snprintf(buf, 48, "%u", gid);
	return buf;
}

static const char *owner(const struct kdpu_volume *v, char *buf, size_t size)
{
	char name[48];

	user_name(v->uid, name);
	if (v->pid)
		snprintf(buf, size, "%s, process %u", name, v->pid);
	else
		snprintf(buf, size, "%s", name);
	return buf;
}

static const char *state(const struct kdpu_volume *v)
{
	if (!v->has_device)
		return "no device";
	if (v->device.suspended)
		return "suspended";
	return v->device.open_count > 0 ? "open" : "idle";
}

/* The kernel writes "-" for what is not there. */
static const char *known(const char *text)
{
	return strcmp(text, "-") ? text : NULL;
}

/* Who may open the node: {"mode": "0660", ...}; null without a node. */
static struct json_object *access_json(const struct kdpu_node_facts *f)
{
	struct json_object *o;
	char text[160], user[48], group[48];

	if (!f->known)
		return NULL;
	o = json_object_new_object();
	user_name(f->uid, user);
	group_name(f->gid, group);
	snprintf(text, sizeof(text), "%04o", (unsigned int)f->mode);
	report_add(o, "mode", text);
	report_add(o, "user", user);
	report_add(o, "group", group);
	return o;
}

static struct json_object *io_json(const struct kdpu_node_facts *f)
{
	struct json_object *o;

	if (!f->counted)
		return NULL;
	o = json_object_new_object();
	report_add_number(o, "reads", f->reads);
	report_add_number(o, "read_bytes", f->read_bytes);
	report_add_number(o, "writes", f->writes);
	report_add_number(o, "written_bytes", f->written_bytes);
	report_add_number(o, "discards", f->discards);
	report_add_number(o, "discarded_bytes", f->discarded_bytes);
	report_add_number(o, "flushes", f->flushes);
	return o;
}

struct json_object *pool_volume_json(const struct kdpu_pool *p,
				     const struct kdpu_volume *v)
{
	struct json_object *o = json_object_new_object();
	struct kdpu_node_facts facts;
	char text[80];

	kdpu_node_facts(v->node, &facts);
	report_add(o, "pool", p->name);
	report_add(o, "name", v->name);
	report_add_number(o, "id", v->id);
	report_add_number(o, "size_bytes", v->bytes);
	report_add_number(o, "used_bytes",
			  (v->mapped - v->unwritten) * p->chunk_bytes);
	report_add_number(o, "unwritten_bytes", v->unwritten * p->chunk_bytes);
	report_add(o, "flags", known(v->flags));
	report_add(o, "owner", owner(v, text, sizeof(text)));
	report_add_number(o, "uid", v->uid);
	report_add_number(o, "pid", v->pid);
	report_add_number(o, "created", v->created);
	report_add(o, "session", known(v->session));
	report_add(o, "tags", known(v->tags));
	report_add(o, "state", state(v));
	report_add_number(o, "open_count", v->has_device ?
			  v->device.open_count : 0);
	report_add(o, "device", v->has_device ? v->device.name : NULL);
	report_add(o, "node", v->node[0] ? v->node : NULL);
	report_add_object(o, "access", access_json(&facts));
	report_add_object(o, "io", io_json(&facts));
	return o;
}

struct json_object *orphan_json(const struct kdpu_pool *p,
				const struct kdpu_volume *v)
{
	struct json_object *o = json_object_new_object();
	char text[80];

	report_add(o, "pool", p->name);
	report_add(o, "name", v->name);
	report_add_number(o, "id", v->id);
	report_add(o, "owner", owner(v, text, sizeof(text)));
	report_add_number(o, "uid", v->uid);
	report_add_number(o, "pid", v->pid);
	report_add(o, "session", known(v->session));
	return o;
}

static void add_copy(struct json_object *o, unsigned int r, const void *data)
{
	const struct kdpu_health *h = data;
	const struct kdpu_copy *c = &h->copy[r];

	report_add(o, "state", c->state);
	report_add_number(o, "damaged", c->damaged);
	report_add_number(o, "attempts", c->attempts);
	report_add_number(o, "mended", c->mended);
	report_add_number(o, "extent_block", c->extent);
	if (c->moved_from)
		report_add_number(o, "moved_from_block", c->moved_from);
	else
		report_add(o, "moved_from_block", NULL);
}

static struct json_object *scrub_json(const struct kdpu_health *h)
{
	struct json_object *o = json_object_new_object();

	report_add(o, "now", h->now);
	report_add_number(o, "places_done", h->done);
	report_add_number(o, "places", h->all);
	report_add_number(o, "interval_seconds", h->scrub_interval);
	report_add_bool(o, "auto_repair", h->auto_repair);
	report_add_number(o, "last_scrub", h->scrub.ended);
	report_add(o, "last_result", h->scrub.result);
	return o;
}

static struct json_object *metadata_json(const struct kdpu_health *h)
{
	struct json_object *o;

	if (!h->known)
		return NULL;
	o = json_object_new_object();
	report_add_number(o, "copies_valid", h->valid);
	report_add_object(o, "replicas", report_copies(add_copy, h));
	report_add_number(o, "repairs", h->repairs);
	report_add_number(o, "last_repair", h->last_repair);
	report_add_number(o, "checkpoints_rewritten", h->rewrites);
	report_add_object(o, "scrub", scrub_json(h));
	return o;
}

static struct json_object *counts_json(const struct kdpu_counts *c)
{
	struct json_object *o;

	if (!c->known)
		return NULL;
	o = json_object_new_object();
	report_add_number(o, "first_writes", c->first_writes);
	report_add_number(o, "parked", c->parked);
	report_add_number(o, "discards", c->discards);
	report_add_number(o, "commits", c->commits);
	report_add_number(o, "checkpoints", c->checkpoints);
	report_add_number(o, "errors", c->errors);
	return o;
}

struct json_object *pool_json(const struct kdpu_pool *p)
{
	struct json_object *o = json_object_new_object();
	struct json_object *a = json_object_new_array();
	char text[64];
	size_t i;

	report_add(o, "name", p->name);
	report_add(o, "uuid", kdpu_uuid_text(p->device.pool, text));
	report_add(o, "mode", p->mode);
	report_add(o, "reason", known(p->reason));
	report_add(o, "disk", p->disk);
	report_add(o, "device", p->device.name);
	report_add_number(o, "size_bytes", p->chunks * p->chunk_bytes);
	report_add_number(o, "used_bytes", p->chunks_used * p->chunk_bytes);
	report_add_number(o, "free_bytes",
			  (p->chunks - p->chunks_used) * p->chunk_bytes);
	report_add_number(o, "chunk_bytes", p->chunk_bytes);
	report_add_number(o, "epoch", p->epoch);
	report_add_number(o, "sequence", p->sequence);
	report_add_number(o, "durable", p->durable);
	report_add_number(o, "copies_current", p->replicas);
	snprintf(text, sizeof(text), "%u/5", p->metadata.known ?
		 p->metadata.valid : p->replicas);
	report_add(o, "copies", text);
	report_add(o, "health", p->health);
	report_add_object(o, "metadata", metadata_json(&p->metadata));
	report_add_object(o, "counts", counts_json(&p->counts));
	report_add_number(o, "journal_blocks_used", p->journal_used);
	report_add_number(o, "journal_blocks", p->journal_blocks);
	report_add_number(o, "volume_count", p->nr_volumes);
	for (i = 0; i < p->nr; i++)
		json_object_array_add(a, pool_volume_json(p, &p->volumes[i]));
	report_add_object(o, "volumes", a);
	return o;
}
