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
 * gate is closed.
 */
#ifndef KDP_TARGET_GATE_H
#define KDP_TARGET_GATE_H

#include <linux/completion.h>
#include <linux/mutex.h>
#include <linux/percpu-refcount.h>

struct kdp_gate_slot {
	struct percpu_ref inside;
	struct completion empty;
};

struct kdp_gate {
	struct kdp_gate_slot slot[2];
	struct kdp_gate_slot *now;	/* for newcomers */
	struct mutex turn;	/* open, close and drain; protects open */
	bool open;
};

int kdp_gate_init(struct kdp_gate *g);	/* 0 or -ENOMEM; sleeps */
void kdp_gate_exit(struct kdp_gate *g);	/* the gate is closed */

void kdp_gate_open(struct kdp_gate *g);		/* sleeps */
void kdp_gate_close(struct kdp_gate *g);	/* sleeps until empty */
/* Sleeps until all have left who entered before.  Not from inside. */
void kdp_gate_drain(struct kdp_gate *g);

static inline bool kdp_gate_try(struct kdp_gate *g,
				struct kdp_gate_slot **slot)
{
	/* pairs with the release in kdp_gate_drain() */
	*slot = smp_load_acquire(&g->now);
	return percpu_ref_tryget_live_rcu(&(*slot)->inside);
}

/*
 * False: the gate is closed; else *@slot is what to leave by.  A drain may
 * come between looking and entering, but not twice: it waits for a grace
 * period.  Context: rcu_read_lock() held, any.
 */
static inline bool kdp_gate_enter_rcu(struct kdp_gate *g,
				      struct kdp_gate_slot **slot)
{
	return likely(kdp_gate_try(g, slot)) || kdp_gate_try(g, slot);
}

/* Any context. */
static inline void kdp_gate_leave(struct kdp_gate_slot *slot)
{
	percpu_ref_put(&slot->inside);
}

#endif
