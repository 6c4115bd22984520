// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "create-report.h"
#include "lib/activate.h"
#include "lib/engine/text.h"
#include "lib/ident.h"
#include "lib/profile.h"
#include "lib/setup.h"
#include "lib/verify.h"
#include "report.h"
#include "ui.h"

#define DEFAULT_POOL	"pool"

static struct {
	const char *device, *pool, *profile, *chunk;
	struct cli_list volumes;
	bool force, yes, dry_run, image, no_activate, json;
} opt;

static const struct cli_option options[] = {
	{ .name = "device", .arg = "DEV", .text = &opt.device,
	  .help = "the disk or partition to use; all of it is overwritten" },
	{ .name = "pool", .arg = "NAME", .text = &opt.pool,
	  .help = "the pool's name (default \"" DEFAULT_POOL "\")" },
	{ .name = "profile", .arg = "P", .text = &opt.profile,
	  .help = "volumes to make: fstests_default (7 x 10G, the default), fstests_small (7 x 5G), fstests_large (7 x 50G), empty" },
	{ .name = "volume", .arg = "NAME:SIZE[:thin]", .list = &opt.volumes,
	  .help = "a volume instead of a profile; may be given several times" },
	{ .name = "chunk", .arg = "SIZE", .text = &opt.chunk,
	  .help = "unit of allocation, a power of two from 64K (default: the smallest that suits the device)" },
	{ .name = "force", .flag = &opt.force,
	  .help = "go on although there is data on the device; never overrides \"mounted\", \"in use\", \"system disk\" or a member of RAID, LVM, LUKS" },
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
	struct kdpu_plan plan;
	uint64_t chunk;
	const char *pool;
	struct json_object *report;
};

static void on_signal(int sig)
{
	(void)sig;
	kdpu_disk_interrupt();
}

/* While the disk is written a signal leads to the way back, not to an end. */
static void catch_signals(void (*handler)(int))
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct sigaction sa = { .sa_handler = handler };
	size_t i;

	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &sa, NULL);
}

static int read_volumes(struct create *c, struct kdpu_err *err)
{
	size_t i;
	int ret = 0;

	if (opt.volumes.nr && opt.profile) {
		kdpu_fail(err, -EINVAL, "--profile and --volume are both given");
		return kdpu_expected(err, "one of them");
	}
	if (!opt.volumes.nr)
		return kdpu_profile_expand(opt.profile ? opt.profile :
					   KDPU_DEFAULT_PROFILE, &c->volumes,
					   err);
	for (i = 0; !ret && i < opt.volumes.nr; i++)
		ret = kdpu_volspecs_parse(&c->volumes, opt.volumes.v[i], err);
	return ret;
}

static int check_dm_names(const struct create *c, struct kdpu_err *err)
{
	char name[KDPU_DM_NAME_SIZE];
	size_t i;

	for (i = 0; i < c->volumes.nr; i++) {
		if (!kdpu_dm_name(name, c->pool, c->volumes.v[i].name))
			continue;
		kdpu_fail(err, -ENAMETOOLONG, "pool and volume name %s %s are too long for device-mapper together",
			  c->pool, c->volumes.v[i].name);
		return kdpu_expected(err, "fewer hyphens: each counts twice");
	}
	return 0;
}

static int read_arguments(struct create *c, struct kdpu_err *err)
{
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
	ret = read_volumes(c, err);
	if (!ret)
		ret = check_dm_names(c, err);
	if (!ret && opt.chunk)
		ret = kdpu_parse_size(opt.chunk, &c->chunk, err);
	return ret;
}

/* Device and safety checks, shown; the findings are judged later. */
static int examine(struct create *c, struct kdpu_err *err)
{
	struct json_object *device;
	int ret = kdpu_device_read(&kdpu_this_host, opt.device, &c->device,
				   err);

	if (ret)
		return ret;
	kdpu_subject_init(&c->subject, &kdpu_this_host, &c->device);
	c->subject.image = opt.image;
	c->subject.force = opt.force;
	c->nr_findings = kdpu_safety_count();
	c->findings = calloc(c->nr_findings, sizeof(*c->findings));
	if (!c->findings)
		return kdpu_fail_memory(err);
	kdpu_safety_run(&c->subject, c->findings);
	device = create_device_json(&c->subject);
	report_add_object(c->report, "device", device);
	report_add_object(c->report, "checks",
			  create_checks_json(c->findings, c->nr_findings));
	if (!opt.json) {
		create_show_device(device);
		create_show_checks("Safety checks", c->findings, c->nr_findings);
	}
	return 0;
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
	return kdpu_todo(err, "%s", f->todo);
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

	catch_signals(on_signal);
	ret = kdpu_setup_write(&c->subject, &f, &restored, err);
	catch_signals(SIG_DFL);
	if (ret)
		return ret;
	report_add(c->report, "uuid", kdpu_uuid_text(f.uuid, uuid));
	/* the claim ends here: the kernel wants it */
	kdpu_disk_close(&c->subject.disk);
	if (!opt.json)
		printf("The pool %s is on %s.\n", c->pool, c->device.path);
	return 0;
}

static void finish(struct create *c, const struct kdpu_pool *p)
{
	struct kdpu_finding findings[KDPU_NR_VERIFY];

	kdpu_verify(&kdpu_this_host, &c->device, p, c->plan.chunk_bytes,
		    findings);
	report_add_object(c->report, "verified",
			  create_checks_json(findings, KDPU_NR_VERIFY));
	if (opt.json)
		return;
	create_show_checks("Active and verified", findings, KDPU_NR_VERIFY);
	create_show_next(c->pool, c->device.given, p);
}

/* The pool is made whatever comes of this. */
static int activate(struct create *c, struct kdpu_err *err)
{
	struct kdpu_activation done;
	struct kdpu_err why;
	struct kdpu_pool p;
	int ret;

	report_add_bool(c->report, "active", false);
	if (!c->device.block || opt.no_activate)
		return 0;
	if (kdpu_dm_ready(&why)) {
		ui_note("not activated: %s", why.what);
		ui_note("later: " PROGRAM " activate %s", c->device.given);
		return 0;
	}
	ret = kdpu_activate(c->device.path, c->pool, false, &p, &done, err);
	if (ret) {
		ui_note("the pool was made, but could not be activated");
		return ret;
	}
	report_add_bool(c->report, "active", true);
	if (done.links_missing)
		ui_note("udev made no links in /dev/kdevpool: are the rules of kdevpool installed?");
	finish(c, &p);
	kdpu_pool_free(&p);
	return 0;
}

static int work(struct create *c)
{
	struct kdpu_err err = { };
	int ret = read_arguments(c, &err);

	if (ret)
		return ui_usage(&err);
	ret = examine(c, &err);
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
	if (!opt.yes && !ui_ask_yes("Everything on the device will be lost.")) {
		kdpu_fail(&err, -ECANCELED, "not confirmed, nothing was written");
		kdpu_expected(&err, "the word YES, in capitals");
		ui_error(&err);
		return EXIT_DECLINED;
	}
	ret = write_pool(c, &err);
	if (!ret)
		ret = activate(c, &err);
	return ret ? ui_error(&err) : EXIT_DONE;
}

static int run(int nr, char **args)
{
	struct create c = { .subject = { .disk = { .fd = -1 } } };
	int code;

	(void)nr;
	(void)args;
	c.report = json_object_new_object();
	code = work(&c);
	if (opt.json)
		report_json(c.report);
	else
		json_object_put(c.report);
	kdpu_subject_free(&c.subject);
	kdpu_device_free(&c.device);
	kdpu_volspecs_free(&c.volumes);
	free(c.findings);
	return code;
}

const struct cli_command cmd_create = {
	.name = "create",
	.synopsis = "--device DEV [--pool NAME] [--profile P | --volume NAME:SIZE ...] [--chunk SIZE] [--force] [--yes] [--dry-run]",
	.summary = "Make a pool with volumes on a disk and activate it",
	.details =
		"Shows the device, examines whether it may be overwritten, shows what will be made, and asks.  A check that cannot find out refuses.\n"
		"When something fails, or on Ctrl-C, what was overwritten so far is written back.",
	.options = options,
	.run = run,
};
