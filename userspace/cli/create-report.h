/* SPDX-License-Identifier: GPL-2.0-only */
/* What create shows before it asks, and at the end. */
#ifndef CLI_CREATE_REPORT_H
#define CLI_CREATE_REPORT_H

#include <json-c/json.h>

#include "lib/active.h"
#include "lib/engine/plan.h"
#include "lib/residue.h"
#include "lib/safety.h"

struct json_object *create_device_json(const struct kdpu_subject *s);
struct json_object *create_checks_json(const struct kdpu_finding *f, size_t nr);
struct json_object *create_plan_json(const char *pool,
				     const struct kdpu_plan *plan,
				     const struct kdpu_volspecs *volumes);

struct json_object *create_residue_json(const struct kdpu_residue *r);

/* Is this check about what --clear-residue clears? */
bool create_is_residue(const char *check);

void create_show_device(struct json_object *device);
void create_show_checks(const char *title, const struct kdpu_finding *f,
			size_t nr);
/* Nothing for an empty array. */
void create_show_residue(struct json_object *residue);
void create_show_plan(struct json_object *plan);
/* @device as the user named it. */
void create_show_next(const char *pool, const char *device,
		      const struct kdpu_pool *p);

#endif
