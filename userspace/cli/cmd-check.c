// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>

#include "lib/active.h"
#include "lib/diagnose.h"
#include "lib/engine/check.h"
#include "report.h"
#include "ui.h"

#define SHOWN	20	/* faults in the text form; JSON has all */

static struct {
	bool json;
} opt;

static const struct cli_option options[] = {
	{ .name = "json", .flag = &opt.json,
	  .help = "print the report as JSON" },
	{ .name = NULL }
};

static const char *const verdicts[] = {
	[KDPU_CHECK_CLEAN] = "clean",
	[KDPU_CHECK_DAMAGED] = "damaged, nothing is lost",
	[KDPU_CHECK_LOST] = "beyond recovery",
};

static void add_copy(struct json_object *o, unsigned int r, const void *data)
{
	const struct kdpu_check *c = data;
	const struct kdpu_replica *p = &c->replica[r];

	report_add(o, "super0", p->super[0]);
	report_add(o, "super1", p->super[1]);
	report_add(o, "state", p->out_of_date ? "out of date" :
		   p->stale ? "stale" : "current");
	if (c->found)
		report_add_number(o, "extent_block", p->extent);
	else
		report_add(o, "extent_block", NULL);
	report_add_number(o, "checkpoint_bad", p->checkpoint_bad);
	report_add_number(o, "journal_bad", p->journal_bad);
}

static struct json_object *faults_json(const struct kdpu_check *c)
{
	struct json_object *a = json_object_new_array(), *o;
	size_t i;

	for (i = 0; i < c->nr_faults; i++) {
		o = report_place(c->faults[i].replica, c->faults[i].area,
				 c->faults[i].block);
		report_add(o, "fault", c->faults[i].fault);
		json_object_array_add(a, o);
	}
	return a;
}

static struct json_object *volumes_json(const struct kdpu_check *c)
{
	struct json_object *a = json_object_new_array(), *o;
	size_t i;

	for (i = 0; i < c->nr_volumes; i++) {
		o = json_object_new_object();
		report_add(o, "name", c->volumes[i].name);
		report_add_number(o, "id", c->volumes[i].id);
		report_add_number(o, "size_bytes", c->volumes[i].bytes);
		report_add_number(o, "mapped_bytes",
				  c->volumes[i].mapped_bytes);
		report_add_number(o, "unwritten_bytes",
				  c->volumes[i].unwritten_bytes);
		json_object_array_add(a, o);
	}
	return a;
}

static void add_pool(struct json_object *o, const struct kdpu_check *c)
{
	char uuid[KDPU_UUID_TEXT];

	report_add(o, "pool", c->name);
	report_add(o, "uuid", kdpu_uuid_text(c->uuid, uuid));
	report_add_number(o, "size_bytes", c->device_bytes);
	report_add_number(o, "chunk_bytes", c->chunk_bytes);
	report_add_number(o, "epoch", c->epoch);
	report_add_number(o, "sequence", c->sequence);
	report_add_number(o, "created", c->created);
	report_add_number(o, "activated", c->activated);
	report_add(o, "host", c->host);
	report_add_bool(o, "clean_shutdown", c->clean);
	report_add_number(o, "copies_current", c->replicas_current);
	report_add_number(o, "extents_retired", c->nr_retired);
	if (!c->opened)
		return;
	report_add_number(o, "chunks", c->chunks);
	report_add_number(o, "chunks_used", c->chunks_used);
	report_add_number(o, "commits_replayed", c->commits_replayed);
	report_add_number(o, "mapped_but_free", c->mapped_but_free);
	report_add_number(o, "leaked", c->leaked);
	report_add_number(o, "doubly_mapped", c->doubly_mapped);
}

static struct json_object *check_json(const char *path,
				      const struct kdpu_check *c,
				      const struct kdpu_err *why)
{
	struct json_object *o = json_object_new_object();

	report_add(o, "device", path);
	report_add_number(o, "result", c->result);
	report_add(o, "verdict", c->found || c->result != KDPU_CHECK_LOST ||
		   why->error == -EUCLEAN ? verdicts[c->result] : "no pool");
	report_add(o, "reason", why->error ? why->what : NULL);
	report_add_bool(o, "pool_found", c->found);
	if (c->found)
		add_pool(o, c);
	report_add_object(o, "replicas", report_copies(add_copy, c));
	report_add_object(o, "faults", faults_json(c));
	report_add_object(o, "volumes", volumes_json(c));
	return o;
}

static void show_pool(struct json_object *o)
{
	static const struct report_field fields[] = {
		{ "pool", "pool", REPORT_TEXT, false },
		{ "uuid", "uuid", REPORT_TEXT, false },
		{ "size_bytes", "size", REPORT_SIZE, false },
		{ "chunk_bytes", "chunk", REPORT_SIZE, false },
		{ "created", "created", REPORT_TIME, false },
		{ "activated", "last activated", REPORT_TIME, false },
		{ "host", "by host", REPORT_TEXT, false },
		{ "epoch", "epoch", REPORT_NUMBER, false },
		{ "sequence", "last commit", REPORT_NUMBER, false },
		{ "clean_shutdown", "deactivated in order", REPORT_YES_NO, false },
		{ "commits_replayed", "commits replayed", REPORT_NUMBER, false },
		{ NULL, NULL, 0, false }
	};

	report_fields(o, fields);
}

static void show_replicas(struct json_object *o, const struct kdpu_check *c)
{
	static const struct report_field columns[] = {
		{ "replica", "COPY", REPORT_TEXT, false },
		{ "super0", "SUPERBLOCK", REPORT_TEXT, true },
		{ "super1", "SECOND", REPORT_TEXT, true },
		{ "state", "STATE", REPORT_TEXT, false },
		{ "extent_block", "EXTENT", REPORT_NUMBER, false },
		{ "checkpoint_bad", "CHECKPOINT", REPORT_NUMBER, false },
		{ "journal_bad", "JOURNAL", REPORT_NUMBER, false },
		{ NULL, NULL, 0, false }
	};
	struct json_object *a;

	json_object_object_get_ex(o, "replicas", &a);
	puts("\nCopies of the metadata (damaged blocks)");
	report_table(a, columns);
	if (c->nr_retired)
		printf("%u place(s) that copies were moved from are not used any more.\n",
		       c->nr_retired);
}

static void show_faults(const struct kdpu_check *c)
{
	size_t i;

	if (!c->nr_faults)
		return;
	puts("\nFaults (blocks of 4 KiB from the start of the device)");
	for (i = 0; i < c->nr_faults && i < SHOWN; i++)
		printf("  R%u  %-10s  block %llu: %s\n", c->faults[i].replica,
		       c->faults[i].area,
		       (unsigned long long)c->faults[i].block,
		       c->faults[i].fault);
	if (c->nr_faults > SHOWN)
		printf("  and %zu more; --json shows all\n",
		       c->nr_faults - SHOWN);
}

static void show_cross(const struct kdpu_check *c)
{
	if (!c->opened)
		return;
	printf("\nVolumes: %zu.  Space against maps: ", c->nr_volumes);
	if (!c->mapped_but_free && !c->leaked && !c->doubly_mapped)
		puts("they agree.");
	else
		printf("%u chunk(s) mapped but free, %u leaked, %u mapped twice.\n",
		       c->mapped_but_free, c->leaked, c->doubly_mapped);
}

static void show(struct json_object *o, const struct kdpu_check *c)
{
	static const enum ui_colour colours[] = {
		[KDPU_CHECK_CLEAN] = UI_GREEN,
		[KDPU_CHECK_DAMAGED] = UI_YELLOW,
		[KDPU_CHECK_LOST] = UI_RED,
	};
	struct json_object *verdict;

	if (c->found)
		show_pool(o);
	show_replicas(o, c);
	show_faults(c);
	show_cross(c);
	json_object_object_get_ex(o, "verdict", &verdict);
	printf("\nVerdict: %s%s%s\n", ui_colour(stdout, colours[c->result]),
	       json_object_get_string(verdict), ui_colour(stdout, UI_PLAIN));
}

/* Its metadata may change between two reads, which looks like damage. */
static void note_if_active(const struct kdpu_check *c)
{
	struct kdpu_err ignored;
	struct kdpu_pool p;

	if (!c->found || kdpu_pool_find_uuid(c->uuid, &p, &ignored))
		return;
	ui_note("the pool %s is active: faults may be changes under way; deactivate it for a verdict",
		p.name);
	kdpu_pool_free(&p);
}

static int finish(const char *path, const struct kdpu_check *c,
		  const struct kdpu_err *why)
{
	struct json_object *o = check_json(path, c, why);
	/* nothing about ten places where there never was a pool */
	bool brief = !c->found && why->error == -ENODEV;

	if (opt.json) {
		report_json(o);
	} else {
		if (!brief)
			show(o, c);
		json_object_put(o);
	}
	if (why->error)
		ui_error(why);
	note_if_active(c);
	return c->result;
}

static int run(int nr, char **args)
{
	struct kdpu_err err = { }, why = { };
	struct kdpu_check c;
	struct kdpu_disk d;
	int code;

	(void)nr;
	if (kdpu_disk_open(&d, args[0], &err)) {
		code = ui_error(&err);
		return code;
	}
	if (kdpu_check_run(&d, &c, &err)) {
		code = ui_error(&err);
	} else {
		/* in words: blank, something else, truncated, all damaged */
		if (!c.opened)
			kdpu_diagnose(&d, args[0], &why);
		code = finish(args[0], &c, &why);
		kdpu_check_free(&c);
	}
	kdpu_disk_close(&d);
	return code;
}

const struct cli_command cmd_check = {
	.name = "check",
	.synopsis = "DEV|IMAGE [--json]",
	.summary = "Examine the pool on a disk or image that is not active",
	.details = "Reads only.  Uses the kernel's own code to find superblocks, load the checkpoint and replay the journal, and names every damaged block of each of the five copies.\nExit code 0: clean.  1: damaged, nothing is lost.  2: beyond recovery, or no pool.  Others: could not be examined.",
	.options = options,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
