// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/active.h"
#include "lib/diagnose.h"
#include "lib/engine/check.h"
#include "lib/engine/mend.h"
#include "lib/engine/repair.h"
#include "lib/users.h"
#include "report.h"
#include "signals.h"
#include "tend.h"
#include "ui.h"

static struct {
	bool yes, dry_run, json, wait;
} opt;

static const struct cli_option options[] = {
	{ .name = "dry-run", .flag = &opt.dry_run,
	  .help = "show what would be written, write nothing" },
	{ .name = "yes", .flag = &opt.yes, .help = "do not ask" },
	{ .name = "wait", .flag = &opt.wait,
	  .help = "of an active pool: until it is done; then tell" },
	{ .name = "json", .flag = &opt.json,
	  .help = "print the report as JSON; needs --yes or --dry-run unless the pool is active" },
	{ .name = NULL }
};

static struct json_object *plan_json(const struct kdpu_repair *p)
{
	struct json_object *a = json_object_new_array(), *o;
	size_t i;

	for (i = 0; i < p->nr; i++) {
		o = report_place(p->w[i].replica, p->w[i].area, p->w[i].block);
		report_add(o, "why", p->w[i].why);
		json_object_array_add(a, o);
	}
	return a;
}

/* An active pool is the kernel's.  This is no node of it, but has its UUID. */
static int refuse_active(const uint8_t *uuid, const char *path,
			 struct kdpu_err *err)
{
	struct kdpu_err ignored;
	struct kdpu_pool pool;

	if (kdpu_pool_find_uuid(uuid, &pool, &ignored))
		return 0;
	kdpu_fail(err, -EBUSY, "the pool %s on %s is active", pool.name, path);
	kdpu_expected(err, "a pool that is not active");
	kdpu_todo(err, PROGRAM " repair %s has the kernel mend it; " PROGRAM " deactivate %s first to have it done here",
		  pool.name, pool.name);
	kdpu_pool_free(&pool);
	return err->error;
}

/* All that can be known without writing. */
static int make_plan(const char *path, struct kdpu_repair *p,
		     struct kdpu_err *err)
{
	struct kdpu_super super;
	struct kdpu_err ignored;
	struct kdpu_disk d;
	int ret = kdpu_disk_open(&d, path, err);

	if (ret)
		return ret;
	if (!kdpu_super_read(&d, &super, &ignored))
		ret = refuse_active(super.uuid, path, err);
	if (!ret)
		ret = kdpu_repair_plan(&d, p, err);
	/* in words: blank, something else, truncated, all damaged */
	if (ret && ret != -EBUSY && ret != -EROFS)
		kdpu_diagnose(&d, path, err);
	kdpu_disk_close(&d);
	return ret;
}

static bool same_plan(const struct kdpu_repair *a, const struct kdpu_repair *b)
{
	size_t i;

	if (a->nr != b->nr || memcmp(a->uuid, b->uuid, sizeof(a->uuid)))
		return false;
	for (i = 0; i < a->nr; i++)
		if (a->w[i].block != b->w[i].block ||
		    memcmp(a->w[i].data, b->w[i].data, 4096))
			return false;
	return true;
}

/* Once more with the disk claimed, then write just what was shown. */
static int write_claimed(struct kdpu_disk *d, const char *path,
			 const struct kdpu_repair *shown, struct kdpu_err *err)
{
	struct kdpu_repair p;
	int ret = kdpu_repair_plan(d, &p, err);

	if (ret)
		return ret;
	if (same_plan(shown, &p))
		ret = kdpu_repair_write(d, &p, err);
	else
		ret = kdpu_fail(err, -EBUSY, "%s changed while it was looked at: nothing was written",
				path);
	kdpu_repair_free(&p);
	return ret;
}

static void report_mended(struct json_object *report,
			  const struct kdpu_mended *m)
{
	struct json_object *a = json_object_new_array(), *o;
	unsigned int r;

	for (r = 0; r < 5; r++) {
		if (!m->copy[r].moved_from)
			continue;
		o = json_object_new_object();
		report_add_replica(o, r);
		report_add_number(o, "moved_from_block", m->copy[r].moved_from);
		report_add_number(o, "extent_block", m->copy[r].extent);
		json_object_array_add(a, o);
	}
	if (!opt.json)
		report_moves(a);
	json_object_object_add(report, "moved", a);
}

/* What was planned cannot be written: as an active pool would be mended. */
static int mend(struct kdpu_disk *d, struct json_object *report,
		struct kdpu_err *err)
{
	struct kdpu_mended m;
	int ret;

	ui_note("%s.  The pool is repaired as if it were active, which moves a copy whose place cannot be written.",
		err->what);
	ret = kdpu_mend(d, &m, err);
	if (!ret)
		report_mended(report, &m);
	return ret;
}

static int carry_out(const char *path, const struct kdpu_repair *shown,
		     struct kdpu_check *after, struct json_object *report,
		     struct kdpu_err *err)
{
	struct kdpu_disk d;
	int ret = kdpu_users_refuse(&kdpu_this_host, path, NULL, err);

	if (!ret)
		ret = kdpu_disk_open_excl(&d, path, err);
	if (ret)
		return ret;
	signals_stop_writing(true);
	ret = write_claimed(&d, path, shown, err);
	if (ret == -EIO)
		ret = mend(&d, report, err);
	signals_stop_writing(false);
	if (!ret)
		ret = kdpu_check_run(&d, after, err);
	kdpu_disk_close(&d);
	return ret;
}

/* What repair leaves alone, for it is the same in the copies that are good. */
static void show_left(const struct kdpu_repair *p)
{
	if (p->mapped_but_free)
		printf("The bitmap calls %u chunk(s) free that volumes have: the next activation mends that.\n",
		       p->mapped_but_free);
	if (p->leaked)
		printf("The bitmap has %u chunk(s) in use that no volume has: lost space, no lost data.\n",
		       p->leaked);
}

static void show(const char *path, const struct kdpu_repair *p)
{
	static const struct report_field columns[] = {
		{ "replica", "COPY", REPORT_TEXT, false },
		{ "area", "AREA", REPORT_TEXT, false },
		{ "block", "BLOCK", REPORT_NUMBER, false },
		{ "why", "NOW", REPORT_TEXT, true },
		{ NULL, NULL, 0, false }
	};
	struct json_object *a;

	if (!p->nr) {
		printf("The pool %s on %s: all copies agree, nothing is to be written.\n",
		       p->name, path);
		show_left(p);
		return;
	}
	printf("The pool %s on %s: to be written, in this order (4 KiB blocks)\n",
	       p->name, path);
	a = plan_json(p);
	report_table(a, columns);
	json_object_put(a);
	show_left(p);
}

static int ask(const char *path, const struct kdpu_repair *p,
	       struct kdpu_err *err)
{
	char question[PATH_MAX + 80];

	snprintf(question, sizeof(question), "%zu block(s) of %s will be overwritten.",
		 p->nr, path);
	if (opt.yes || ui_ask_yes(question))
		return 0;
	kdpu_fail(err, -ECANCELED, "not confirmed, nothing was written");
	return kdpu_expected(err, "the word YES, in capitals");
}

static int finish(const char *path, const struct kdpu_check *c,
		  struct json_object *report)
{
	bool left = !c->nr_faults && (c->mapped_but_free || c->leaked);

	report_add_bool(report, "written", true);
	report_add_bool(report, "clean", c->result == KDPU_CHECK_CLEAN);
	if (!opt.json)
		printf("Written.  %s\n", c->result == KDPU_CHECK_CLEAN ?
		       "All five copies are good." :
		       left ? "All five copies agree." :
		       "There is still damage: run check.");
	if (c->result != KDPU_CHECK_CLEAN && !left)
		ui_note("%s still has damaged blocks: is the disk failing?",
			path);
	return c->result == KDPU_CHECK_CLEAN || left ? EXIT_DONE : EXIT_FAILED;
}

static int work(const char *path, struct kdpu_repair *p,
		struct json_object *report)
{
	struct kdpu_err err = { };
	struct kdpu_check after;
	int code;

	if (make_plan(path, p, &err))
		return ui_error(&err) == EXIT_REFUSED ? EXIT_REFUSED :
							EXIT_CHECK_LOST;
	report_add(report, "pool", p->name);
	report_add_object(report, "blocks", plan_json(p));
	report_add_bool(report, "written", false);
	report_add_object(report, "moved", json_object_new_array());
	if (!opt.json)
		show(path, p);
	if (opt.dry_run || !p->nr) {
		if (!opt.json && opt.dry_run)
			puts("Dry run: nothing was written.");
		return EXIT_DONE;
	}
	if (ask(path, p, &err)) {
		ui_error(&err);
		return EXIT_DECLINED;
	}
	if (carry_out(path, p, &after, report, &err))
		return ui_error(&err);
	code = finish(path, &after, report);
	kdpu_check_free(&after);
	return code;
}

static int online(const struct kdpu_pool *p)
{
	struct kdpu_err err;

	if (!opt.dry_run)
		return tend_run(p, TEND_REPAIR, opt.wait, opt.json);
	kdpu_fail(&err, -EINVAL, "the pool %s is active: --dry-run is for pools that are not",
		  p->name);
	kdpu_todo(&err, PROGRAM " scrub --wait %s looks, and " PROGRAM " status %s tells",
		  p->name, p->name);
	return ui_usage(&err);
}

static int offline(const char *path)
{
	struct json_object *report;
	struct kdpu_repair p = { };
	struct kdpu_err err;
	int code;

	if (opt.json && !opt.yes && !opt.dry_run) {
		kdpu_fail(&err, -EINVAL, "--json cannot ask questions");
		kdpu_expected(&err, "--yes or --dry-run with it");
		return ui_usage(&err);
	}
	report = json_object_new_object();
	report_add(report, "device", path);
	code = work(path, &p, report);
	if (opt.json)
		report_json(report);
	else
		json_object_put(report);
	kdpu_repair_free(&p);
	return code;
}

static int run(int nr, char **args)
{
	struct kdpu_pool p;
	struct kdpu_err err;
	int code;

	(void)nr;
	if (kdpu_pool_find_any(args[0], &p, &err))
		return offline(args[0]);
	code = online(&p);
	kdpu_pool_free(&p);
	return code;
}

const struct cli_command cmd_repair = {
	.name = "repair",
	.synopsis = "POOL|DEV|IMAGE [--wait] [--dry-run] [--yes] [--json]",
	.summary = "Mend the metadata of a pool",
	.details = "Of an active pool, named or by its disk: the kernel looks at all five copies and mends what is damaged or out of date, whatever was tried before, while I/O goes on.  Without --wait the command returns at once; with it Ctrl-C ends the waiting, not the repair.\nOf one that is not active: opens the pool with the kernel's own code, shows every block that would be written, where and why, asks, and copies it from a copy that is good.  Nothing that is good is overwritten, and no activation is recorded: a copy becomes byte for byte what it was.  Can be interrupted and run again at any time.  When a block cannot be written the pool is repaired as the kernel would do it, which begins a new epoch; a copy whose place fails is moved to free space then, if there is any.\nRefused while anything uses the disk, and when no copy of some block is left: then not a byte is written.  Exit code 2: beyond repair, or no pool.\nA word without \"/\" that is the name of an active pool means that pool; write ./NAME for a file.",
	.options = options,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
