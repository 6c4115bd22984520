// SPDX-License-Identifier: GPL-2.0-only
/*
 *   sim SEED=n          one run, that seed
 *   sim SECONDS=n       runs of ascending seeds for so long, from FIRST=n on
 *   sim CYCLES=n        or until so many power failures
 *
 * VERBOSE=1 prints the log of the store.
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

static const char *const event_names[SIM_NR_EVENTS] = {
	[SIM_CREATE] = "create", [SIM_REMOVE] = "remove",
	[SIM_BATCH] = "create three", [SIM_WRITE] = "write",
	[SIM_FILL] = "first write", [SIM_FILL_WAIT] = "first write, waited",
	[SIM_FLUSH_COMMIT] = "flush, committed",
	[SIM_FLUSH_PASSED] = "flush, passed through",
	[SIM_COMMIT] = "commit", [SIM_CHECKPOINT] = "checkpoint",
	[SIM_CLEAN] = "clean mark", [SIM_NO_SPACE] = "no space",
	[SIM_NO_MEMORY] = "no memory", [SIM_BUSY] = "volume in use",
	[SIM_REPLICA_FAILS] = "writes of a replica fail",
	[SIM_REPLICA_COMES_BACK] = "replica comes back",
	[SIM_FLUSH_FAILS] = "flush fails", [SIM_POOL_FAILED] = "pool failed",
	[SIM_DAMAGE_SUPER] = "superblock damaged",
	[SIM_DAMAGE_EXTENT] = "whole replica damaged",
	[SIM_STALE] = "stale replica", [SIM_MISDIRECT] = "misdirected write",
	[SIM_FOUR_DAMAGED] = "four replicas damaged",
	[SIM_CRASH_IDLE] = "no crash, closed", [SIM_CRASH_COMMIT] = "crash in commit",
	[SIM_CRASH_CHECKPOINT] = "crash in checkpoint",
	[SIM_CRASH_DATA] = "crash elsewhere",
	[SIM_CRASH_RECOVERY] = "crash in recovery", [SIM_CYCLES] = "cycles",
};

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
	if (current && current->store && m == &current->store->model_lock &&
	    sched_in_task(current->sched))
		sim_note_state(current);
}

static bool hook_alloc(size_t size)
{
	(void)size;
	return current && current->alloc_fails &&
	       sched_in_task(current->sched) && !sim_random(current, 200);
}

static void format(struct sim *sim)
{
	struct kdp_geometry_request want = {
		.device_blocks = SIM_BLOCKS,
		.journal_blocks = 8 + sim_random(sim, 4) * 4,
	};
	struct kdp_format_request req = {
		.uuid = "simulated--pool", .name = "sim",
		.who = { .nonce = rng_next(&sim->rng), .now = 1 },
	};
	char text[KDP_REASON_SIZE];
	const char *why;

	if (kdp_geometry_make(&want, &req.geometry, &why) ||
	    kdp_store_format(&simdisk_ops, sim->disk, &req, text))
		sim_wrong(sim, "format failed");
}

/* Open and activate; the power may fail on the way.  0, -EIO then. */
static int attempt(struct sim *sim)
{
	struct kdp_activation who = { .nonce = rng_next(&sim->rng), .now = 2 };
	char why[KDP_REASON_SIZE];
	int err;

	sim->store = kdp_store_new(&simdisk_ops, sim->disk, SIM_BLOCKS);
	if (!sim->store)
		abort();
	err = kdp_store_open(sim->store);
	if (!err)
		err = kdp_store_activate(sim->store, &who);
	if (!err)
		return 0;
	kdp_store_reason(sim->store, why, sizeof(why));
	kdp_store_free(sim->store);
	sim->store = NULL;
	if (!simdisk_is_dead(sim->disk))
		sim_wrong(sim, "recovery refused: %d %s", err, why);
	return err;
}

static void recover(struct sim *sim)
{
	int err;

	do {
		if (!sim_random(sim, 3))
			simdisk_crash_in(sim->disk, 1 + sim_random(sim, 400));
		err = attempt(sim);
		if (!err && simdisk_is_dead(sim->disk)) {
			/* the last transfer was the one that was cut */
			kdp_store_free(sim->store);
			sim->store = NULL;
			err = -EIO;
		}
		if (err && !sim->wrong[0]) {
			sim_hit(sim, SIM_CRASH_RECOVERY);
			simdisk_power_cycle(sim->disk);
		}
	} while (err && !sim->wrong[0]);
	simdisk_crash_in(sim->disk, 0);
}

static void run_tasks(struct sim *sim)
{
	/* now and then only an activation: its epoch has no commits */
	uint32_t i, least = sim_random(sim, 8) ? 15 : 0;

	kdp_fill_table_init(&sim->fills);
	simdisk_crash_in(sim->disk, 1 + sim_random(sim, 1500));
	sim->alloc_fails = !sim_random(sim, 4);
	for (i = 0; i < SIM_TASKS; i++) {
		sim->task[i] = (struct sim_task){
			.sim = sim,
			.ops = least ? least + sim_random(sim, 20) : 0,
		};
		sched_spawn(sim->sched, sim_work, &sim->task[i]);
	}
	if (!sched_run(sim->sched))
		sim_wrong(sim, "all tasks wait: deadlock");
	sim->alloc_fails = false;
}

static void note_crash(struct sim *sim)
{
	const struct kdp_store *s = sim->store;

	if (s->mode == KDP_STORE_FAILED)
		sim_hit(sim, SIM_POOL_FAILED);
	if (!simdisk_is_dead(sim->disk))
		sim_hit(sim, SIM_CRASH_IDLE);
	else if (strstr(s->reason, "commit"))
		sim_hit(sim, SIM_CRASH_COMMIT);
	else if (strstr(s->reason, "checkpoint") ||
		 strstr(s->reason, "superblock"))
		sim_hit(sim, SIM_CRASH_CHECKPOINT);
	else
		sim_hit(sim, SIM_CRASH_DATA);
}

static void cycle(struct sim *sim)
{
	sim_hit(sim, SIM_CYCLES);
	sim->cycle++;
	sim_states_begin(sim);
	if (!sim->old[0][0] || !sim_random(sim, 4))
		sim_save_old(sim);
	run_tasks(sim);
	if (sim->wrong[0])
		return;
	note_crash(sim);
	if (!simdisk_is_dead(sim->disk))
		sim_note_current(sim);
	simdisk_power_cycle(sim->disk);
	sim_fault_after_crash(sim);
	kdp_store_free(sim->store);
	sim->store = NULL;
	recover(sim);
	if (!sim->wrong[0])
		sim_judge(sim);
}

/* One run.  False: a violation, told. */
static bool run(uint64_t seed, uint64_t *count, bool verbose)
{
	struct sim *sim = calloc(1, sizeof(*sim));
	bool good;

	if (!sim)
		abort();
	current = sim;
	sim->seed = seed;
	sim->rng.state = seed;
	sim->count = count;
	sim->verbose = verbose;
	sim->sched = sched_new(&sim->rng);
	sim->disk = simdisk_new(SIM_BLOCKS, &sim->rng, sim->sched);
	simdisk_on_power_off(sim->disk, sim_note_current, sim);
	format(sim);
	if (!sim->wrong[0])
		attempt(sim);
	while (!sim->wrong[0] && sim->cycle < CYCLES_PER_RUN)
		cycle(sim);
	good = !sim->wrong[0];
	if (!good)
		printf("VIOLATION seed %llu cycle %llu: %s\n",
		       (unsigned long long)seed,
		       (unsigned long long)sim->cycle, sim->wrong);
	if (good)
		kdp_store_free(sim->store);
	sim_drop_old(sim);
	simdisk_free(sim->disk);
	sched_free(sim->sched);
	current = NULL;
	free(sim);
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

static void report(const uint64_t *count, time_t seconds)
{
	uint32_t i;

	for (i = 0; i < SIM_NR_EVENTS; i++)
		printf("# %-26s %12llu\n", event_names[i],
		       (unsigned long long)count[i]);
	printf("# %llu cycles in %lld s\n",
	       (unsigned long long)count[SIM_CYCLES], (long long)seconds);
}

int main(int argc, char **argv)
{
	static uint64_t count[SIM_NR_EVENTS];
	uint64_t seed = argument(argc, argv, "SEED", 0);
	uint64_t seconds = argument(argc, argv, "SECONDS", 0);
	uint64_t cycles = argument(argc, argv, "CYCLES", seconds ? ~0ull : 2000);
	bool verbose = argument(argc, argv, "VERBOSE", 0);
	time_t begun = time(NULL);
	bool good = true;

	kdp_shim_log = hook_log;
	kdp_shim_mutex_wait = hook_wait;
	kdp_shim_mutex_unlocked = hook_unlocked;
	kdp_shim_alloc_fails = hook_alloc;
	if (seed) {
		good = run(seed, count, verbose);
	} else {
		seed = argument(argc, argv, "FIRST", 1);
		while (good && count[SIM_CYCLES] < cycles &&
		       (!seconds || time(NULL) - begun < (time_t)seconds))
			good = run(seed++, count, verbose);
	}
	report(count, time(NULL) - begun);
	printf("%s simulator\n", good ? "ok" : "not ok");
	return !good;
}
