// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit suites of kdevpool; they run when the module is loaded.  What needs no
 * kernel is tested in tests/unit; here is what only a kernel can show: RCU
 * readers beside a writer, failing allocations, per-CPU references, and all of
 * it under KASAN, lockdep and kmemleak.
 */
#include <linux/module.h>

MODULE_DESCRIPTION("KUnit suites of kdevpool");
MODULE_LICENSE("GPL");
