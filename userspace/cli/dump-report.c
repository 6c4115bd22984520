// SPDX-License-Identifier: GPL-2.0-only
/* The text form of a dump: parts of its JSON object. */
#include <stdio.h>
#include <string.h>

#include "dump-report.h"
#include "lib/size.h"
#include "report.h"
#include "ui.h"

static struct json_object *get(struct json_object *o, const char *key)
{
	struct json_object *v = NULL;

	json_object_object_get_ex(o, key, &v);
	return v;
}

/* What a member says; good until eight more are asked for. */
static const char *text(struct json_object *o, const char *key)
{
	static char ring[8][128];
	static unsigned int next;
	struct json_object *v = get(o, key);
	char *buf = ring[next++ % 8];

	snprintf(buf, sizeof(ring[0]), "%s",
		 v ? json_object_get_string(v) : "-");
	return ui_safe(buf);
}

static size_t length(struct json_object *a)
{
	return a ? json_object_array_length(a) : 0;
}

static void heading(const char *title)
{
	printf("\n%s%s%s\n", ui_colour(stdout, UI_BOLD), title,
	       ui_colour(stdout, UI_PLAIN));
}

/* "type 2, replica 1, block 77, epoch 3, sequence 9" */
static void show_header(struct json_object *o)
{
	struct json_object *h = get(o, "header");

	if (h)
		printf("    its header: type %s, replica %s, block %s, epoch %s, sequence %s\n",
		       text(h, "type"), text(h, "replica"), text(h, "block"),
		       text(h, "epoch"), text(h, "sequence"));
}

static void show_checkpoint_of(struct json_object *o)
{
	struct json_object *c = get(o, "checkpoint");

	printf("  checkpoint          slot %s, %s blocks, epoch %s, commit %s\n"
	       "                      chain %s, journal from position %s\n",
	       text(c, "slot"), text(c, "nr_blocks"), text(c, "epoch"),
	       text(c, "sequence"), text(c, "chain"), text(c, "journal_pos"));
}

static void show_retired(struct json_object *a)
{
	size_t i;

	if (!length(a))
		return;
	printf("  retired extents, not used any more:");
	for (i = 0; i < length(a); i++)
		printf(" %s", json_object_get_string(
			json_object_array_get_idx(a, i)));
	printf("\n");
}

static void show_super(struct json_object *o)
{
	static const struct report_field fields[] = {
		{ "name", "pool", REPORT_TEXT, false },
		{ "uuid", "uuid", REPORT_TEXT, false },
		{ "epoch", "epoch", REPORT_NUMBER, false },
		{ "sequence", "write", REPORT_NUMBER, false },
		{ "nonce", "nonce", REPORT_TEXT, false },
		{ "clean", "deactivated in order", REPORT_YES_NO, false },
		{ "device_blocks", "device blocks", REPORT_NUMBER, false },
		{ "chunk_blocks", "blocks of a chunk", REPORT_NUMBER, false },
		{ "nr_chunks", "chunks", REPORT_NUMBER, false },
		{ "journal_blocks", "journal blocks", REPORT_NUMBER, false },
		{ "slot_blocks", "checkpoint slot", REPORT_NUMBER, false },
		{ "max_volumes", "most volumes", REPORT_NUMBER, false },
		{ "start_sequence", "epoch began at", REPORT_NUMBER, false },
		{ "start_chain", "with chain", REPORT_TEXT, false },
		{ "created", "created", REPORT_TIME, false },
		{ "activated", "activated", REPORT_TIME, false },
		{ "machine_id", "by machine", REPORT_TEXT, false },
		{ "host", "by host", REPORT_TEXT, false },
		{ "serial", "device serial", REPORT_TEXT, false },
		{ NULL, NULL, 0, false }
	};
	static const struct report_field places[] = {
		{ "replica", "COPY", REPORT_TEXT, false },
		{ "home", "HOME", REPORT_NUMBER, false },
		{ "extent", "EXTENT", REPORT_NUMBER, false },
		{ "health", "HEALTH", REPORT_TEXT, false },
		{ NULL, NULL, 0, false }
	};

	report_fields(o, fields);
	show_checkpoint_of(o);
	report_table(get(o, "replicas"), places);
	show_retired(get(o, "retired"));
}

/* Members that make two superblocks of one write differ: none of these. */
static bool same_super(struct json_object *a, struct json_object *b)
{
	return a && !strcmp(text(a, "sequence"), text(b, "sequence")) &&
	       !strcmp(text(a, "epoch"), text(b, "epoch")) &&
	       !strcmp(text(a, "nonce"), text(b, "nonce")) &&
	       !strcmp(text(a, "uuid"), text(b, "uuid"));
}

/* The first superblock that is the same; @i itself when there is none. */
static size_t first_like(struct json_object *all, size_t i)
{
	struct json_object *o = json_object_array_get_idx(all, i), *other;
	size_t j;

	for (j = 0; j < i; j++) {
		other = json_object_array_get_idx(all, j);
		if (!get(other, "fault") && same_super(other, o))
			return j;
	}
	return i;
}

static void show_supers(struct json_object *all)
{
	struct json_object *o, *other;
	size_t i, like;

	heading("Superblocks");
	for (i = 0; i < length(all); i++) {
		o = json_object_array_get_idx(all, i);
		printf("%s slot %s, block %s: ", text(o, "replica"),
		       text(o, "slot"), text(o, "block"));
		if (get(o, "fault")) {
			puts(text(o, "fault"));
			show_header(o);
			continue;
		}
		like = first_like(all, i);
		if (like == i) {
			puts("ok");
			show_super(o);
			continue;
		}
		other = json_object_array_get_idx(all, like);
		printf("ok, says the same as %s slot %s\n",
		       text(other, "replica"), text(other, "slot"));
	}
}

static void show_volume(struct json_object *v, const char *indent)
{
	char size[KDPU_SIZE_TEXT];

	kdpu_size_text(json_object_get_uint64(get(v, "sectors")) * 512, size);
	printf("%s#%s %s, %s%s, uid %s\n", indent, text(v, "id"),
	       text(v, "name"), size,
	       json_object_get_boolean(get(v, "thin")) ? " thin" : "",
	       text(v, "uid"));
	if (get(v, "session") || get(v, "tags"))
		printf("%s  session %s, tags %s\n", indent, text(v, "session"),
		       text(v, "tags"));
}

static void show_extents(struct json_object *a, const char *indent)
{
	struct json_object *x;
	size_t i;

	for (i = 0; i < length(a); i++) {
		x = json_object_array_get_idx(a, i);
		printf("%schunks %s +%s at %s%s\n", indent, text(x, "logical"),
		       text(x, "count"), text(x, "physical"),
		       json_object_get_boolean(get(x, "unwritten")) ?
		       ", unwritten" : "");
	}
}

static void show_content(struct json_object *b)
{
	struct json_object *v = get(b, "volumes");
	size_t i;

	if (get(b, "nr_bitmap"))
		printf("    %s volumes, next is #%s; blocks: %s bitmap, %s volumes, %s map\n",
		       text(b, "nr_volumes"), text(b, "next_volume"),
		       text(b, "nr_bitmap"), text(b, "nr_volume_blocks"),
		       text(b, "nr_map_blocks"));
	if (get(b, "chunks_used"))
		printf("    from chunk %s on: %s in use\n",
		       text(b, "first_chunk"), text(b, "chunks_used"));
	for (i = 0; i < length(v); i++)
		show_volume(json_object_array_get_idx(v, i), "    ");
	if (get(b, "count"))
		printf("    volume #%s: %s extents\n", text(b, "volume"),
		       text(b, "count"));
	show_extents(get(b, "extents"), "      ");
}

static void show_checkpoint(struct json_object *c)
{
	struct json_object *b, *copies, *copy, *blocks = get(c, "blocks");
	size_t i, r;

	heading("Checkpoint");
	if (!c) {
		puts("not known: no superblock is valid");
		return;
	}
	printf("slot %s, %s blocks, epoch %s, commit %s\n", text(c, "slot"),
	       text(c, "nr_blocks"), text(c, "epoch"), text(c, "sequence"));
	for (i = 0; i < length(blocks); i++) {
		b = json_object_array_get_idx(blocks, i);
		printf("  %s %s\n", text(b, "index"), text(b, "type"));
		copies = get(b, "copies");
		for (r = 0; r < length(copies); r++) {
			copy = json_object_array_get_idx(copies, r);
			if (get(copy, "fault"))
				printf("    %s block %s: %s\n",
				       text(copy, "replica"),
				       text(copy, "block"),
				       text(copy, "fault"));
		}
		show_content(b);
	}
}

static void show_record(struct json_object *r)
{
	if (get(r, "name")) {
		printf("    %s\n", text(r, "type"));
		show_volume(r, "      ");
	} else if (get(r, "logical")) {
		printf("    %s #%s: chunks %s +%s at %s%s\n", text(r, "type"),
		       text(r, "volume"), text(r, "logical"), text(r, "count"),
		       text(r, "physical"),
		       json_object_get_boolean(get(r, "unwritten")) ?
		       ", unwritten" : "");
	} else {
		printf("    %s #%s\n", text(r, "type"), text(r, "volume"));
	}
}

static void show_commit(struct json_object *b)
{
	struct json_object *a = get(b, "replicas");
	size_t i;

	printf("  position %s: commit %s, part %s of %s, epoch %s%s; on",
	       text(b, "pos"), text(b, "sequence"), text(b, "part"),
	       text(b, "nr_parts"), text(b, "epoch"),
	       json_object_get_boolean(get(b, "replayed")) ? "" :
	       " (not replayed)");
	for (i = 0; i < length(a); i++)
		printf(" %s",
		       json_object_get_string(json_object_array_get_idx(a, i)));
	putchar('\n');
	a = get(b, "records");
	for (i = 0; i < length(a); i++)
		show_record(json_object_array_get_idx(a, i));
	if (get(b, "records_fault"))
		printf("    then: %s\n", text(b, "records_fault"));
}

static void show_journal(struct json_object *j)
{
	struct json_object *a = get(j, "blocks"), *o;
	size_t i;

	heading("Journal");
	if (!j) {
		puts("not known: no superblock is valid");
		return;
	}
	printf("from position %s, %s blocks to replay\n",
	       text(j, "journal_pos"), text(j, "blocks_used"));
	for (i = 0; i < length(a); i++)
		show_commit(json_object_array_get_idx(a, i));
	a = get(j, "damaged");
	for (i = 0; i < length(a); i++) {
		o = json_object_array_get_idx(a, i);
		printf("  %s block %s: %s%s\n", text(o, "replica"),
		       text(o, "block"), text(o, "fault"),
		       json_object_get_boolean(get(o, "needed")) ? "" :
		       " (not needed)");
		show_header(o);
	}
}

static void show_volumes(struct json_object *a)
{
	struct json_object *v;
	size_t i;

	heading("Volumes, after the journal");
	if (!a) {
		puts("not known: the pool cannot be opened");
		return;
	}
	for (i = 0; i < length(a); i++) {
		v = json_object_array_get_idx(a, i);
		show_volume(v, "  ");
		printf("    %s chunks, %s mapped, %s of them unwritten\n",
		       text(v, "chunks"), text(v, "mapped"),
		       text(v, "unwritten"));
		show_extents(get(v, "extents"), "      ");
	}
}

void dump_show(struct json_object *o)
{
	static const struct {
		const char *key;
		void (*show)(struct json_object *part);
	} parts[] = {
		{ "superblocks", show_supers },
		{ "checkpoint", show_checkpoint },
		{ "journal", show_journal },
		{ "volumes", show_volumes },
	};
	struct json_object *v;
	size_t i;

	printf("%s: ", json_object_get_string(get(o, "device")));
	ui_wrap(stdout, 2, json_object_get_boolean(get(o, "opened")) ?
		"the pool can be opened" :
		json_object_get_string(get(o, "reason")));
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (json_object_object_get_ex(o, parts[i].key, &v))
			parts[i].show(v);
}
