// SPDX-License-Identifier: GPL-2.0-only
#include "emit-json.h"

static void add(struct emit_json *j, const char *key, struct json_object *v)
{
	struct json_object *in = j->stack[j->depth];

	if (json_object_is_type(in, json_type_array))
		json_object_array_add(in, v);
	else
		json_object_object_add(in, key, v);
}

static void emit_open(void *to, const char *key, bool array)
{
	struct json_object *v = array ? json_object_new_array() :
					json_object_new_object();
	struct emit_json *j = to;

	add(j, key, v);
	j->stack[++j->depth] = v;
}

static void emit_close(void *to)
{
	struct emit_json *j = to;

	j->depth--;
}

static void emit_number(void *to, const char *key, uint64_t n)
{
	add(to, key, json_object_new_uint64(n));
}

static void emit_text(void *to, const char *key, const char *text)
{
	add(to, key, text ? json_object_new_string(text) : NULL);
}

static void emit_flag(void *to, const char *key, bool value)
{
	add(to, key, json_object_new_boolean(value));
}

struct kdpu_emit emit_json(struct emit_json *to, struct json_object *root)
{
	struct kdpu_emit e = {
		.to = to,
		.open = emit_open,
		.close = emit_close,
		.number = emit_number,
		.text = emit_text,
		.flag = emit_flag,
	};

	to->depth = 0;
	to->stack[0] = root;
	return e;
}
