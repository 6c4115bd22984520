/* SPDX-License-Identifier: GPL-2.0-only */
/* Scrub and repair of an active pool: ask the kernel, wait, tell. */
#ifndef CLI_TEND_H
#define CLI_TEND_H

#include <json-c/json.h>

#include "lib/active.h"

enum tend_job { TEND_SCRUB, TEND_REPAIR };

/* Ask; with @wait until it is done and what it found is mended.  An exit code. */
int tend_run(const struct kdpu_pool *p, enum tend_job job, bool wait,
	     bool json);

/* End the scrub that runs or is asked for.  An exit code. */
int tend_stop(const struct kdpu_pool *p, bool json);

/*
 * Pure: what a waited run tells.  @before and @after: as it was asked for and
 * had ended.
 */
struct json_object *tend_json(const char *pool, enum tend_job job,
			      const struct kdpu_health *before,
			      const struct kdpu_health *after);
void tend_show(struct json_object *o);

#endif
