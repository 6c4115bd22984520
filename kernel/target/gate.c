// SPDX-License-Identifier: GPL-2.0-only
#include "target/gate.h"

static void kdp_gate_empty(struct percpu_ref *ref)
{
	complete(&container_of(ref, struct kdp_gate_slot, inside)->empty);
}

static int kdp_slot_init(struct kdp_gate_slot *slot)
{
	init_completion(&slot->empty);
	return percpu_ref_init(&slot->inside, kdp_gate_empty,
			       PERCPU_REF_INIT_DEAD | PERCPU_REF_ALLOW_REINIT,
			       GFP_KERNEL);
}

int kdp_gate_init(struct kdp_gate *g)
{
	int r;

	g->open = false;
	g->now = &g->slot[0];
	mutex_init(&g->turn);
	r = kdp_slot_init(&g->slot[0]);
	if (r)
		return r;
	r = kdp_slot_init(&g->slot[1]);
	if (r)
		percpu_ref_exit(&g->slot[0].inside);
	return r;
}

void kdp_gate_exit(struct kdp_gate *g)
{
	percpu_ref_exit(&g->slot[0].inside);
	percpu_ref_exit(&g->slot[1].inside);
	mutex_destroy(&g->turn);
}

static void kdp_slot_open(struct kdp_gate_slot *slot)
{
	reinit_completion(&slot->empty);
	percpu_ref_reinit(&slot->inside);
}

static void kdp_slot_close(struct kdp_gate_slot *slot)
{
	percpu_ref_kill(&slot->inside);
	wait_for_completion(&slot->empty);
}

void kdp_gate_open(struct kdp_gate *g)
{
	mutex_lock(&g->turn);
	if (!g->open)
		kdp_slot_open(g->now);
	g->open = true;
	mutex_unlock(&g->turn);
}

void kdp_gate_close(struct kdp_gate *g)
{
	mutex_lock(&g->turn);
	if (g->open)
		kdp_slot_close(g->now);
	g->open = false;
	mutex_unlock(&g->turn);
}

void kdp_gate_drain(struct kdp_gate *g)
{
	struct kdp_gate_slot *old, *other;

	mutex_lock(&g->turn);
	if (g->open) {
		old = g->now;
		other = old == &g->slot[0] ? &g->slot[1] : &g->slot[0];
		kdp_slot_open(other);
		/* pairs with the acquire in kdp_gate_try() */
		smp_store_release(&g->now, other);
		kdp_slot_close(old);
	}
	mutex_unlock(&g->turn);
}
