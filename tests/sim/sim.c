// SPDX-License-Identifier: GPL-2.0-only
/*
 *   sim SEED=n          one run, that seed
 *   sim SECONDS=n       runs of ascending seeds for so long, from FIRST=n on
 *   sim CYCLES=n        or until so many power failures
 *   sim CYCLES=n NEED=n and until each class of faults was met so often
 *
 * With both SECONDS and others it fails if it does not get as far in that time.
 * VERBOSE=1 tells what happens, and prints the log of the store; COVERAGE=1
 * prints what was met.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <linux/slab.h>

#include "sim.h"

#define CYCLES_PER_RUN	20

static struct sim *current;	/* for the hooks */

void sim_wrong(struct sim *sim, const char *fmt, ...)
{
	va_list args;

	if (sim->wrong[0])
		return;
	va_start(args, fmt);
	vsnprintf(sim->wrong, sizeof(sim->wrong), fmt, args);
	va_end(args);
}

void sim_say(struct sim *sim, const char *fmt, ...)
{
	va_list args;

	if (!sim->verbose)
		return;
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
}

static void hook_log(int level, const char *line)
{
	(void)level;
	if (current && current->verbose)
		printf("  %s", line);
}

static bool mutex_free(void *m)
{
	return !((struct mutex *)m)->held;
}

static void hook_wait(struct mutex *m)
{
	if (current && sched_in_task(current->sched))
		sched_wait(current->sched, mutex_free, m);
}

static void hook_unlocked(struct mutex *m)
{
	if (!current || !current->noting || m != &current->store->model_lock)
		return;
	sim_follow_moves(current);
	sim_note_state(current);
}

static bool hook_alloc(size_t size)
{
	(void)size;
	if (!current || !sim_planned(current, SIM_FAULT_NO_MEMORY) ||
	    !sched_in_task(current->sched) || sim_random(current, 60))
		return false;
	sim_fault(current, SIM_FAULT_NO_MEMORY);
	return true;
}

static void run_tasks(struct sim *sim)
{
	uint32_t i;

	kdp_fill_table_init(&sim->fills);
	sim->ops_done = 0;
	sim->working = SIM_WORKERS;
	for (i = 0; i < SIM_TASKS; i++)
		sim->task[i] = (struct sim_task){ .sim = sim, .seen = ~0u };
	for (i = 0; i < SIM_WORKERS; i++)
		sched_spawn(sim->sched, sim_work, &sim->task[i]);
	sched_spawn(sim->sched, sim_background_checkpoint, &sim->task[i++]);
	sched_spawn(sim->sched, sim_background_upkeep, &sim->task[i++]);
	sched_spawn(sim->sched, sim_background_record, &sim->task[i++]);
	sched_spawn(sim->sched, sim_background_repair, &sim->task[i]);
	if (!sched_run(sim->sched))
		sim_wrong(sim, "deadlock: all tasks wait, or do so in circles");
	sim_aim_at_nothing(sim);
}

/* In order, or just left; what follows is a power failure at rest. */
static void close_pool(struct sim *sim)
{
	sim->position = SIM_AT_CLOSED;
	sim->ops = 1u << SIM_OP_NONE;
	if (sim_random(sim, 2) && !kdp_store_clean(sim->store))
		sim_ack(sim, sim->nr_states - 1);
	sim_note_current(sim);
}

/* All copies must be the same: the old pool may be found on any of them. */
static void reformat(struct sim *sim)
{
	if (sim_nr_gone(sim)) {
		sim_come_back(sim, true);
		sim_close(sim);
		sim_attempt(sim);
	}
	if (!sim->wrong[0])
		sim_reformat(sim);
}

static void begin_cycle(struct sim *sim)
{
	sim->cycle++;
	sim->cover->cycles++;
	sim->faults = 0;
	sim->recovery_positions = 0;
	sim_make_plan(sim);
	sim->before = *simdisk_stats(sim->disk);
	sim_say(sim, "cycle %llu", (unsigned long long)sim->cycle);
	if (sim_planned(sim, SIM_FAULT_REFORMAT))
		reformat(sim);
	if (sim->wrong[0])
		return;
	sim->target = sim->plan.idle ? sim->target : sim->plan.target;
	sim_states_begin(sim);
	if (!sim->old[0][0] || !sim_random(sim, 4))
		sim_save_old(sim);
}

static void end_cycle(struct sim *sim)
{
	const struct simdisk_stats *now = simdisk_stats(sim->disk);
	uint32_t at;

	if (now->failed != sim->before.failed)
		sim_fault(sim, SIM_FAULT_WRITES);
	if (now->flush_failed != sim->before.flush_failed)
		sim_fault(sim, SIM_FAULT_FLUSH);
	sim_cover_note(sim->cover, sim->faults, sim->ops, sim->position);
	for (at = 0; at < SIM_NR_POSITIONS; at++)
		if (sim->recovery_positions >> at & 1)
			sim_cover_note(sim->cover, sim->faults,
				       1u << SIM_OP_NONE, at);
	sim->cover->states += sim->nr_states;
}

static void cycle(struct sim *sim)
{
	begin_cycle(sim);
	if (sim->wrong[0])
		return;
	run_tasks(sim);
	if (sim->wrong[0])
		return;
	if (!simdisk_is_dead(sim->disk))
		close_pool(sim);
	sim_close(sim);
	sim_power_cycle(sim);
	sim_fault_after_crash(sim);
	if (sim_nr_lost(sim) == sim_nr_gone(sim))
		sim_try_gap(sim);
	if (!sim->wrong[0])
		sim_recover(sim);
	/* recovery has healed what is there */
	memset(sim->hurt, 0, sizeof(sim->hurt));
	memset(sim->was_lost, 0, sizeof(sim->was_lost));
	if (!sim->wrong[0])
		sim_judge(sim);
	end_cycle(sim);
}

static struct sim *sim_new(uint64_t seed, struct sim_cover *cover, bool verbose)
{
	struct sim *sim = calloc(1, sizeof(*sim));

	if (!sim)
		abort();
	sim->seed = seed;
	sim->rng.state = seed;
	sim->cover = cover;
	sim->verbose = verbose;
	sim->sched = sched_new(&sim->rng);
	sim->disk = simdisk_new(SIM_BLOCKS, &sim->rng, sim->sched);
	simdisk_on_transfer(sim->disk, sim_power_fails, sim);
	sim_aim_at_nothing(sim);
	return sim;
}

static void sim_free(struct sim *sim)
{
	sim_drop_old(sim);
	simdisk_free(sim->disk);
	sched_free(sim->sched);
	free(sim);
}

/* One run.  False: a violation, told; its memory is left as it is. */
static bool run(uint64_t seed, struct sim_cover *cover, bool verbose)
{
	struct sim *sim = sim_new(seed, cover, verbose);
	bool good;

	current = sim;
	cover->seeds++;
	sim_format(sim);
	if (!sim->wrong[0])
		sim_attempt(sim);
	while (!sim->wrong[0] && sim->cycle < CYCLES_PER_RUN)
		cycle(sim);
	good = !sim->wrong[0];
	current = NULL;
	if (good) {
		sim_close(sim);
		sim_free(sim);
	} else {
		printf("VIOLATION seed %llu cycle %llu: %s\n",
		       (unsigned long long)seed,
		       (unsigned long long)sim->cycle, sim->wrong);
	}
	return good;
}

static uint64_t argument(int argc, char **argv, const char *name, uint64_t none)
{
	size_t len = strlen(name);
	int i;

	for (i = 1; i < argc; i++)
		if (!strncmp(argv[i], name, len) && argv[i][len] == '=')
			return strtoull(argv[i] + len + 1, NULL, 0);
	return none;
}

/* How far the runs shall go. */
struct goal {
	uint64_t seconds, cycles, need;
	time_t begun;
};

static bool reached(const struct goal *g, const struct sim_cover *c)
{
	return c->cycles >= g->cycles &&
	       (!g->need || sim_cover_least(c) >= g->need);
}

static bool is_over(const struct goal *g, const struct sim_cover *c)
{
	if (g->seconds && time(NULL) - g->begun >= (time_t)g->seconds)
		return true;
	/* without one it ends with the time */
	return (g->cycles || g->need) && reached(g, c);
}

static bool report(const struct goal *g, const struct sim_cover *c, bool all)
{
	if (all)
		sim_cover_print(c);
	sim_cover_line(c);
	printf("%llu cycles of %llu operations in %lld s; %llu replicas moved, %llu of them undone by the power failure\n",
	       (unsigned long long)c->cycles,
	       (unsigned long long)(c->ops / (c->cycles ? c->cycles : 1)),
	       (long long)(time(NULL) - g->begun),
	       (unsigned long long)c->moves,
	       (unsigned long long)c->moves_lost);
	if (reached(g, c))
		return true;
	printf("needed: %llu cycles, every class of faults %llu times\n",
	       (unsigned long long)g->cycles, (unsigned long long)g->need);
	return false;
}

static bool run_many(const struct goal *g, uint64_t first, bool verbose,
		     bool all)
{
	static struct sim_cover cover;
	bool good = true;

	while (good && !is_over(g, &cover))
		good = run(first++, &cover, verbose);
	return report(g, &cover, all) && good;
}

int main(int argc, char **argv)
{
	struct goal goal = {
		.seconds = argument(argc, argv, "SECONDS", 0),
		.cycles = argument(argc, argv, "CYCLES", 0),
		.need = argument(argc, argv, "NEED", 0),
		.begun = time(NULL),
	};
	bool verbose = argument(argc, argv, "VERBOSE", 0);
	uint64_t seed = argument(argc, argv, "SEED", 0);
	static struct sim_cover one;
	bool good;

	kdp_shim_log = hook_log;
	kdp_shim_mutex_wait = hook_wait;
	kdp_shim_mutex_unlocked = hook_unlocked;
	kdp_shim_alloc_fails = hook_alloc;
	if (!goal.seconds && !goal.cycles && !goal.need)
		goal.cycles = 2000;
	if (seed)
		good = run(seed, &one, verbose);
	else
		good = run_many(&goal, argument(argc, argv, "FIRST", 1),
				verbose, argument(argc, argv, "COVERAGE", 0));
	printf("%s simulator\n", good ? "ok" : "not ok");
	return !good;
}
