// SPDX-License-Identifier: GPL-2.0-only
#include "create-finish.h"
#include "create-report.h"
#include "lib/activate.h"
#include "lib/declog.h"
#include "lib/verify.h"
#include "report.h"
#include "ui.h"

static void finish(const struct create_finish *c, const struct kdpu_pool *p)
{
	struct kdpu_finding findings[KDPU_NR_VERIFY];

	kdpu_verify(&kdpu_this_host, c->device, p, c->chunk_bytes, findings);
	report_add_object(c->report, "verified",
			  create_checks_json(findings, KDPU_NR_VERIFY));
	if (c->quiet)
		return;
	create_show_checks("Active and verified", findings, KDPU_NR_VERIFY);
	create_show_next(c->pool, c->device->given, p);
}

/* The pool is made whatever comes of this. */
int create_activate(const struct create_finish *c, struct kdpu_err *err)
{
	const struct kdpu_activate_how how = { .name = c->pool };
	struct kdpu_activation done;
	struct kdpu_err why;
	struct kdpu_pool p;
	int ret;

	report_add_bool(c->report, "active", false);
	if (!c->device->block)
		return 0;
	if (kdpu_dm_ready(&why)) {
		ui_note("not activated: %s", why.what);
		ui_note("later: " PROGRAM " activate %s", c->device->given);
		return 0;
	}
	ret = kdpu_activate(c->device->path, &how, &p, &done, err);
	if (ret) {
		ui_note("the pool was made, but could not be activated");
		return ret;
	}
	report_add_bool(c->report, "active", true);
	kdpu_declog_hand(c->device->path, &p);
	if (done.links_missing)
		ui_note("udev made no links in /dev/kdevpool: are the rules of kdevpool installed?");
	finish(c, &p);
	kdpu_pool_free(&p);
	return 0;
}
