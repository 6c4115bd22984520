/* SPDX-License-Identifier: GPL-2.0-only */
/* Decide (decide.h), do it, and tell the journal. */
#ifndef KDPU_AUTO_H
#define KDPU_AUTO_H

#include "activate.h"
#include "config.h"
#include "facts.h"

enum kdpu_outcome {
	KDPU_AUTO_ACTIVATED,
	KDPU_AUTO_SKIPPED,		/* was active */
	KDPU_AUTO_REFUSED,
	KDPU_AUTO_BARREN,		/* no pool, or beyond recovery */
	KDPU_AUTO_WOULD,		/* dry run: it would have been activated */
	KDPU_AUTO_FAILED,
};

struct kdpu_auto_request {
	const char *path;
	bool dry_run;		/* change nothing */
	bool force;
};

struct kdpu_auto {
	struct kdpu_config config;
	struct kdpu_super super;
	struct kdpu_facts facts;
	struct kdpu_decision decision;
	enum kdpu_outcome outcome;
	struct kdpu_activation done;
	unsigned int copies_after;	/* current ones; 0: not known */
	size_t volumes;
	struct kdpu_err err;		/* unless activated, skipped, or would */
};

/* The errors are in *@a; what was decided, also. */
void kdpu_auto(const struct kdpu_host *h, const struct kdpu_auto_request *req,
	       struct kdpu_auto *a);

/*
 * For who activates by hand: -EPERM when another machine had the pool last and
 * did not close it.  0 also when that cannot be told.
 */
int kdpu_may_be_in_use(const struct kdpu_host *h, const char *path,
		       struct kdpu_err *err);

#endif
