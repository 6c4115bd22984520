// SPDX-License-Identifier: GPL-2.0-only
/*
 * A cycle's plan, drawn so that all combinations of fault, operation and
 * position come up about as often, and the moment at which the power fails.
 */
#include "sim.h"

#define OPS_LEAST	20u
#define OPS_SPREAD	70u
#define OPS_PATIENCE	50u	/* for the operation that was planned */
#define OPS_TO_END	90u	/* for the position */
#define OPS_TO_MOVE	80u	/* for a repair that moves a replica */

/* Per cent of the cycles in which a fault is planned. */
static const uint8_t chance[SIM_NR_FAULTS] = {
	[SIM_FAULT_MISDIRECTED] = 27, [SIM_FAULT_CORRUPTED] = 27,
	[SIM_FAULT_WRITES] = 35, [SIM_FAULT_FLUSH] = 30,
	[SIM_FAULT_GONE] = 16, [SIM_FAULT_STALE] = 16,
	[SIM_FAULT_DAMAGED] = 65, [SIM_FAULT_NO_MEMORY] = 30,
	[SIM_FAULT_GAP] = 45, [SIM_FAULT_RECRASH] = 40,
	[SIM_FAULT_REFORMAT] = 17, [SIM_FAULT_SLOT] = 22,
	[SIM_FAULT_HARMED] = 30, [SIM_FAULT_MOVED] = 45,
};

static void plan_faults(struct sim *sim)
{
	static const uint8_t damaged[] = { 1, 2, 3, 3, 4, 4, 4 };
	struct sim_plan *p = &sim->plan;
	uint32_t f;

	for (f = 0; f < SIM_NR_FAULTS; f++)
		if (sim_random(sim, 100) < chance[f])
			p->faults |= 1u << f;
	if (sim_planned(sim, SIM_FAULT_DAMAGED))
		p->damaged = damaged[sim_random(sim, ARRAY_SIZE(damaged))];
	else
		p->damaged = sim_planned(sim, SIM_FAULT_MISDIRECTED) +
			     sim_planned(sim, SIM_FAULT_CORRUPTED) +
			     sim_planned(sim, SIM_FAULT_STALE);
	if (sim_planned(sim, SIM_FAULT_RECRASH))
		p->recrashes = 1 + sim_random(sim, 4);
}

/* Some are not reached each time, so they are tried more often. */
static enum sim_position choose_position(struct sim *sim)
{
	static const uint8_t weight[SIM_NR_RUNNING + 1] = {
		[SIM_AT_DATA] = 8, [SIM_AT_FLUSH] = 9,
		[SIM_AT_JOURNAL_FIRST] = 10, [SIM_AT_JOURNAL_MIDDLE] = 10,
		[SIM_AT_JOURNAL_LAST] = 10, [SIM_AT_STREAM] = 9,
		[SIM_AT_STREAM_FLUSH] = 15, [SIM_AT_SUPER] = 11,
		[SIM_AT_DISCARD] = 17, [SIM_AT_CLOSED] = 1,
	};
	uint32_t luck = sim_random(sim, 100), at;

	for (at = 0; luck >= weight[at]; at++)
		luck -= weight[at];
	return at;
}

void sim_make_plan(struct sim *sim)
{
	struct sim_plan *p = &sim->plan;
	bool calm = !sim_random(sim, 5);

	*p = (struct sim_plan){
		.target.position = choose_position(sim),
		.target.op = sim_random(sim, SIM_NR_OPS),
		.target.countdown = 1 + sim_random(sim, 3),
		.armed = OPS_LEAST + sim_random(sim, OPS_SPREAD),
		.style = sim_random(sim, 4),
		/* what is away must come back to an epoch without commits */
		.idle = !sim_random(sim, sim_nr_gone(sim) ? 4 : 16),
	};
	if (!calm)
		plan_faults(sim);
	else if (sim_random(sim, 4))
		p->style = SIMDISK_ALL;
	if (sim_planned(sim, SIM_FAULT_MOVED))
		p->armed += OPS_TO_MOVE;
	sim->target = p->target;
	if (p->idle && sim_random(sim, 4))
		sim_aim_at_nothing(sim);
}

void sim_aim_at_nothing(struct sim *sim)
{
	sim->target.position = SIM_NR_POSITIONS;
}

void sim_aim_at_recovery(struct sim *sim)
{
	static const enum sim_position at[] = {
		SIM_AT_OPEN, SIM_AT_HEAL, SIM_AT_RECOVERY_SUPER,
	};

	sim->target = (struct sim_target){
		.position = at[sim_random(sim, ARRAY_SIZE(at))],
		.countdown = 1 + sim_random(sim, 1 << sim_random(sim, 5)),
	};
}

void sim_aim_at_format(struct sim *sim)
{
	static const enum sim_position at[] = {
		SIM_AT_KILL, SIM_AT_FORMAT_STREAM, SIM_AT_FORMAT_SUPER,
	};

	sim->target = (struct sim_target){
		.position = at[sim_random(sim, ARRAY_SIZE(at))],
		.countdown = 1 + sim_random(sim, 12),
	};
}

bool sim_had_enough(const struct sim *sim)
{
	return sim->plan.idle || sim->ops_done >= sim->plan.armed +
		(sim->target.position < SIM_NR_RUNNING ? OPS_TO_END : 10) ||
	       sim->nr_states > SIM_MAX_STATES - 100;
}

/* What makes transfers of each kind. */
static const enum sim_op makes[SIM_NR_RUNNING][3] = {
	[SIM_AT_DATA] = { SIM_OP_WRITE, SIM_OP_READ, SIM_OP_WRITE },
	[SIM_AT_FLUSH] = { SIM_OP_FLUSH, SIM_OP_FLUSH, SIM_OP_COMMIT },
	[SIM_AT_JOURNAL_FIRST] = { SIM_OP_FLUSH, SIM_OP_COMMIT, SIM_OP_CREATE },
	[SIM_AT_JOURNAL_MIDDLE] = { SIM_OP_FLUSH, SIM_OP_COMMIT,
				    SIM_OP_REMOVE },
	[SIM_AT_JOURNAL_LAST] = { SIM_OP_FLUSH, SIM_OP_COMMIT, SIM_OP_CREATE },
	[SIM_AT_STREAM] = { SIM_OP_CHECKPOINT, SIM_OP_CLEAN, SIM_OP_WRITE },
	[SIM_AT_STREAM_FLUSH] = { SIM_OP_CHECKPOINT, SIM_OP_CLEAN,
				  SIM_OP_WRITE },
	[SIM_AT_SUPER] = { SIM_OP_CHECKPOINT, SIM_OP_CLEAN, SIM_OP_WRITE },
	[SIM_AT_DISCARD] = { SIM_OP_DISCARD, SIM_OP_UPKEEP, SIM_OP_FLUSH },
};

/* A replica can only be moved to where nothing is. */
static bool lacks_room(struct sim *sim)
{
	const struct kdp_space *space = &sim->store->model.space;

	return sim_planned(sim, SIM_FAULT_MOVED) && !sim_random(sim, 2) &&
	       space->nr_chunks - space->nr_busy < SIM_WORKERS;
}

enum sim_op sim_likely_op(struct sim *sim)
{
	if (lacks_room(sim))
		return sim_random(sim, 3) ? SIM_OP_REMOVE : SIM_OP_UPKEEP;
	if (sim->ops_done < sim->plan.armed ||
	    sim->target.position >= SIM_NR_RUNNING)
		return SIM_OP_NONE;
	switch (sim_random(sim, 3)) {
	case 0:
		return sim->target.op;
	case 1:
		return makes[sim->target.position][sim_random(sim, 3)];
	default:
		return SIM_OP_NONE;
	}
}

static const enum sim_position running_positions[] = {
	[SIMDISK_DATA_IO] = SIM_AT_DATA, [SIMDISK_FLUSH] = SIM_AT_FLUSH,
	[SIMDISK_JOURNAL_FIRST] = SIM_AT_JOURNAL_FIRST,
	[SIMDISK_JOURNAL_MIDDLE] = SIM_AT_JOURNAL_MIDDLE,
	[SIMDISK_JOURNAL_LAST] = SIM_AT_JOURNAL_LAST,
	[SIMDISK_STREAM] = SIM_AT_STREAM,
	[SIMDISK_STREAM_FLUSH] = SIM_AT_STREAM_FLUSH,
	[SIMDISK_SUPER_WRITE] = SIM_AT_SUPER,
	[SIMDISK_DISCARD] = SIM_AT_DISCARD,
	[SIMDISK_META_READ] = SIM_NR_POSITIONS,
};

static enum sim_position format_position(struct sim *sim,
					 enum simdisk_class what)
{
	if (what == SIMDISK_META_READ)
		return SIM_NR_POSITIONS;
	sim->streamed |= what == SIMDISK_STREAM;
	if (!sim->streamed)
		return SIM_AT_KILL;
	return what == SIMDISK_SUPER_WRITE ? SIM_AT_FORMAT_SUPER :
					     SIM_AT_FORMAT_STREAM;
}

static enum sim_position position_of(struct sim *sim, enum simdisk_class what)
{
	switch (sim->phase) {
	case SIM_OPENING:
		return SIM_AT_OPEN;
	case SIM_ACTIVATING:
		return what == SIMDISK_SUPER_WRITE ? SIM_AT_RECOVERY_SUPER :
						     SIM_AT_HEAL;
	case SIM_FORMATTING:
		return format_position(sim, what);
	default:
		return running_positions[what];
	}
}

static uint32_t ops_in_progress(const struct sim *sim)
{
	uint32_t i, ops = 0;

	for (i = 0; i < SIM_TASKS; i++)
		ops |= 1u << sim->task[i].op;
	return ops & ~(1u << SIM_OP_NONE);
}

/* Is it the moment, as far as the tasks are concerned? */
static bool tasks_match(struct sim *sim)
{
	if (sim->ops_done < sim->plan.armed)
		return false;
	return sim->target.op == SIM_OP_NONE ||
	       sim->ops_done > sim->plan.armed + OPS_PATIENCE ||
	       ops_in_progress(sim) >> sim->target.op & 1;
}

bool sim_power_fails(void *arg, enum simdisk_class what)
{
	struct sim *sim = arg;
	enum sim_position at = position_of(sim, what);

	if (at == SIM_NR_POSITIONS || at != sim->target.position)
		return false;
	if (sim->phase == SIM_RUNNING && !tasks_match(sim))
		return false;
	if (--sim->target.countdown)
		return false;
	sim_say(sim, "power fails: %s", sim_position_name(at));
	sim_aim_at_nothing(sim);
	if (sim->phase == SIM_RUNNING) {
		sim->position = at;
		sim->ops = ops_in_progress(sim);
		sim_note_current(sim);
	} else if (sim->phase != SIM_FORMATTING) {
		sim->recovery_positions |= 1u << at;
	} else {
		sim->position = at;
	}
	return true;
}
