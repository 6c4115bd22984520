// SPDX-License-Identifier: GPL-2.0-only
#include "target/gate.h"

static void kdp_gate_empty(struct percpu_ref *ref)
{
	complete(&container_of(ref, struct kdp_gate, inside)->empty);
}

int kdp_gate_init(struct kdp_gate *g)
{
	g->open = false;
	init_completion(&g->empty);
	return percpu_ref_init(&g->inside, kdp_gate_empty,
			       PERCPU_REF_INIT_DEAD | PERCPU_REF_ALLOW_REINIT,
			       GFP_KERNEL);
}

void kdp_gate_exit(struct kdp_gate *g)
{
	percpu_ref_exit(&g->inside);
}

void kdp_gate_open(struct kdp_gate *g)
{
	if (g->open)
		return;
	reinit_completion(&g->empty);
	percpu_ref_reinit(&g->inside);
	g->open = true;
}

void kdp_gate_close(struct kdp_gate *g)
{
	if (!g->open)
		return;
	percpu_ref_kill(&g->inside);
	wait_for_completion(&g->empty);
	g->open = false;
}
