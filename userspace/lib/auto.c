// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "auto.h"
#include "diagnose.h"

static void set_policy(const struct kdpu_auto_request *req,
		       const struct kdpu_config *c, struct kdpu_policy *p)
{
	memset(p, 0, sizeof(*p));
	p->auto_activate = c->auto_activate;
	p->threshold = c->threshold;
	p->cmdline_off = c->cmdline_off;
	p->force = req->force;
	if (c->broken)
		snprintf(p->broken, sizeof(p->broken), "%s",
			 c->mistake.what);
}

/* A disk may be named before it is there. */
static int gather(const struct kdpu_host *h, const char *path,
		  struct kdpu_auto *a)
{
	unsigned int left = a->config.retries;
	int ret;

	sleep(a->config.activation_delay);
	while ((ret = kdpu_facts_read(h, path, &a->facts, &a->super,
				      &a->err)) && left--) {
		if (ret != -ENOENT && ret != -ENXIO && ret != -ENOMEDIUM)
			break;
		sleep(a->config.retry_delay);
	}
	return ret;
}

/* The store's error is in a->err; device-mapper's own say less. */
static void not_done(const struct kdpu_auto_request *req, struct kdpu_auto *a)
{
	int error = a->err.error;

	a->outcome = error == -EUCLEAN || error == -ENODEV ?
		     KDPU_AUTO_BARREN : KDPU_AUTO_FAILED;
	if (!a->err.todo[0])
		kdpu_todo(&a->err, "kdevpool-admin check %s", req->path);
}

/* The superblocks may be all that is left of it. */
static void dry_run(const struct kdpu_auto_request *req, struct kdpu_auto *a)
{
	struct kdpu_disk d;

	a->outcome = KDPU_AUTO_WOULD;
	if (kdpu_disk_open(&d, req->path, &a->err)) {
		a->outcome = KDPU_AUTO_FAILED;
		return;
	}
	if (kdpu_diagnose(&d, req->path, &a->err))
		not_done(req, a);
	kdpu_disk_close(&d);
}

/* Whoever has the device may let go of it. */
static void activate(const struct kdpu_auto_request *req, struct kdpu_auto *a)
{
	const struct kdpu_activate_how how = { .adopt = a->decision.forced };
	unsigned int left = a->config.retries;
	struct kdpu_pool p;
	int ret;

	while ((ret = kdpu_activate(req->path, &how, &p, &a->done, &a->err)) ==
	       -EBUSY && left--)
		sleep(a->config.retry_delay);
	if (ret) {
		not_done(req, a);
		return;
	}
	a->outcome = a->done.already ? KDPU_AUTO_SKIPPED : KDPU_AUTO_ACTIVATED;
	a->copies_after = p.replicas;
	a->volumes = p.nr;
	kdpu_pool_free(&p);
}

static void refused(struct kdpu_auto *a)
{
	const struct kdpu_decision *d = &a->decision;

	kdpu_fail(&a->err, -EPERM, "%s", d->why);
	kdpu_todo(&a->err, "%s", d->todo);
}

void kdpu_auto(const struct kdpu_host *h, const struct kdpu_auto_request *req,
	       struct kdpu_auto *a)
{
	struct kdpu_policy policy;

	memset(a, 0, sizeof(*a));
	kdpu_config_read(h, &a->config);
	set_policy(req, &a->config, &policy);
	a->outcome = KDPU_AUTO_FAILED;
	if (gather(h, req->path, a))
		return;
	kdpu_decide(&a->facts, &policy, &a->decision);
	switch (a->decision.verdict) {
	case KDPU_NO_POOL:
		a->outcome = KDPU_AUTO_BARREN;
		refused(a);
		break;
	case KDPU_REFUSE:
		a->outcome = KDPU_AUTO_REFUSED;
		refused(a);
		break;
	case KDPU_SKIP:
		a->outcome = KDPU_AUTO_SKIPPED;
		/* killed in the midst of it, it is completed */
		if (!req->dry_run)
			activate(req, a);
		break;
	default:
		if (req->dry_run)
			dry_run(req, a);
		else
			activate(req, a);
	}
}

int kdpu_may_be_in_use(const struct kdpu_host *h, const char *path,
		       struct kdpu_err *err)
{
	struct kdpu_err ignored;
	struct kdpu_super s;
	struct kdpu_facts f;
	struct kdpu_disk d;

	if (kdpu_disk_open(&d, path, &ignored))
		return 0;
	if (kdpu_super_read(&d, &s, &ignored))
		memset(&s, 0, sizeof(s));
	kdpu_facts_disk(h, path, 0, d.bytes, &s, &f);
	kdpu_disk_close(&d);
	if (!f.found || f.owner != KDPU_OWNER_OTHER || f.clean)
		return 0;
	kdpu_fail(err, -EPERM, "the pool %s may be active on host %s, which had it last and did not close it",
		  f.pool, f.host[0] ? f.host : "(not named)");
	kdpu_expected(err, "a pool that was deactivated there");
	return kdpu_todo(err, "if it is certainly not in use there: kdevpool-admin activate --force %s",
			 path);
}
