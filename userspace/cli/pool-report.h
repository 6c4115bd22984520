/* SPDX-License-Identifier: GPL-2.0-only */
/* Active pools and their volumes as JSON. */
#ifndef CLI_POOL_REPORT_H
#define CLI_POOL_REPORT_H

#include <json-c/json.h>

#include "lib/active.h"

/* The pool with its volumes; the caller puts it. */
struct json_object *pool_json(const struct kdpu_pool *p);
struct json_object *pool_volume_json(const struct kdpu_pool *p,
				     const struct kdpu_volume *v);
/* What cleanup tells of a volume; result and why are for the caller to add. */
struct json_object *orphan_json(const struct kdpu_pool *p,
				const struct kdpu_volume *v);

/* As tables: all pools; one pool with its volumes; volumes only. */
void pools_show(struct json_object *pools);
void pool_show(struct json_object *pool);
void pool_show_volumes(struct json_object *volumes);

#endif
