/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The simulator: the kernel's own store and model, run by tasks that really
 * interleave, on a disk that loses, tears, fails and goes dark.
 *
 * One run is one seed: a pool is made, then cycle after cycle tasks work on it,
 * the power fails, parts of the metadata are damaged, the pool is recovered
 * (perhaps failing on the way) and what it holds is compared with what it
 * promised.
 */
#ifndef KDP_SIM_SIM_H
#define KDP_SIM_SIM_H

#include "model/fill.h"
#include "sched.h"
#include "simdisk.h"
#include "store/private.h"

#define SIM_BLOCKS	16384u	/* 64 MiB */
#define SIM_TASKS	4u
#define SIM_SUBS	3u	/* blocks of a chunk that are ever written */
#define SIM_MAX_CHUNKS	24u	/* of a volume */
#define SIM_MAX_VOLUMES	32u
#define SIM_MAX_STATES	1024u

/* What is known of one block of a volume: stamps of writes, 0: none. */
struct sim_block {
	uint32_t completed;
	uint32_t promised;	/* a FLUSH after it was acknowledged */
	bool busy;
};

struct sim_volume {
	uint64_t id;		/* 0: free */
	uint32_t nr_chunks;
	struct sim_block block[SIM_MAX_CHUNKS][SIM_SUBS];
};

enum sim_event {
	SIM_CREATE, SIM_REMOVE, SIM_BATCH, SIM_WRITE, SIM_FILL, SIM_FILL_WAIT,
	SIM_FLUSH_COMMIT, SIM_FLUSH_PASSED, SIM_COMMIT, SIM_CHECKPOINT,
	SIM_CLEAN, SIM_NO_SPACE, SIM_NO_MEMORY, SIM_BUSY,
	SIM_REPLICA_FAILS, SIM_REPLICA_COMES_BACK, SIM_FLUSH_FAILS,
	SIM_POOL_FAILED, SIM_DAMAGE_SUPER, SIM_DAMAGE_EXTENT, SIM_STALE,
	SIM_MISDIRECT, SIM_FOUR_DAMAGED,
	SIM_CRASH_IDLE, SIM_CRASH_COMMIT, SIM_CRASH_CHECKPOINT, SIM_CRASH_DATA,
	SIM_CRASH_RECOVERY, SIM_CYCLES, SIM_NR_EVENTS
};

struct sim;

/* One of the workers. */
struct sim_task {
	struct sim *sim;
	uint32_t ops;
	int applied;		/* state that its last change made; -1: none */
	bool released;		/* as a waiter of a first write */
	struct kdp_fill fill;
};

struct sim {
	struct rng rng;
	uint64_t seed;
	uint64_t cycle;
	struct sched *sched;
	struct simdisk *disk;
	struct kdp_store *store;
	struct kdp_fill_table fills;
	struct sim_task task[SIM_TASKS];
	struct sim_volume volume[SIM_MAX_VOLUMES];
	uint32_t stamp;
	uint32_t names;
	/* digests of the states that the pool was in since the recovery */
	uint64_t state[SIM_MAX_STATES];
	uint32_t nr_states;
	uint32_t acked;
	bool alloc_fails;
	bool current[KDP_REPLICAS];	/* when the power failed */
	bool verbose;
	struct simdisk_copy *old[KDP_REPLICAS][2];
	uint64_t *count;	/* of each sim_event */
	char wrong[400];	/* the violation; "" if none */
};

void sim_say(struct sim *sim, const char *fmt, ...) __printf(2, 3);
void sim_wrong(struct sim *sim, const char *fmt, ...) __printf(2, 3);
static inline void sim_hit(struct sim *sim, enum sim_event e)
{
	sim->count[e]++;
}

static inline uint64_t sim_random(struct sim *sim, uint64_t n)
{
	return rng_below(&sim->rng, n);
}

/* work.c: a task's work until it has had enough or the power is off. */
void sim_work(void *task);
struct sim_volume *sim_volume_find(struct sim *sim, uint64_t id);
uint64_t sim_tag(uint64_t id, uint32_t chunk, uint32_t sub, uint32_t stamp);

/* states.c: the states that the pool was in. */
void sim_states_begin(struct sim *sim);
void sim_note_state(struct sim *sim);
uint64_t sim_digest(struct kdp_store *s);
/* Everything up to state @index is promised. */
void sim_ack(struct sim *sim, int index);

/* judge.c: compare the recovered pool with the promises, then learn from it. */
void sim_judge(struct sim *sim);

/* faults.c */
void sim_fault_while_running(struct sim *sim);
void sim_fault_after_crash(struct sim *sim);
void sim_save_old(struct sim *sim);
void sim_drop_old(struct sim *sim);
void sim_note_current(void *sim);

#endif
