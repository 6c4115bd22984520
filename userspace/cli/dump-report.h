/* SPDX-License-Identifier: GPL-2.0-only */
/* The text form of a dump. */
#ifndef CLI_DUMP_REPORT_H
#define CLI_DUMP_REPORT_H

#include <json-c/json.h>

void dump_show(struct json_object *o);

#endif
