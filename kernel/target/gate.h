/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The gate of a pool: every data bio that is under way holds it.
 *
 * Entering and leaving cost a per-CPU increment and decrement.  Closing keeps
 * newcomers out and waits until everybody has left.  Open and close come from
 * one caller at a time (the pool's life lock); a new gate is closed.
 */
#ifndef KDP_TARGET_GATE_H
#define KDP_TARGET_GATE_H

#include <linux/completion.h>
#include <linux/percpu-refcount.h>

struct kdp_gate {
	struct percpu_ref inside;
	struct completion empty;
	bool open;		/* for open and close only */
};

int kdp_gate_init(struct kdp_gate *g);	/* 0 or -ENOMEM; sleeps */
void kdp_gate_exit(struct kdp_gate *g);	/* the gate is closed */

void kdp_gate_open(struct kdp_gate *g);		/* sleeps */
void kdp_gate_close(struct kdp_gate *g);	/* sleeps until empty */

/* False: the gate is closed.  Context: rcu_read_lock() held, any. */
static inline bool kdp_gate_enter_rcu(struct kdp_gate *g)
{
	return percpu_ref_tryget_live_rcu(&g->inside);
}

/* Any context. */
static inline void kdp_gate_leave(struct kdp_gate *g)
{
	percpu_ref_put(&g->inside);
}

#endif
