/* SPDX-License-Identifier: GPL-2.0-only */
/* Collect what the engine gives out (lib/engine/emit.h) as a JSON object. */
#ifndef CLI_EMIT_JSON_H
#define CLI_EMIT_JSON_H

#include <json-c/json.h>

#include "lib/engine/emit.h"

#define EMIT_DEPTH	12

struct emit_json {
	struct json_object *stack[EMIT_DEPTH];
	unsigned int depth;	/* of the object that members go to */
};

/* Members go to @root, which stays the caller's. */
struct kdpu_emit emit_json(struct emit_json *to, struct json_object *root);

#endif
