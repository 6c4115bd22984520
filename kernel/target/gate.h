/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The gate of a pool: every data bio that is under way is inside.
 *
 * Entering and leaving cost a per-CPU increment and decrement.  There are two
 * slots; newcomers enter the one that is open now.  Closing keeps newcomers out
 * and waits until everybody has left.  Draining sends newcomers to the other
 * slot and waits until those who were inside before have left.
 *
 * Open and close come from one caller at a time (the pool's life lock); a new
 * gate is closed.  kernel/doc/locking.rst tells why it is right.
 */
#ifndef KDP_TARGET_GATE_H
#define KDP_TARGET_GATE_H

#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/wait.h>

struct kdp_gate_slot {
	unsigned long __percpu *inside;	/* the sum over all CPUs counts */
	bool awaited;		/* somebody waits until it is empty */
	wait_queue_head_t empty;
};

struct kdp_gate {
	struct kdp_gate_slot *now;	/* for newcomers; NULL: closed */
	struct kdp_gate_slot slot[2];
	unsigned long __percpu *counts;	/* of both slots */
	struct mutex turn;	/* open, close and drain */
};

int kdp_gate_init(struct kdp_gate *g);	/* 0 or -ENOMEM; sleeps */
void kdp_gate_exit(struct kdp_gate *g);	/* the gate is closed; sleeps */

void kdp_gate_open(struct kdp_gate *g);		/* sleeps */
void kdp_gate_close(struct kdp_gate *g);	/* sleeps until empty */
/* Sleeps until all have left who entered before.  Not from inside. */
void kdp_gate_drain(struct kdp_gate *g);

/*
 * False: the gate is closed; else *@slot is what to leave by.
 * Context: an RCU section, any.
 */
static inline bool kdp_gate_enter_rcu(struct kdp_gate *g,
				      struct kdp_gate_slot **slot)
{
	/* pairs with the release in kdp_gate_turn() */
	struct kdp_gate_slot *now = smp_load_acquire(&g->now);

	RCU_LOCKDEP_WARN(!rcu_read_lock_any_held(),
			 "entering the gate outside of an RCU section");
	*slot = now;
	if (unlikely(!now))
		return false;
	this_cpu_inc(*now->inside);
	return true;
}

void kdp_gate_leave_awaited(struct kdp_gate_slot *slot);

/* Any context. */
static inline void kdp_gate_leave(struct kdp_gate_slot *slot)
{
	/* an RCU section: who begins to wait lets all end that do not see it */
	rcu_read_lock_sched();
	if (likely(!READ_ONCE(slot->awaited)))
		this_cpu_dec(*slot->inside);
	else
		kdp_gate_leave_awaited(slot);
	rcu_read_unlock_sched();
}

#endif
