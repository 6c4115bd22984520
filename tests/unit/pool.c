// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pool.h"

char pool_why[KDP_REASON_SIZE];

struct kdp_op pool_op(const char *text)
{
	char copy[200];
	struct kdp_op op;

	snprintf(copy, sizeof(copy), "%s", text);
	if (kdp_op_parse(copy, &op, pool_why)) {
		fprintf(stderr, "%s: %s\n", text, pool_why);
		abort();
	}
	return op;
}

int pool_format(struct memdisk *d, u32 journal_blocks, const char *const *ops)
{
	struct kdp_geometry_request want = {
		.device_blocks = d->nr_blocks,
		.journal_blocks = journal_blocks,
	};
	struct kdp_format_request req = {
		.uuid = "0123456789abcdef",
		.name = "test",
		.who = { .nonce = memdisk_random(d), .now = 1 },
	};
	struct kdp_op list[16];
	const char *why;

	if (kdp_geometry_make(&want, &req.geometry, &why)) {
		snprintf(pool_why, sizeof(pool_why), "%s", why);
		return -1;
	}
	for (; ops && ops[req.nr_ops]; req.nr_ops++)
		list[req.nr_ops] = pool_op(ops[req.nr_ops]);
	req.ops = list;
	return kdp_store_format(&memdisk_ops, d, &req, pool_why);
}

struct kdp_store *pool_open(struct memdisk *d, int *err)
{
	struct kdp_store *s = kdp_store_new(&memdisk_ops, d, d->nr_blocks);

	if (!s)
		abort();
	*err = kdp_store_open(s);
	if (!*err)
		return s;
	kdp_store_reason(s, pool_why, sizeof(pool_why));
	kdp_store_free(s);
	return NULL;
}

struct kdp_store *pool_start(struct memdisk *d, int *err)
{
	struct kdp_activation who = { .nonce = memdisk_random(d), .now = 2 };
	struct kdp_store *s = pool_open(d, err);

	if (!s)
		return NULL;
	*err = kdp_store_activate(s, &who);
	if (!*err)
		return s;
	kdp_store_reason(s, pool_why, sizeof(pool_why));
	kdp_store_free(s);
	return NULL;
}

int pool_execute(struct kdp_store *s, const char *text)
{
	struct kdp_op op = pool_op(text);

	return kdp_store_execute(s, &op, 1, pool_why);
}

static bool describe(const struct kdp_volume *v, void *data)
{
	char *text = data;
	size_t len = strlen(text);

	snprintf(text + len, 4096 - len, "%llu %s %llu %u; ", v->info.id,
		 v->info.name, v->info.sectors, v->map.nr_unwritten);
	return true;
}

const char *pool_describe(struct kdp_store *s)
{
	static char text[4096];

	text[0] = 0;
	kdp_store_for_each(s, describe, text);
	return text;
}
