// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "create-finish.h"
#include "create-report.h"
#include "create-volumes.h"
#include "lib/engine/text.h"
#include "lib/ident.h"
#include "lib/residue.h"
#include "lib/scheduler.h"
#include "lib/setup.h"
#include "report.h"
#include "signals.h"
#include "ui.h"

#define DEFAULT_POOL	"pool"

static struct {
	const char *device, *pool, *profile, *file, *chunk;
	struct cli_list volumes;
	bool force, clear, yes, dry_run, image, no_activate, json;
} opt;

static const struct cli_option options[] = {
	{ .name = "device", .arg = "DEV", .text = &opt.device,
	  .help = "the disk or partition to use; all of it is overwritten" },
	{ .name = "pool", .arg = "NAME", .text = &opt.pool,
	  .help = "the pool's name (default \"" DEFAULT_POOL "\")" },
	{ .name = "profile", .arg = "P", .text = &opt.profile,
	  .help = "volumes to make: fstests_default (7 x 10G, the default), fstests_small (7 x 5G), fstests_large (7 x 50G), empty, or one of your own (profile list)" },
	{ .name = "volumes", .arg = "FILE", .text = &opt.file,
	  .help = "volumes from a file in the form of a profile" },
	{ .name = "volume", .arg = "NAME:SIZE[:thin]", .list = &opt.volumes,
	  .help = "a volume instead of a profile; may be given several times" },
	{ .name = "chunk", .arg = "SIZE", .text = &opt.chunk,
	  .help = "unit of allocation, a power of two from 64K (default: the smallest that suits the device)" },
	{ .name = "force", .flag = &opt.force,
	  .help = "go on although there is data on the device; never overrides \"mounted\", \"in use\", \"system disk\" or a member of RAID, LVM, LUKS" },
	{ .name = "clear-residue", .flag = &opt.clear,
	  .help = "stop arrays of md and volume groups of LVM that are on the device and that nothing uses, and remove what is on it of them; asks first" },
	{ .name = "yes", .flag = &opt.yes,
	  .help = "do not ask; does not replace --force" },
	{ .name = "dry-run", .flag = &opt.dry_run,
	  .help = "show everything, write nothing" },
	{ .name = "image", .flag = &opt.image,
	  .help = "the device is an image file; it is formatted only" },
	{ .name = "no-activate", .flag = &opt.no_activate,
	  .help = "format only" },
	{ .name = "json", .flag = &opt.json,
	  .help = "print the report as JSON; needs --yes or --dry-run" },
	{ .name = NULL }
};

/* All that create works on. */
struct create {
	struct kdpu_device device;
	struct kdpu_subject subject;
	struct kdpu_volspecs volumes;
	struct kdpu_finding *findings;
	size_t nr_findings;
	struct kdpu_residue residue;
	struct kdpu_plan plan;
	uint64_t chunk;
	const char *pool;
	struct json_object *report;
};

static int read_arguments(struct create *c, struct kdpu_err *err)
{
	const struct create_volumes from = {
		.given = &opt.volumes, .profile = opt.profile,
		.file = opt.file,
	};
	int ret;

	if (!opt.device) {
		kdpu_fail(err, -EINVAL, "no device is named");
		return kdpu_expected(err, "--device DEV");
	}
	if (opt.json && !opt.yes && !opt.dry_run) {
		kdpu_fail(err, -EINVAL, "--json cannot ask questions");
		return kdpu_expected(err, "--yes or --dry-run with it");
	}
	c->pool = opt.pool ? opt.pool : DEFAULT_POOL;
	if (!kdpu_pool_name_ok(c->pool)) {
		kdpu_fail(err, -EINVAL, "\"%.80s\" is no name for a pool",
			  c->pool);
		return kdpu_expected(err, "1 to 31 of A-Z a-z 0-9 . _ + -, not starting with . or -");
	}
	ret = create_read_volumes(&from, c->pool, &c->volumes, err);
	if (!ret && opt.chunk)
		ret = kdpu_parse_size(opt.chunk, &c->chunk, err);
	return ret;
}

static int read_device(struct create *c, struct kdpu_err *err)
{
	int ret = kdpu_device_read(&kdpu_this_host, opt.device, &c->device,
				   err);

	if (ret && !err->expected[0])
		kdpu_expected(err, "to be able to see what the device is");
	if (ret && !err->todo[0])
		kdpu_todo(err, "name a device that is there; /sys must be mounted");
	return ret;
}

/* Device and safety checks; the findings are judged later. */
static int examine(struct create *c, enum kdpu_clear clear,
		   struct kdpu_err *err)
{
	int ret = read_device(c, err);

	if (ret)
		return ret;
	kdpu_subject_init(&c->subject, &kdpu_this_host, &c->device);
	c->subject.image = opt.image;
	c->subject.force = opt.force;
	c->subject.clear = clear;
	c->nr_findings = kdpu_safety_count();
	c->findings = calloc(c->nr_findings, sizeof(*c->findings));
	if (!c->findings)
		return kdpu_fail_memory(err);
	kdpu_safety_run(&c->subject, c->findings);
	if (!c->device.block)
		return 0;
	if (kdpu_scheduler_read(&kdpu_this_host, &c->device,
				c->device.scheduler))
		c->device.scheduler[0] = 0;
	return kdpu_residue_find(&kdpu_this_host, &c->device,
				 &c->subject.signatures, &c->residue, err);
}

static void forget(struct create *c)
{
	kdpu_subject_free(&c->subject);
	kdpu_device_free(&c->device);
	kdpu_residue_free(&c->residue);
	free(c->findings);
	c->findings = NULL;
}

static void show(struct create *c)
{
	struct json_object *device = create_device_json(&c->subject);
	struct json_object *residue = create_residue_json(&c->residue);

	report_add_object(c->report, "device", device);
	report_add_object(c->report, "checks",
			  create_checks_json(c->findings, c->nr_findings));
	report_add_object(c->report, "residue", residue);
	if (opt.json)
		return;
	create_show_device(device);
	create_show_checks("Safety checks", c->findings, c->nr_findings);
	create_show_residue(residue);
}

/* "exclusive use" fails after others, which say more: it is told last. */
static const struct kdpu_finding *worst(const struct create *c,
					enum kdpu_verdict v)
{
	const struct kdpu_finding *f, *found = NULL;

	for (f = c->findings; f < c->findings + c->nr_findings; f++)
		if (f->verdict == v &&
		    (!found || !strcmp(found->name, "exclusive use")))
			found = f;
	return found;
}

static int judge(const struct create *c, struct kdpu_err *err)
{
	enum kdpu_verdict v = kdpu_safety_verdict(c->findings, c->nr_findings);
	const struct kdpu_finding *f = worst(c, v);

	if (v < KDPU_NEEDS_FORCE)
		return 0;
	kdpu_fail(err, -EBUSY, "%s will not be touched: %s", c->device.path,
		  f->text);
	kdpu_expected(err, v == KDPU_REFUSED ?
		      "a device that nothing uses and nothing needs" :
		      "an empty device");
	if (opt.clear || !c->residue.nr || c->residue.blocked[0] ||
	    !create_is_residue(f->name))
		return kdpu_todo(err, "%s", f->todo);
	return kdpu_todo(err, "if nothing of that is needed: the commands above, or --clear-residue");
}

/* Stop what nothing uses; then everything is looked at again. */
static int clear_residue(struct create *c, struct kdpu_err *err)
{
	char question[200];
	int ret;

	snprintf(question, sizeof(question), "What is left of arrays and volume groups will be stopped and removed from %.100s.",
		 opt.device);
	if (c->residue.nr && !opt.yes && !ui_ask_yes(question))
		return kdpu_fail(err, -ECANCELED, "not confirmed, nothing was stopped");
	kdpu_disk_close(&c->subject.disk);	/* ends the claim */
	ret = kdpu_residue_stop(&c->residue, &c->device, err);
	if (ret)
		return ret;
	forget(c);
	ret = examine(c, KDPU_CLEARED, err);
	return ret ? ret : judge(c, err);
}

static int blocked(const struct create *c, struct kdpu_err *err)
{
	if (!opt.clear || !c->residue.blocked[0])
		return 0;
	kdpu_fail(err, -EBUSY, "--clear-residue cannot clear %s: %s",
		  c->device.path, c->residue.blocked);
	kdpu_expected(err, "arrays of md and volume groups of LVM, wholly on this device, and nothing else");
	return kdpu_todo(err, "take it apart by hand; see lsblk %s",
			 c->device.path);
}

static int confirm(struct create *c, struct kdpu_err *err)
{
	int ret = opt.clear ? clear_residue(c, err) : 0;

	if (!ret && !opt.yes &&
	    !ui_ask_yes("Everything on the device will be lost."))
		ret = kdpu_fail(err, -ECANCELED, "not confirmed, nothing was written");
	if (ret == -ECANCELED)
		kdpu_expected(err, "the word YES, in capitals");
	return ret;
}

static int show_plan(struct create *c, struct kdpu_err *err)
{
	struct json_object *plan;
	int ret = kdpu_plan_make(c->device.bytes, c->chunk, &c->volumes,
				 &c->plan, err);

	if (ret)
		return ret;
	plan = create_plan_json(c->pool, &c->plan, &c->volumes);
	report_add_object(c->report, "plan", plan);
	if (!opt.json)
		create_show_plan(plan);
	return 0;
}

static int write_pool(struct create *c, struct kdpu_err *err)
{
	struct kdpu_format f = {
		.name = c->pool,
		.serial = c->device.serial,
		.chunk_bytes = c->chunk,
		.volumes = &c->volumes,
		.uid = kdpu_caller_uid(),
	};
	char uuid[KDPU_UUID_TEXT];
	bool restored;
	int ret;

	/* a signal leads to the way back, not to an end */
	signals_stop_writing(true);
	ret = kdpu_setup_write(&c->subject, &f, &restored, err);
	signals_stop_writing(false);
	if (ret)
		return ret;
	report_add(c->report, "uuid", kdpu_uuid_text(f.uuid, uuid));
	/* the claim ends here: the kernel wants it */
	kdpu_disk_close(&c->subject.disk);
	if (!opt.json)
		printf("The pool %s is on %s.\n", c->pool, c->device.path);
	return 0;
}

static int work(struct create *c)
{
	struct kdpu_err err = { };
	struct create_finish done = {
		.device = &c->device, .report = c->report, .quiet = opt.json,
	};
	int ret = read_arguments(c, &err);

	if (ret)
		return ui_usage(&err);
	ret = examine(c, opt.clear ? KDPU_WILL_CLEAR : KDPU_KEEP, &err);
	if (ret)
		return ui_error(&err);
	show(c);
	ret = blocked(c, &err);
	if (!ret)
		ret = judge(c, &err);
	if (!ret)
		ret = show_plan(c, &err);
	if (ret)
		return ui_error(&err);
	if (opt.dry_run) {
		if (!opt.json)
			puts("Dry run: nothing was written.");
		return EXIT_DONE;
	}
	ret = confirm(c, &err);
	if (!ret)
		ret = write_pool(c, &err);
	done.pool = c->pool;
	done.chunk_bytes = c->plan.chunk_bytes;
	if (!ret && !opt.no_activate)
		ret = create_activate(&done, &err);
	if (ret != -ECANCELED)
		return ret ? ui_error(&err) : EXIT_DONE;
	ui_error(&err);
	return EXIT_DECLINED;
}

static int run(int nr, char **args)
{
	struct create c = { .subject = { .disk = { .fd = -1, .claim = -1 } } };
	int code;

	(void)nr;
	(void)args;
	c.report = json_object_new_object();
	code = work(&c);
	if (opt.json)
		report_json(c.report);
	else
		json_object_put(c.report);
	forget(&c);
	kdpu_volspecs_free(&c.volumes);
	return code;
}

const struct cli_command cmd_create = {
	.name = "create",
	.synopsis = "--device DEV [--pool NAME] [--profile P | --volumes FILE | --volume NAME:SIZE ...] [--chunk SIZE] [--force] [--clear-residue] [--yes] [--dry-run]",
	.summary = "Make a pool with volumes on a disk and activate it",
	.details =
		"Shows the device, examines whether it may be overwritten, shows what will be made, and asks.  A check that cannot find out refuses.\n"
		"One process writes and another one watches: when something fails, on Ctrl-C, or when either of them is killed, what was overwritten so far is written back, partition table included.  After a power cut meanwhile the disk shows no pool.\n"
		"Then the pool is activated, the I/O scheduler of the disk is set (none for NVMe, mq-deadline for an SSD, bfq or mq-deadline for a rotating disk), and it looks whether the alignment is right and the volumes can be opened.",
	.options = options,
	.run = run,
};
