/* SPDX-License-Identifier: GPL-2.0-only */
/* The end of create: the pool is made; activate it, look, say what is next. */
#ifndef CLI_CREATE_FINISH_H
#define CLI_CREATE_FINISH_H

#include <json-c/json.h>
#include <stdbool.h>

#include "lib/device.h"

struct create_finish {
	const struct kdpu_device *device;
	const char *pool;
	uint64_t chunk_bytes;
	struct json_object *report;
	bool quiet;		/* nothing on standard output */
};

int create_activate(const struct create_finish *c, struct kdpu_err *err);

#endif
