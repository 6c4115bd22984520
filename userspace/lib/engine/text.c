// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/string.h>

#include "engine/text.h"
#include "format/disk.h"
#include "format/name.h"

bool kdpu_pool_name_ok(const char *name)
{
	return kdp_pool_name_ok(name, strlen(name) + 1);
}

bool kdpu_volume_name_ok(const char *name)
{
	return kdp_volume_name_ok(name, strlen(name) + 1);
}

int kdpu_parse_size(const char *text, uint64_t *bytes, struct kdpu_err *err)
{
	u64 n;
	int ret = kdp_parse_size(text, &n);

	if (ret == -ERANGE)
		kdpu_fail(err, ret, "the size \"%.80s\" is too large", text);
	else if (ret)
		kdpu_fail(err, ret, "\"%.80s\" is no size", text);
	if (ret)
		return kdpu_expected(err, "a number and one of K M G T P, or s for sectors");
	*bytes = n;
	return 0;
}
