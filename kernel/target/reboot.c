// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machine goes down, and there are pools that nobody could take down: the
 * root file system is on one, or its owner did not care.  Their volumes stay
 * usable to the end, but what has been done up to now is written out, and the
 * pool is marked as closed in order.  A change that comes later takes the mark
 * back, as after a suspend.
 */
#include <linux/notifier.h>
#include <linux/reboot.h>

#include "target/pool.h"

static int kdp_reboot(struct notifier_block *nb, unsigned long event,
		      void *data)
{
	struct kdp_pool *pool = NULL;

	while ((pool = kdp_registry_next(pool)))
		kdp_pool_tidy(pool);
	return NOTIFY_DONE;
}

/* Before those of the drivers, which may put disks to sleep. */
static struct notifier_block kdp_reboot_block = {
	.notifier_call = kdp_reboot,
	.priority = INT_MAX,
};

int kdp_reboot_init(void)
{
	return register_reboot_notifier(&kdp_reboot_block);
}

void kdp_reboot_exit(void)
{
	unregister_reboot_notifier(&kdp_reboot_block);
}
