// SPDX-License-Identifier: GPL-2.0-only
#include <linux/module.h>
#include <linux/rcupdate.h>

#include "target/pool.h"
#include "target/pool-target.h"
#include "target/volume.h"

static int __init kdp_init(void)
{
	int r = dm_register_target(&kdp_pool_target);

	if (r)
		return r;
	r = dm_register_target(&kdp_volume_target);
	if (r)
		goto no_volumes;
	r = kdp_reboot_init();
	if (r)
		goto no_notifier;
	return 0;

no_notifier:
	dm_unregister_target(&kdp_volume_target);
no_volumes:
	dm_unregister_target(&kdp_pool_target);
	return r;
}

static void __exit kdp_exit(void)
{
	kdp_reboot_exit();
	dm_unregister_target(&kdp_volume_target);
	dm_unregister_target(&kdp_pool_target);
	/* memory that readers of a map may see is freed by callbacks of ours */
	rcu_barrier();
}

module_init(kdp_init);
module_exit(kdp_exit);

MODULE_DESCRIPTION("device-mapper pool of fast, short-lived volumes");
MODULE_LICENSE("GPL");
MODULE_SOFTDEP("pre: crc32c");
