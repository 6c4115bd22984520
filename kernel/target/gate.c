// SPDX-License-Identifier: GPL-2.0-only
#include <linux/sched.h>

#include "target/gate.h"

int kdp_gate_init(struct kdp_gate *g)
{
	u32 i;

	g->counts = __alloc_percpu(ARRAY_SIZE(g->slot) * sizeof(*g->counts),
				   sizeof(*g->counts));
	if (!g->counts)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(g->slot); i++) {
		g->slot[i].inside = g->counts + i;
		g->slot[i].awaited = false;
		init_waitqueue_head(&g->slot[i].empty);
	}
	mutex_init(&g->turn);
	g->now = NULL;
	return 0;
}

void kdp_gate_exit(struct kdp_gate *g)
{
	/* the last to leave may still be about to wake somebody */
	synchronize_rcu();
	free_percpu(g->counts);
	mutex_destroy(&g->turn);
}

void kdp_gate_leave_awaited(struct kdp_gate_slot *slot)
{
	smp_mb(); /* all that was done inside; pairs with kdp_slot_is_empty() */
	this_cpu_dec(*slot->inside);
	wake_up(&slot->empty);
}

/*
 * Nobody enters this slot any more, so each number that is read is at least
 * what it will be in the end: a sum of 0 is no accident.
 */
static bool kdp_slot_is_empty(struct kdp_gate_slot *slot)
{
	unsigned long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(*per_cpu_ptr(slot->inside, cpu));
	smp_mb(); /* pairs with kdp_gate_leave_awaited() */
	return !sum;
}

/*
 * Newcomers go to @now from here on, none if NULL; wait for those who are in
 * the slot that they went to before.  turn; sleeps.
 */
static void kdp_gate_turn(struct kdp_gate *g, struct kdp_gate_slot *now)
{
	struct kdp_gate_slot *old = g->now;

	/* pairs with the acquire in kdp_gate_enter_rcu() */
	smp_store_release(&g->now, now);
	WRITE_ONCE(old->awaited, true);
	synchronize_rcu();
	wait_event(old->empty, kdp_slot_is_empty(old));
	WRITE_ONCE(old->awaited, false);
}

void kdp_gate_open(struct kdp_gate *g)
{
	mutex_lock(&g->turn);
	if (!g->now) {
		/* pairs with the acquire in kdp_gate_enter_rcu() */
		smp_store_release(&g->now, &g->slot[0]);
	}
	mutex_unlock(&g->turn);
}

void kdp_gate_close(struct kdp_gate *g)
{
	mutex_lock(&g->turn);
	if (g->now)
		kdp_gate_turn(g, NULL);
	mutex_unlock(&g->turn);
}

void kdp_gate_drain(struct kdp_gate *g)
{
	mutex_lock(&g->turn);
	if (g->now)
		kdp_gate_turn(g, g->now == &g->slot[0] ? &g->slot[1] :
							 &g->slot[0]);
	mutex_unlock(&g->turn);
}
