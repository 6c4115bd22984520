// SPDX-License-Identifier: GPL-2.0-only
/*
 * faults - a module that does wrong things, to show that the harness sees them
 *
 * Write the name of a fault to the parameter `do` after loading.
 */
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

static DEFINE_MUTEX(first);
static DEFINE_MUTEX(second);
static DEFINE_SPINLOCK(spin);

static void do_warn(void)
{
	WARN_ON(1);
}

static void do_kasan(void)
{
	char *volatile p = kmalloc(16, GFP_KERNEL);

	p[16] = 1;
	kfree(p);
}

static void do_leak(void)
{
	char *volatile p = kmalloc(333, GFP_KERNEL);

	p = NULL;
}

/* Two locks in both orders: never a deadlock here, but lockdep objects. */
static void do_lockdep(void)
{
	mutex_lock(&first);
	mutex_lock(&second);
	mutex_unlock(&second);
	mutex_unlock(&first);
	mutex_lock(&second);
	mutex_lock(&first);
	mutex_unlock(&first);
	mutex_unlock(&second);
}

static void do_atomic(void)
{
	spin_lock(&spin);
	might_sleep();
	spin_unlock(&spin);
}

static int hang(void *unused)
{
	set_current_state(TASK_UNINTERRUPTIBLE);
	schedule();
	return 0;
}

static void do_hang(void)
{
	kthread_run(hang, NULL, "hangs");
}

static const struct {
	const char *name;
	void (*run)(void);
} faults[] = {
	{ "warn", do_warn },
	{ "kasan", do_kasan },
	{ "leak", do_leak },
	{ "lockdep", do_lockdep },
	{ "atomic", do_atomic },
	{ "hang", do_hang },
};

static int do_set(const char *name, const struct kernel_param *kp)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		if (sysfs_streq(name, faults[i].name)) {
			faults[i].run();
			return 0;
		}
	}
	return -EINVAL;
}

static const struct kernel_param_ops do_ops = { .set = do_set };
module_param_cb(do, &do_ops, NULL, 0200);

MODULE_DESCRIPTION("faults for the test harness to find");
MODULE_LICENSE("GPL");
