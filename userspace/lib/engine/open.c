// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/kernel.h>

#include "engine/open.h"
#include "store/store.h"

int kdpu_open(struct kdpu_disk *d, struct kdp_store **s, struct kdpu_err *err)
{
	char why[KDP_REASON_SIZE] = "";
	int ret;

	*s = kdp_store_new(&kdpu_disk_ops, d, d->bytes >> KDP_BLOCK_SHIFT);
	if (!*s)
		return kdpu_fail_memory(err);
	ret = kdp_store_open(*s);
	if (!ret)
		return 0;
	kdp_store_reason(*s, why, sizeof(why));
	if (why[0])
		kdpu_fail(err, ret, "%s", why);
	else
		kdpu_fail_errno(err, ret, "the pool cannot be opened");
	kdp_store_free(*s);
	*s = NULL;
	return ret;
}

int kdpu_open_try(struct kdpu_disk *d, struct kdpu_err *err)
{
	struct kdp_store *s;
	int ret = kdpu_open(d, &s, err);

	if (!ret)
		kdp_store_free(s);
	return ret;
}
