/* SPDX-License-Identifier: GPL-2.0-only */
/* Entries of the log of decisions, as reports have them. */
#ifndef CLI_LOG_REPORT_H
#define CLI_LOG_REPORT_H

#include <json-c/json.h>

#include "lib/declog.h"

struct json_object *logged_json(const struct kdpu_logged *e);

/*
 * pool_json(), and when, where and how the pool was activated: by what its disk
 * says, null when that cannot be read, and the journal, if it tells.
 */
struct json_object *status_json(const struct kdpu_pool *p);

#endif
