// SPDX-License-Identifier: GPL-2.0-only
/* Pools and volumes as tables that fit 80 columns. */
#include <stdio.h>
#include <string.h>

#include "pool-report.h"
#include "report.h"
#include "ui.h"

static const char *text_of(struct json_object *o, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(o, key, &v) && v ?
	       json_object_get_string(v) : "-";
}

static uint64_t number_of(struct json_object *o, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(o, key, &v) ?
	       json_object_get_uint64(v) : 0;
}

/* Members that are copied to a row of a table. */
static void copy_members(struct json_object *from, struct json_object *to,
			 const char *const *keys)
{
	struct json_object *v;

	for (; *keys; keys++)
		if (json_object_object_get_ex(from, *keys, &v))
			report_add_object(to, *keys, json_object_get(v));
}

/* With how much is used, and who may open the node: "root:disk 0660". */
static struct json_object *usage_rows(struct json_object *volumes)
{
	static const char *const keys[] = {
		"name", "size_bytes", "used_bytes", "state", "owner", NULL
	};
	struct json_object *rows = json_object_new_array(), *v, *row, *access;
	char text[160];
	uint64_t size;
	size_t i;

	for (i = 0; i < json_object_array_length(volumes); i++) {
		v = json_object_array_get_idx(volumes, i);
		row = json_object_new_object();
		copy_members(v, row, keys);
		size = number_of(v, "size_bytes");
		snprintf(text, sizeof(text), "%llu %%",
			 (unsigned long long)(size ?
			 number_of(v, "used_bytes") * 100 / size : 0));
		report_add(row, "usage", text);
		if (json_object_object_get_ex(v, "access", &access) && access)
			snprintf(text, sizeof(text), "%.48s:%.48s %.8s",
				 text_of(access, "user"),
				 text_of(access, "group"),
				 text_of(access, "mode"));
		else
			strcpy(text, "none");
		report_add(row, "permissions", text);
		json_object_array_add(rows, row);
	}
	return rows;
}

static struct json_object *io_rows(struct json_object *volumes)
{
	static const char *const keys[] = {
		"reads", "read_bytes", "writes", "written_bytes", "flushes",
		NULL
	};
	static const char *const name[] = { "name", NULL };
	struct json_object *rows = json_object_new_array(), *v, *row, *io;
	size_t i;

	for (i = 0; i < json_object_array_length(volumes); i++) {
		v = json_object_array_get_idx(volumes, i);
		if (!json_object_object_get_ex(v, "io", &io) || !io)
			continue;
		row = json_object_new_object();
		copy_members(v, row, name);
		copy_members(io, row, keys);
		json_object_array_add(rows, row);
	}
	return rows;
}

void pools_show(struct json_object *pools)
{
	static const struct report_field columns[] = {
		{ "name", "POOL", REPORT_TEXT, true },
		{ "mode", "MODE", REPORT_TEXT, false },
		{ "disk", "DISK", REPORT_TEXT, true },
		{ "size_bytes", "SIZE", REPORT_SIZE, false },
		{ "free_bytes", "FREE", REPORT_SIZE, false },
		{ "volume_count", "VOLUMES", REPORT_NUMBER, false },
		{ "copies", "COPIES", REPORT_TEXT, false },
		{ NULL, NULL, 0, false }
	};

	if (json_object_array_length(pools))
		report_table(pools, columns);
	else
		puts("No pool is active.");
}

static uint64_t count_devices(struct json_object *volumes)
{
	struct json_object *v;
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < json_object_array_length(volumes); i++)
		n += json_object_object_get_ex(json_object_array_get_idx(volumes, i),
					       "device", &v) && v;
	return n;
}

/* "auto, 100 points", "hand", or that nobody knows. */
static void how(struct json_object *activation, char *buf, size_t size)
{
	static const struct {
		const char *by, *text;
	} words[] = {
		{ "auto", "by itself" }, { "hand", "by hand" },
		{ "forced", "by itself, forced" },
	};
	const char *by = text_of(activation, "by");
	struct json_object *score;
	size_t i;

	snprintf(buf, size, "the journal does not tell how");
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(by, words[i].by))
			snprintf(buf, size, "%s", words[i].text);
	if (json_object_object_get_ex(activation, "score", &score) && score)
		snprintf(buf + strlen(buf), size - strlen(buf), ", %llu points",
			 (unsigned long long)number_of(activation, "score"));
}

/* The pool's members, and what is known of its activation, on one level. */
static struct json_object *with_activation(struct json_object *pool,
					   const struct report_field *f)
{
	struct json_object *row = json_object_new_object(), *a, *v;
	char text[80];

	for (; f->key; f++)
		if (json_object_object_get_ex(pool, f->key, &v))
			report_add_object(row, f->key, json_object_get(v));
	if (!json_object_object_get_ex(pool, "activation", &a) || !a ||
	    !json_object_object_get_ex(pool, "volumes", &v))
		return row;
	how(a, text, sizeof(text));
	report_add(row, "activated_how", text);
	snprintf(text, sizeof(text), "%llu of %zu",
		 (unsigned long long)count_devices(v),
		 json_object_array_length(v));
	report_add(row, "activated_devices", text);
	report_add_number(row, "activated_at", number_of(a, "time"));
	report_add(row, "activated_on", text_of(a, "host"));
	report_add(row, "activated_boot", text_of(a, "boot_id"));
	return row;
}

/* "idle now; every 3600 seconds; last: 2026-01-01 12:00:00 UTC, done" */
static void scrub_text(struct json_object *scrub, char *text, size_t size)
{
	unsigned long long all = number_of(scrub, "places");
	unsigned long long done = number_of(scrub, "places_done");
	unsigned long long every = number_of(scrub, "interval_seconds");
	uint64_t last = number_of(scrub, "last_scrub");
	char when[32];
	size_t n;

	n = snprintf(text, size, "%.8s now", text_of(scrub, "now"));
	if (all)
		n += snprintf(text + n, size - n, " (%llu of %llu places)",
			      done, all);
	if (every)
		n += snprintf(text + n, size - n, "; every %llu seconds",
			      every);
	else
		n += snprintf(text + n, size - n, "; only when asked for");
	snprintf(text + n, size - n, "; last: %s%s%.16s", ui_time(last, when),
		 last ? ", " : "", last ? text_of(scrub, "last_result") : "");
}

static void show_metadata(struct json_object *m)
{
	static const struct report_field columns[] = {
		{ "replica", "COPY", REPORT_TEXT, false },
		{ "state", "STATE", REPORT_TEXT, false },
		{ "damaged", "DAMAGED PLACES", REPORT_NUMBER, false },
		{ "attempts", "ATTEMPTS", REPORT_NUMBER, false },
		{ "mended", "MENDED", REPORT_NUMBER, false },
		{ NULL, NULL, 0, false }
	};
	static const struct report_field fields[] = {
		{ "repairs", "repairs", REPORT_NUMBER, false },
		{ "last_repair", "last repair", REPORT_TIME, false },
		{ "text", "scrub", REPORT_TEXT, false },
		{ NULL, NULL, 0, false }
	};
	static const char *const keys[] = { "repairs", "last_repair", NULL };
	struct json_object *o = json_object_new_object(), *v;
	char text[256];

	copy_members(m, o, keys);
	if (json_object_object_get_ex(m, "scrub", &v)) {
		scrub_text(v, text, sizeof(text));
		report_add(o, "text", text);
	}
	putchar('\n');
	if (json_object_object_get_ex(m, "replicas", &v)) {
		report_table(v, columns);
		report_moves(v);
	}
	report_fields(o, fields);
	json_object_put(o);
}

void pool_show(struct json_object *pool)
{
	static const struct report_field fields[] = {
		{ "name", "pool", REPORT_TEXT, false },
		{ "uuid", "uuid", REPORT_TEXT, false },
		{ "mode", "mode", REPORT_TEXT, false },
		{ "reason", "reason", REPORT_TEXT, false },
		{ "disk", "disk", REPORT_TEXT, false },
		{ "size_bytes", "size", REPORT_SIZE, false },
		{ "used_bytes", "used", REPORT_SIZE, false },
		{ "free_bytes", "free", REPORT_SIZE, false },
		{ "chunk_bytes", "chunk", REPORT_SIZE, false },
		{ "copies", "valid copies", REPORT_TEXT, false },
		{ "epoch", "epoch", REPORT_NUMBER, false },
		{ "sequence", "last commit", REPORT_NUMBER, false },
		{ "journal_blocks_used", "journal blocks", REPORT_NUMBER, false },
		{ "journal_blocks", "  of", REPORT_NUMBER, false },
		{ "activated_at", "last activation", REPORT_TIME, false },
		{ "activated_how", "  how", REPORT_TEXT, false },
		{ "activated_on", "  on host", REPORT_TEXT, false },
		{ "activated_boot", "  boot", REPORT_TEXT, false },
		{ "activated_devices", "active devices", REPORT_TEXT, false },
		{ NULL, NULL, 0, false }
	};
	static const struct report_field columns[] = {
		{ "name", "VOLUME", REPORT_TEXT, true },
		{ "size_bytes", "SIZE", REPORT_SIZE, false },
		{ "used_bytes", "USED", REPORT_SIZE, false },
		{ "usage", "USE", REPORT_TEXT, false },
		{ "state", "STATE", REPORT_TEXT, false },
		{ "owner", "OWNER", REPORT_TEXT, true },
		{ "permissions", "NODE", REPORT_TEXT, true },
		{ NULL, NULL, 0, false }
	};
	static const struct report_field counters[] = {
		{ "name", "I/O OF", REPORT_TEXT, true },
		{ "reads", "READS", REPORT_NUMBER, false },
		{ "read_bytes", "READ", REPORT_SIZE, false },
		{ "writes", "WRITES", REPORT_NUMBER, false },
		{ "written_bytes", "WRITTEN", REPORT_SIZE, false },
		{ "flushes", "FLUSHES", REPORT_NUMBER, false },
		{ NULL, NULL, 0, false }
	};
	struct json_object *volumes, *rows, *metadata;

	rows = with_activation(pool, fields);
	report_fields(rows, fields);
	json_object_put(rows);
	if (json_object_object_get_ex(pool, "metadata", &metadata) && metadata)
		show_metadata(metadata);
	if (!json_object_object_get_ex(pool, "volumes", &volumes) ||
	    !json_object_array_length(volumes))
		return;
	putchar('\n');
	rows = usage_rows(volumes);
	report_table(rows, columns);
	json_object_put(rows);
	rows = io_rows(volumes);
	if (json_object_array_length(rows))
		putchar('\n');
	report_table(rows, counters);
	json_object_put(rows);
}

void pool_show_volumes(struct json_object *volumes)
{
	static const struct report_field columns[] = {
		{ "name", "VOLUME", REPORT_TEXT, true },
		{ "size_bytes", "SIZE", REPORT_SIZE, false },
		{ "used_bytes", "USED", REPORT_SIZE, false },
		{ "unwritten_bytes", "UNWRITTEN", REPORT_SIZE, false },
		{ "owner", "OWNER", REPORT_TEXT, true },
		{ "state", "STATE", REPORT_TEXT, false },
		{ "node", "NODE", REPORT_TEXT, true },
		{ NULL, NULL, 0, false }
	};

	if (json_object_array_length(volumes))
		report_table(volumes, columns);
	else
		puts("No volumes.");
}
