// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/kernel.h>

#include "engine/open.h"
#include "store/store.h"

int kdpu_open_try(struct kdpu_disk *d, struct kdpu_err *err)
{
	struct kdp_store *s = kdp_store_new(&kdpu_disk_ops, d,
					    d->bytes >> KDP_BLOCK_SHIFT);
	char why[KDP_REASON_SIZE] = "";
	int ret;

	if (!s)
		return kdpu_fail_memory(err);
	ret = kdp_store_open(s);
	if (ret) {
		kdp_store_reason(s, why, sizeof(why));
		if (why[0])
			kdpu_fail(err, ret, "%s", why);
		else
			kdpu_fail_errno(err, ret, "the pool cannot be opened");
	}
	kdp_store_free(s);
	return ret;
}
