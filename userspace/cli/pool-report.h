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

#endif
