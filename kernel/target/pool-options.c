// SPDX-License-Identifier: GPL-2.0-only
#include <linux/ctype.h>
#include <linux/device-mapper.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "format/name.h"
#include "target/pool-options.h"
#include "target/tend.h"

static int kdp_set_read_only(struct dm_arg_set *as, struct kdp_pool_options *o,
			     char **error)
{
	if (o->read_only) {
		*error = "read_only is given twice";
		return -EINVAL;
	}
	o->read_only = true;
	return 0;
}

static int kdp_set_interval(struct dm_arg_set *as, struct kdp_pool_options *o,
			    char **error)
{
	static const struct dm_arg interval = {
		.min = 0, .max = KDP_SCRUB_INTERVAL_MAX,
		.error = "scrub_interval: expected seconds, 0 (never) to 31536000 (a year)",
	};

	if (o->has_interval) {
		*error = "scrub_interval is given twice";
		return -EINVAL;
	}
	o->has_interval = true;
	return dm_read_arg(&interval, as, &o->interval, error);
}

static int kdp_set_machine_id(struct dm_arg_set *as, struct kdp_pool_options *o,
			      char **error)
{
	const char *text = dm_shift_arg(as);

	if (o->has_machine_id) {
		*error = "machine_id is given twice";
		return -EINVAL;
	}
	o->has_machine_id = true;
	*error = "machine_id: expected 32 hexadecimal digits";
	return kdp_parse_id(text, o->as.machine_id) ? 0 : -EINVAL;
}

static int kdp_set_serial(struct dm_arg_set *as, struct kdp_pool_options *o,
			  char **error)
{
	const char *text = dm_shift_arg(as), *p;

	if (o->as.serial[0]) {
		*error = "serial is given twice";
		return -EINVAL;
	}
	*error = "serial: expected 1 to 63 printable characters without blanks";
	for (p = text; *p; p++)
		if (!isgraph(*p) || !isascii(*p) || *p == '\\')
			return -EINVAL;
	return strscpy(o->as.serial, text, sizeof(o->as.serial)) < 1 ?
	       -EINVAL : 0;
}

static const struct kdp_pool_option {
	const char *name;
	int (*set)(struct dm_arg_set *as, struct kdp_pool_options *o,
		   char **error);
	unsigned int words;
} kdp_pool_option[] = {
	{ .name = "read_only", .set = kdp_set_read_only, .words = 1 },
	{ .name = "scrub_interval", .set = kdp_set_interval, .words = 2 },
	{ .name = "machine_id", .set = kdp_set_machine_id, .words = 2 },
	{ .name = "serial", .set = kdp_set_serial, .words = 2 },
};

static const struct kdp_pool_option *kdp_find_option(const char *word)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kdp_pool_option); i++)
		if (!strcmp(kdp_pool_option[i].name, word))
			return &kdp_pool_option[i];
	return NULL;
}

int kdp_pool_options_parse(struct dm_arg_set *as, struct kdp_pool_options *o,
			   char **error)
{
	static const struct dm_arg nr_args = {
		.min = 0, .max = 7, .error = KDP_POOL_USAGE,
	};
	const struct kdp_pool_option *option;
	unsigned int n;

	if (!as->argc)
		return 0;
	if (dm_read_arg_group(&nr_args, as, &n, error))
		return -EINVAL;
	for (; n; n -= option->words) {
		option = kdp_find_option(dm_shift_arg(as));
		if (!option || option->words > n) {
			*error = KDP_POOL_USAGE;
			return -EINVAL;
		}
		if (option->set(as, o, error))
			return -EINVAL;
	}
	if (!as->argc)
		return 0;
	*error = "more arguments than were announced";
	return -EINVAL;
}

unsigned int kdp_pool_options_emit(const struct kdp_pool_options *o,
				   char *result, unsigned int sz,
				   unsigned int maxlen)
{
	unsigned int n = o->read_only + 2 * o->has_interval +
			 2 * o->has_machine_id + 2 * !!o->as.serial[0];

	if (n)
		DMEMIT(" %u", n);
	if (o->read_only)
		DMEMIT(" read_only");
	if (o->has_interval)
		DMEMIT(" scrub_interval %u", o->interval);
	if (o->has_machine_id)
		DMEMIT(" machine_id %*phN", (int)KDP_UUID_SIZE,
		       o->as.machine_id);
	if (o->as.serial[0])
		DMEMIT(" serial %s", o->as.serial);
	return sz;
}
