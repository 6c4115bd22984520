// SPDX-License-Identifier: GPL-2.0-only
/* The tasks: workers that do anything, and the pool's own background. */
#include "sim.h"

static const struct {
	void (*fn)(struct sim_task *t);
	enum sim_op op;
	uint32_t weight;
} operations[] = {
	{ sim_do_create, SIM_OP_CREATE, 3 },
	{ sim_do_remove, SIM_OP_REMOVE, 2 },
	{ sim_do_set, SIM_OP_SET, 1 },
	{ sim_do_write, SIM_OP_WRITE, 12 },
	{ sim_do_read, SIM_OP_READ, 4 },
	{ sim_do_discard, SIM_OP_DISCARD, 4 },
	{ sim_do_flush, SIM_OP_FLUSH, 5 },
	{ sim_do_commit, SIM_OP_COMMIT, 1 },
	{ sim_do_checkpoint, SIM_OP_CHECKPOINT, 1 },
	{ sim_do_clean, SIM_OP_CLEAN, 1 },
	{ sim_do_upkeep, SIM_OP_UPKEEP, 1 },
	{ sim_do_scrub, SIM_OP_SCRUB, 1 },
	{ sim_do_repair, SIM_OP_REPAIR, 1 },
};

static uint32_t by_op(enum sim_op op)
{
	uint32_t i;

	for (i = 0; i < ARRAY_SIZE(operations); i++)
		if (operations[i].op == op)
			return i;
	return by_op(SIM_OP_WRITE);	/* first writes are writes */
}

static uint32_t choose(struct sim *sim)
{
	enum sim_op likely = sim_likely_op(sim);
	uint32_t i, sum = 0, luck;

	if (likely != SIM_OP_NONE)
		return by_op(likely);
	for (i = 0; i < ARRAY_SIZE(operations); i++)
		sum += operations[i].weight;
	luck = sim_random(sim, sum);
	for (i = 0; luck >= operations[i].weight; i++)
		luck -= operations[i].weight;
	return i;
}

static bool stopped(const struct sim *sim)
{
	return simdisk_is_dead(sim->disk) || sim->wrong[0];
}

static void operate(struct sim_task *t, void (*fn)(struct sim_task *t),
		    enum sim_op op)
{
	t->op = op;
	fn(t);
	t->op = SIM_OP_NONE;
}

void sim_work(void *arg)
{
	struct sim_task *t = arg;
	struct sim *sim = t->sim;
	uint32_t i;

	while (!stopped(sim) && !sim_had_enough(sim)) {
		i = choose(sim);
		operate(t, operations[i].fn, operations[i].op);
		sim->ops_done++;
		sim->cover->ops++;
		sim_fault_while_running(sim);
	}
	sim->working--;
}

/*
 * In the background: after an attempt others have to have done something
 * before there is another.
 */
static void in_background(struct sim_task *t, bool (*wanted)(void *task),
			  void (*fn)(struct sim_task *t), enum sim_op op)
{
	struct sim *sim = t->sim;

	for (;;) {
		sched_wait(sim->sched, wanted, t);
		if (stopped(sim) || !sim->working)
			return;
		t->seen = sim->ops_done;
		operate(t, fn, op);
	}
}

static bool over(const struct sim_task *t)
{
	return stopped(t->sim) || !t->sim->working;
}

static bool wants_checkpoint(void *arg)
{
	const struct sim_task *t = arg;

	return over(t) || (t->seen != t->sim->ops_done &&
			   kdp_store_wants_checkpoint(t->sim->store));
}

static bool wants_upkeep(void *arg)
{
	const struct sim_task *t = arg;

	return over(t) || (t->seen != t->sim->ops_done &&
			   kdp_store_wants_upkeep(t->sim->store));
}

/* Not at once: others are to meet what has landed. */
static bool wants_record(void *arg)
{
	const struct sim_task *t = arg;

	return over(t) || (t->seen != t->sim->ops_done &&
			   !(t->sim->ops_done % 8) &&
			   kdp_store_landed(t->sim->store));
}

static bool wants_repair(void *arg)
{
	const struct sim_task *t = arg;

	return over(t) || (t->seen != t->sim->ops_done &&
			   kdp_store_wants_repair(t->sim->store));
}

void sim_background_checkpoint(void *task)
{
	in_background(task, wants_checkpoint, sim_do_checkpoint,
		      SIM_OP_CHECKPOINT);
}

void sim_background_upkeep(void *task)
{
	in_background(task, wants_upkeep, sim_do_upkeep, SIM_OP_UPKEEP);
}

void sim_background_record(void *task)
{
	in_background(task, wants_record, sim_do_record, SIM_OP_COMMIT);
}

void sim_background_repair(void *task)
{
	in_background(task, wants_repair, sim_do_due_repair, SIM_OP_REPAIR);
}
