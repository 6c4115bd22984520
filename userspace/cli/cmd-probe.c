// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "lib/facts.h"
#include "report.h"
#include "ui.h"

static struct {
	bool udev, json;
} opt;

static const struct cli_option options[] = {
	{ .name = "udev", .flag = &opt.udev,
	  .help = "print properties for udev; nothing when there is no pool" },
	{ .name = "json", .flag = &opt.json,
	  .help = "print the report as JSON" },
	{ .name = NULL }
};

/*
 * What blkid prints for members of other kinds; names need no quoting.  The
 * confidence is that of activate --auto, which also looks for copies.
 */
static int for_udev(const struct kdpu_super *s, unsigned int score)
{
	char uuid[KDPU_UUID_TEXT];

	kdpu_uuid_text(s->uuid, uuid);
	printf("ID_FS_TYPE=kdevpool_member\nID_FS_USAGE=raid\n"
	       "ID_FS_VERSION=1\n"
	       "ID_FS_UUID=%s\nID_FS_UUID_ENC=%s\n"
	       "ID_FS_LABEL=%s\nID_FS_LABEL_ENC=%s\n"
	       "KDEVPOOL_CONFIDENCE=%u\n",
	       uuid, uuid, s->name, s->name, score);
	return EXIT_DONE;
}

/* By superblocks and sysfs; no other device is looked at. */
static unsigned int confidence(const char *path, const struct kdpu_disk *d,
			       const struct kdpu_super *s)
{
	struct kdpu_decision decision;
	struct kdpu_facts facts;
	struct stat st;
	dev_t dev;

	dev = fstat(d->fd, &st) || !S_ISBLK(st.st_mode) ? 0 : st.st_rdev;
	kdpu_facts_disk(&kdpu_this_host, path, dev, d->bytes, s, &facts);
	kdpu_decide_score(&facts, &decision);
	return decision.score;
}

static int report(const char *path, const struct kdpu_super *s,
		  unsigned int score)
{
	static const struct report_field fields[] = {
		{ "pool", "pool", REPORT_TEXT, false },
		{ "uuid", "uuid", REPORT_TEXT, false },
		{ "size_bytes", "size", REPORT_SIZE, false },
		{ "chunk_bytes", "chunk", REPORT_SIZE, false },
		{ "created", "created", REPORT_TIME, false },
		{ "activated", "last activated", REPORT_TIME, false },
		{ "host", "by host", REPORT_TEXT, false },
		{ "serial", "device serial", REPORT_TEXT, false },
		{ "clean", "closed cleanly", REPORT_YES_NO, false },
		{ "confidence", "confidence", REPORT_NUMBER, false },
		{ "superblocks_valid", "valid superblocks", REPORT_NUMBER, false },
		{ NULL, NULL, 0, false }
	};
	struct json_object *o = json_object_new_object();
	char uuid[KDPU_UUID_TEXT], hex[KDPU_UUID_HEX];

	report_add(o, "device", path);
	report_add(o, "pool", s->name);
	report_add(o, "uuid", kdpu_uuid_text(s->uuid, uuid));
	report_add_number(o, "size_bytes", s->bytes);
	report_add_number(o, "chunk_bytes", s->chunk_bytes);
	report_add_number(o, "epoch", s->epoch);
	report_add_number(o, "created", s->created);
	report_add_number(o, "activated", s->activated);
	report_add(o, "host", s->host);
	report_add(o, "machine_id", kdpu_uuid_hex(s->machine_id, hex));
	report_add_bool(o, "clean", s->clean);
	report_add(o, "serial", s->serial);
	report_add_number(o, "confidence", score);
	report_add_number(o, "superblocks_valid", s->nr_valid);
	report_add_bool(o, "mixed", s->mixed);
	if (opt.json)
		return report_json(o);
	report_fields(o, fields);
	json_object_put(o);
	return EXIT_DONE;
}

static int run(int nr, char **args)
{
	unsigned int score = 0;
	struct kdpu_super s;
	struct kdpu_disk d;
	struct kdpu_err err;
	int ret;

	(void)nr;
	if (kdpu_disk_open(&d, args[0], &err))
		return opt.udev ? EXIT_FAILED : ui_error(&err);
	ret = kdpu_super_read(&d, &s, &err);
	if (!ret)
		score = confidence(args[0], &d, &s);
	kdpu_disk_close(&d);
	/* superblocks of two pools: neither may be activated */
	if (!ret && s.mixed)
		ret = kdpu_fail(&err, -EUCLEAN, "%s holds superblocks of two pools",
				args[0]);
	if (!ret && opt.udev)
		return for_udev(&s, score);
	if (!ret)
		return report(args[0], &s, score);
	if (!opt.udev)
		ui_error(&err);
	return EXIT_CHECK_LOST;
}

const struct cli_command cmd_probe = {
	.name = "probe",
	.synopsis = "DEV [--udev] [--json]",
	.summary = "Tell quickly whether a disk holds a pool, and which",
	.details = "Reads the superblocks only.  Exit code 2: no pool.",
	.options = options,
	.min_args = 1,
	.max_args = 1,
	.run = run,
	.light = true,
};
