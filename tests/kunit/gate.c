// SPDX-License-Identifier: GPL-2.0-only
/*
 * The gate: closing waits for all that are inside and lets nobody in, draining
 * waits for those who were inside before and keeps nobody out.
 */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/workqueue.h>

#include "target/gate.h"

#define KDP_GATE_THREADS	3u
#define KDP_GATE_ROUNDS		25u
#define KDP_GATE_DRAINS		60u

struct kdp_gate_test {
	struct kdp_gate gate;
	bool made;
	bool shut;		/* from close's return until the next open */
	u32 draining;		/* drains begun; READ_ONCE() by others */
	u32 drained;		/* drains ended; the same */
	struct task_struct *thread[KDP_GATE_THREADS];
	u64 entered[KDP_GATE_THREADS];	/* READ_ONCE() by others */
	atomic_t inside;
	atomic_t refused;
	atomic_t nr_wrong;	/* inside when nobody could be */
	struct completion done;
	struct work_struct leave, close;
	struct kdp_gate_slot *slot;	/* that the work leaves by */
};

static bool kdp_enter(struct kdp_gate *g,
		      struct kdp_gate_slot **slot)
{
	bool in;

	rcu_read_lock();
	in = kdp_gate_enter_rcu(g, slot);
	rcu_read_unlock();
	return in;
}

static bool kdp_gate_is_shut(struct kdp_gate_test *t)
{
	struct kdp_gate_slot *slot;

	if (!kdp_enter(&t->gate, &slot))
		return true;
	kdp_gate_leave(slot);
	return false;
}

/* Go in, stay for some time, look whether that can be, go out. */
static void kdp_pass(struct kdp_gate_test *t, u64 *entered)
{
	u32 draining;
	struct kdp_gate_slot *slot;

	if (!kdp_enter(&t->gate, &slot)) {
		atomic_inc(&t->refused);
		schedule_timeout_interruptible(1);
		return;
	}
	smp_mb(); /* inside before looking; pairs with kdp_drain_once() */
	draining = READ_ONCE(t->draining);
	atomic_inc(&t->inside);
	if (READ_ONCE(t->shut))
		atomic_inc(&t->nr_wrong);
	if (!(*entered % 64))
		schedule_timeout_interruptible(1);
	/* a drain that began after we had entered cannot have ended */
	if (READ_ONCE(t->shut) || READ_ONCE(t->drained) > draining)
		atomic_inc(&t->nr_wrong);
	WRITE_ONCE(*entered, *entered + 1);
	atomic_dec(&t->inside);
	kdp_gate_leave(slot);
}

struct kdp_walker {
	struct kdp_gate_test *t;
	u64 *entered;
};

static int kdp_walk(void *data)
{
	struct kdp_walker w = *(struct kdp_walker *)data;

	kfree(data);
	while (!kthread_should_stop()) {
		kdp_pass(w.t, w.entered);
		cond_resched();
	}
	return 0;
}

static void kdp_gate_start(struct kunit *test, struct kdp_gate_test *t)
{
	struct kdp_walker *w;
	struct task_struct *task;
	u32 i;

	for (i = 0; i < KDP_GATE_THREADS; i++) {
		w = kzalloc(sizeof(*w), GFP_KERNEL);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, w);
		w->t = t;
		w->entered = &t->entered[i];
		task = kthread_run(kdp_walk, w, "kdp-gate");
		if (IS_ERR(task))
			kfree(w);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
		t->thread[i] = task;
	}
}

static void kdp_gate_stop(struct kdp_gate_test *t)
{
	u32 i;

	for (i = 0; i < KDP_GATE_THREADS; i++) {
		if (t->thread[i])
			kthread_stop(t->thread[i]);
		t->thread[i] = NULL;
	}
}

static u64 kdp_entered(const struct kdp_gate_test *t)
{
	u64 n = 0;
	u32 i;

	for (i = 0; i < KDP_GATE_THREADS; i++)
		n += READ_ONCE(t->entered[i]);
	return n;
}

/* Wait until somebody has come in, at most ten seconds. */
static bool kdp_somebody_enters(struct kdp_gate_test *t)
{
	u64 before = kdp_entered(t);
	u32 i;

	for (i = 0; i < 5000 && kdp_entered(t) < before + 3; i++)
		usleep_range(1000, 2000);
	return kdp_entered(t) >= before + 3;
}

static void kdp_close_and_look(struct kunit *test, struct kdp_gate_test *t)
{
	u64 entered;

	kdp_gate_close(&t->gate);
	WRITE_ONCE(t->shut, true);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->inside), 0);
	entered = kdp_entered(t);
	KUNIT_EXPECT_TRUE(test, kdp_gate_is_shut(t));
	usleep_range(3000, 6000);
	KUNIT_EXPECT_EQ(test, kdp_entered(t), entered);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->inside), 0);
}

static void closes_behind_all(struct kunit *test)
{
	struct kdp_gate_test *t = test->priv;
	u32 i;

	kdp_gate_start(test, t);
	for (i = 0; i < KDP_GATE_ROUNDS; i++) {
		WRITE_ONCE(t->shut, false);
		kdp_gate_open(&t->gate);
		KUNIT_EXPECT_TRUE(test, kdp_somebody_enters(t));
		kdp_close_and_look(test, t);
	}
	kdp_gate_stop(t);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->nr_wrong), 0);
	KUNIT_EXPECT_GT(test, atomic_read(&t->refused), 0);
	KUNIT_EXPECT_GT(test, kdp_entered(t), 3 * KDP_GATE_ROUNDS);
	kunit_info(test, "%llu entered, %d refused", kdp_entered(t),
		   atomic_read(&t->refused));
}

static void kdp_drain_once(struct kdp_gate_test *t)
{
	WRITE_ONCE(t->draining, t->draining + 1);
	smp_mb(); /* told before it begins; pairs with kdp_pass() */
	kdp_gate_drain(&t->gate);
	WRITE_ONCE(t->drained, t->draining);
}

static void drains_behind_those_before(struct kunit *test)
{
	struct kdp_gate_test *t = test->priv;
	u32 i, beside = 0;
	u64 before;

	kdp_gate_open(&t->gate);
	kdp_gate_start(test, t);
	KUNIT_EXPECT_TRUE(test, kdp_somebody_enters(t));
	for (i = 0; i < KDP_GATE_DRAINS; i++) {
		before = kdp_entered(t);
		kdp_drain_once(t);
		beside += kdp_entered(t) != before;
	}
	kdp_gate_stop(t);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->nr_wrong), 0);
	KUNIT_EXPECT_EQ_MSG(test, atomic_read(&t->refused), 0,
			    "a drain kept somebody out");
	KUNIT_EXPECT_GT(test, beside, KDP_GATE_DRAINS / 4);
	kunit_info(test, "%llu entered, beside %u of %u drains",
		   kdp_entered(t), beside, KDP_GATE_DRAINS);
}

static int kdp_closer(void *data)
{
	struct kdp_gate_test *t = data;

	kdp_gate_close(&t->gate);
	complete(&t->done);
	return 0;
}

static int kdp_drainer(void *data)
{
	struct kdp_gate_test *t = data;

	kdp_gate_drain(&t->gate);
	complete(&t->done);
	return 0;
}

static bool kdp_done_within(struct kdp_gate_test *t, unsigned long time)
{
	return wait_for_completion_timeout(&t->done, time);
}

static void kdp_leave_work(struct work_struct *work)
{
	struct kdp_gate_test *t = container_of(work, struct kdp_gate_test,
					       leave);

	kdp_gate_leave(t->slot);
}

/* Leave by a worker on another CPU: a bio ends where it likes. */
static void kdp_leave_elsewhere(struct kdp_gate_test *t,
				struct kdp_gate_slot *slot)
{
	t->slot = slot;
	schedule_work_on(cpumask_last(cpu_online_mask), &t->leave);
	flush_work(&t->leave);
}

/* The closer has begun: at most ten seconds. */
static bool kdp_gate_shuts(struct kdp_gate_test *t)
{
	u32 i;

	for (i = 0; i < 5000 && !kdp_gate_is_shut(t); i++)
		usleep_range(1000, 2000);
	return kdp_gate_is_shut(t);
}

/* Go in by another slot than @a: a drain has begun.  At most ten seconds. */
static bool kdp_enter_beside(struct kdp_gate_test *t, struct kdp_gate_slot *a,
			     struct kdp_gate_slot **b)
{
	u32 i;

	for (i = 0; i < 5000 && kdp_enter(&t->gate, b); i++) {
		if (*b != a)
			return true;
		kdp_gate_leave(*b);
		usleep_range(1000, 2000);
	}
	return false;
}

static void close_waits_for_the_last(struct kunit *test)
{
	struct kdp_gate_test *t = test->priv;
	struct kdp_gate_slot *a = NULL, *b = NULL;

	kdp_gate_open(&t->gate);
	KUNIT_ASSERT_TRUE(test, kdp_enter(&t->gate, &a));
	KUNIT_ASSERT_TRUE(test, kdp_enter(&t->gate, &b));
	kthread_run(kdp_closer, t, "kdp-closer");
	KUNIT_EXPECT_TRUE_MSG(test, kdp_gate_shuts(t),
			      "entered while it is being closed");
	KUNIT_EXPECT_FALSE(test, kdp_done_within(t, HZ / 10));
	kdp_gate_leave(a);
	KUNIT_EXPECT_FALSE(test, kdp_done_within(t, HZ / 10));
	kdp_leave_elsewhere(t, b);
	KUNIT_EXPECT_TRUE(test, kdp_done_within(t, 20 * HZ));
}

static void kdp_close_work(struct work_struct *work)
{
	kdp_closer(container_of(work, struct kdp_gate_test, close));
}

/*
 * From an RCU section: have the gate closed on another CPU.  True when that has
 * begun, and not come to its end 20 ms later.
 */
static bool kdp_close_beside(struct kdp_gate_test *t)
{
	u32 i;

	schedule_work_on(cpumask_any_but(cpu_online_mask, smp_processor_id()),
			 &t->close);
	for (i = 0; i < 5000 && READ_ONCE(t->gate.now); i++)
		mdelay(1);
	mdelay(20);
	return !READ_ONCE(t->gate.now) && !completion_done(&t->done);
}

/* Who has found the slot, but is not counted yet, gets in (G1). */
static void close_waits_for_who_is_entering(struct kunit *test)
{
	struct kdp_gate_test *t = test->priv;
	struct kdp_gate_slot *slot;
	bool waits;

	KUNIT_ASSERT_GT(test, num_online_cpus(), 1u);
	kdp_gate_open(&t->gate);
	rcu_read_lock_sched();
	slot = READ_ONCE(t->gate.now);
	waits = kdp_close_beside(t);
	this_cpu_inc(*slot->inside);
	rcu_read_unlock_sched();
	KUNIT_EXPECT_TRUE(test, waits);
	KUNIT_EXPECT_FALSE(test, kdp_done_within(t, HZ / 10));
	kdp_gate_leave(slot);
	KUNIT_EXPECT_TRUE(test, kdp_done_within(t, 20 * HZ));
}

/* Who has seen nobody wait, and wakes nobody, is counted out in time (G2). */
static void close_sees_who_is_leaving(struct kunit *test)
{
	struct kdp_gate_test *t = test->priv;
	struct kdp_gate_slot *slot;
	bool waits, awaited;

	KUNIT_ASSERT_GT(test, num_online_cpus(), 1u);
	kdp_gate_open(&t->gate);
	KUNIT_ASSERT_TRUE(test, kdp_enter(&t->gate, &slot));
	rcu_read_lock_sched();
	awaited = READ_ONCE(slot->awaited);
	waits = kdp_close_beside(t);
	this_cpu_dec(*slot->inside);
	rcu_read_unlock_sched();
	KUNIT_EXPECT_FALSE(test, awaited);
	KUNIT_EXPECT_TRUE(test, waits);
	KUNIT_EXPECT_TRUE(test, kdp_done_within(t, 20 * HZ));
}

static void drain_waits_for_those_before(struct kunit *test)
{
	struct kdp_gate_test *t = test->priv;
	struct kdp_gate_slot *a = NULL, *b = NULL;
	bool in;
	u32 i;

	kdp_gate_open(&t->gate);
	for (i = 0; i < 3; i++) {
		KUNIT_ASSERT_TRUE(test, kdp_enter(&t->gate, &a));
		kthread_run(kdp_drainer, t, "kdp-drainer");
		/* who comes now is let in, and not waited for */
		in = kdp_enter_beside(t, a, &b);
		KUNIT_EXPECT_TRUE(test, in);
		KUNIT_EXPECT_FALSE(test, kdp_done_within(t, HZ / 10));
		kdp_leave_elsewhere(t, a);
		KUNIT_EXPECT_TRUE(test, kdp_done_within(t, 20 * HZ));
		if (in)
			kdp_gate_leave(b);
	}
}

static void open_close_and_drain_twice(struct kunit *test)
{
	struct kdp_gate_test *t = test->priv;

	KUNIT_EXPECT_TRUE_MSG(test, kdp_gate_is_shut(t), "new, but open");
	kdp_gate_close(&t->gate);
	kdp_gate_drain(&t->gate);
	KUNIT_EXPECT_TRUE(test, kdp_gate_is_shut(t));
	kdp_gate_open(&t->gate);
	kdp_gate_open(&t->gate);
	KUNIT_EXPECT_FALSE(test, kdp_gate_is_shut(t));
	kdp_gate_drain(&t->gate);
	KUNIT_EXPECT_FALSE(test, kdp_gate_is_shut(t));
	kdp_gate_drain(&t->gate);
	kdp_gate_drain(&t->gate);
	KUNIT_EXPECT_FALSE(test, kdp_gate_is_shut(t));
	kdp_gate_close(&t->gate);
	kdp_gate_close(&t->gate);
	KUNIT_EXPECT_TRUE(test, kdp_gate_is_shut(t));
}

static int kdp_gate_test_init(struct kunit *test)
{
	struct kdp_gate_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	int err;

	test->priv = t;
	if (!t)
		return -ENOMEM;
	init_completion(&t->done);
	INIT_WORK(&t->leave, kdp_leave_work);
	INIT_WORK(&t->close, kdp_close_work);
	err = kdp_gate_init(&t->gate);
	t->made = !err;
	return err;
}

static void kdp_gate_test_exit(struct kunit *test)
{
	struct kdp_gate_test *t = test->priv;

	if (!t || !t->made)
		return;
	kdp_gate_stop(t);
	kdp_gate_close(&t->gate);
	kdp_gate_exit(&t->gate);
}

static struct kunit_case kdp_gate_cases[] = {
	KUNIT_CASE(open_close_and_drain_twice),
	KUNIT_CASE(close_waits_for_the_last),
	KUNIT_CASE(close_waits_for_who_is_entering),
	KUNIT_CASE(close_sees_who_is_leaving),
	KUNIT_CASE(drain_waits_for_those_before),
	KUNIT_CASE(closes_behind_all),
	KUNIT_CASE(drains_behind_those_before),
	{}
};

static struct kunit_suite kdp_gate_suite = {
	.name = "kdp_gate",
	.init = kdp_gate_test_init,
	.exit = kdp_gate_test_exit,
	.test_cases = kdp_gate_cases,
};

kunit_test_suite(kdp_gate_suite);
