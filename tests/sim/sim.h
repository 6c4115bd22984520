/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The simulator: the kernel's own store and model, run by tasks that really
 * interleave, on a disk that loses, tears, fails and goes dark.
 *
 * One run is one seed: a pool is made, then cycle after cycle tasks work on it,
 * the power fails, parts of the metadata are damaged, the pool is recovered
 * (perhaps failing on the way) and what it holds is compared with what it
 * promised.  Every cycle has a plan: where the power shall fail, what shall be
 * going on then, and which faults there shall be (plan.c), so that all of that
 * is met evenly (cover.c).
 */
#ifndef KDP_SIM_SIM_H
#define KDP_SIM_SIM_H

#include "cover.h"
#include "digest.h"
#include "model/fill.h"
#include "sched.h"
#include "simdisk.h"
#include "store/private.h"

#define SIM_BLOCKS	16384u	/* 64 MiB */
#define SIM_WORKERS	8u
#define SIM_TASKS	(SIM_WORKERS + 4)	/* four in the background */
#define SIM_DEVICES	4u	/* that keep a volume in use for a while */
#define SIM_SUBS	3u	/* blocks of a chunk that are ever written */
#define SIM_MAX_CHUNKS	24u	/* of a volume that are ever written */
#define SIM_MAX_VOLUMES	48u
#define SIM_MAX_STATES	2048u
#define SIM_MAX_GONE	2u	/* three copies must be written */
#define SIM_QUORUM	3u	/* whatever the store believes */

/*
 * What is known of one block of a volume.  Every write and every discard has a
 * stamp, ascending; 0: none.  When a write and a discard of a block overlap
 * either may be the later one, so neither counts as completed.
 */
struct sim_block {
	uint32_t completed;
	uint32_t promised;	/* a FLUSH after it was acknowledged */
	uint32_t discarded;	/* the newest discard that began */
	bool writing;
	uint8_t discarding;	/* discards in progress */
	bool mixed;
};

struct sim_volume {
	uint64_t id;		/* 0: free */
	uint32_t nr_chunks;	/* of those that are ever written */
	uint32_t stride;	/* how far these are apart */
	int state;		/* the newest that it made; -1: none */
	struct sim_block block[SIM_MAX_CHUNKS][SIM_SUBS];
};

struct sim;

/* One of the workers. */
struct sim_task {
	struct sim *sim;
	enum sim_op op;		/* what it is doing; SIM_OP_NONE: nothing */
	int applied;		/* state that its last change made; -1: none */
	bool released;		/* as a waiter of a first write */
	bool wants_upkeep;	/* before it tries again */
	uint64_t seen;		/* in the background: operations so far */
	struct kdp_fill fill;
};

/* Where recovery or formatting has got to; tasks run in SIM_RUNNING. */
enum sim_phase { SIM_RUNNING, SIM_OPENING, SIM_ACTIVATING, SIM_FORMATTING };

/* Where the power shall fail next. */
struct sim_target {
	enum sim_position position;	/* SIM_NR_POSITIONS: nowhere */
	enum sim_op op;			/* in progress then; SIM_OP_NONE: any */
	uint32_t countdown;		/* matching transfers before the one */
};

/* What a cycle is meant to be. */
struct sim_plan {
	uint32_t faults;	/* of enum sim_fault */
	enum simdisk_style style;
	struct sim_target target;
	uint32_t armed;		/* after so many operations */
	uint32_t damaged;	/* replicas, while the power is off */
	uint32_t recrashes;	/* in recovery */
	bool idle;		/* nobody works: an epoch without commits */
};

struct sim {
	struct rng rng;
	uint64_t seed;
	uint64_t cycle;
	struct sched *sched;
	struct simdisk *disk;
	struct kdp_store *store;
	struct kdp_geometry geometry;	/* the store's, life.c keeps up */
	struct kdp_fill_table fills;
	struct kdp_volume *device[SIM_DEVICES];	/* NULL: none */
	struct sim_task task[SIM_TASKS];
	struct sim_volume volume[SIM_MAX_VOLUMES];
	uint32_t stamp;
	uint32_t names;
	uint32_t pools;		/* made on this disk so far */
	/* digests of the states that the pool was in since the recovery */
	uint64_t state[SIM_MAX_STATES];
	uint32_t nr_states;
	bool noting;		/* from the recovery until the store is gone */
	uint32_t acked;
	uint64_t batch_seen;	/* fingerprint of the batch at the last state */
	/* the cycle */
	struct sim_plan plan;
	struct sim_target target;
	enum sim_phase phase;
	bool streamed;		/* formatting: is past killing */
	uint32_t working;	/* workers that have not ended */
	uint32_t ops_done;
	uint32_t faults;	/* that there were */
	uint32_t ops;		/* in progress when the power failed */
	enum sim_position position;
	uint32_t recovery_positions;	/* where it failed again */
	struct simdisk_stats before;	/* at its beginning */
	/* replicas */
	bool current[KDP_REPLICAS];	/* when the power failed */
	bool gone[KDP_REPLICAS];
	/* harm while it worked, by number; 0: none, or known to be mended */
	uint32_t hurt[KDP_REPLICAS];
	uint32_t harms;
	bool was_lost[KDP_REPLICAS];	/* out of date, in this cycle */
	struct simdisk_copy *old[KDP_REPLICAS][2];
	bool verbose;
	struct sim_cover *cover;
	char wrong[400];	/* the violation; "" if none */
};

void sim_say(struct sim *sim, const char *fmt, ...) __printf(2, 3);
void sim_wrong(struct sim *sim, const char *fmt, ...) __printf(2, 3);

static inline uint64_t sim_random(struct sim *sim, uint64_t n)
{
	return rng_below(&sim->rng, n);
}

static inline bool sim_planned(const struct sim *sim, enum sim_fault f)
{
	return sim->plan.faults >> f & 1;
}

/* Seconds, for the store: so many that a back-off is over after some work. */
static inline uint64_t sim_now(const struct sim *sim)
{
	return sim->ops_done * 5;
}

/* It did happen. */
static inline void sim_fault(struct sim *sim, enum sim_fault f)
{
	sim->faults |= 1u << f;
}

/* plan.c: the cycle's plan, and the moment at which the power fails. */
void sim_make_plan(struct sim *sim);
/* For simdisk_on_transfer(). */
bool sim_power_fails(void *sim, enum simdisk_class what);
/* Aim at a recovery, at a formatting, or at nothing. */
void sim_aim_at_recovery(struct sim *sim);
void sim_aim_at_format(struct sim *sim);
void sim_aim_at_nothing(struct sim *sim);
/* So many operations, then it has not failed where it should. */
bool sim_had_enough(const struct sim *sim);
/* Something to do that makes the plan likely to come true; or any. */
enum sim_op sim_likely_op(struct sim *sim);

/* work.c: a task's work until it has had enough or the power is off. */
void sim_work(void *task);
void sim_background_checkpoint(void *task);
void sim_background_upkeep(void *task);
void sim_background_record(void *task);
void sim_background_repair(void *task);

/* admin.c: what messages and timers do. */
void sim_do_create(struct sim_task *t);
void sim_do_remove(struct sim_task *t);
void sim_do_set(struct sim_task *t);
void sim_do_commit(struct sim_task *t);
void sim_do_checkpoint(struct sim_task *t);
void sim_do_clean(struct sim_task *t);
void sim_do_upkeep(struct sim_task *t);
void sim_do_scrub(struct sim_task *t);
void sim_do_repair(struct sim_task *t);
void sim_do_due_repair(struct sim_task *t);

/* data.c: what the bio path does. */
void sim_do_write(struct sim_task *t);
void sim_do_record(struct sim_task *t);
void sim_do_read(struct sim_task *t);
void sim_do_discard(struct sim_task *t);
void sim_do_flush(struct sim_task *t);

/* volumes.c: what is known of volumes and their blocks. */
struct sim_volume *sim_volume_find(struct sim *sim, uint64_t id);
struct sim_volume *sim_volume_learn(struct sim *sim, uint64_t id,
				    uint32_t nr_chunks);
/* A volume that exists, bound, or one that is being written; NULL: none. */
struct sim_volume *sim_volume_bind(struct sim *sim, struct kdp_volume **v,
				   bool writing);
/* nr_chunks: none */
uint32_t sim_chunk_being_written(const struct sim_volume *sv);
uint64_t sim_tag(const struct sim *sim, uint64_t id, uint32_t chunk,
		 uint32_t sub, uint32_t stamp);
uint32_t sim_stamp_of(uint64_t tag);
/*
 * May block @sub of @chunk read as @tag, when everything up to stamp @least
 * counts?  NULL, or what is wrong with it.
 */
const char *sim_illegal(const struct sim *sim, const struct sim_volume *sv,
			uint32_t chunk, uint32_t sub, uint64_t tag,
			uint32_t least);
uint64_t sim_block_at(const struct sim *sim, uint32_t physical);
void sim_write_begins(struct sim_block *b);
void sim_write_ends(struct sim_block *b, uint32_t stamp, bool good);
void sim_discard_begins(struct sim_block *b, uint32_t stamp);
void sim_discard_ends(struct sim_block *b, uint32_t stamp, bool good);

/* states.c: the states that the pool was in. */
void sim_states_begin(struct sim *sim);
void sim_note_state(struct sim *sim);
/* Everything up to state @index is promised. */
void sim_ack(struct sim *sim, int index);

/* judge.c: compare the recovered pool with the promises, then learn from it. */
void sim_judge(struct sim *sim);

/* life.c: making, opening and closing the pool. */
void sim_format(struct sim *sim);
/* Open and activate; the power may fail on the way.  0, or -EIO then. */
int sim_attempt(struct sim *sim);
void sim_recover(struct sim *sim);
void sim_close(struct sim *sim);
/* Make another pool on the disk; the power may fail on the way. */
void sim_reformat(struct sim *sim);
/* Replicas may have been moved, or be where they were before. */
void sim_follow_moves(struct sim *sim);
void sim_follow_recovery(struct sim *sim);
/* Open without activating: sim->store, or NULL and the error. */
int sim_look(struct sim *sim);
void sim_power_cycle(struct sim *sim);

/* faults.c: while the pool works. */
void sim_fault_while_running(struct sim *sim);
void sim_note_current(struct sim *sim);
/* damage.c: to one replica, while the pool works. */
void sim_harm(struct sim *sim);
/* While the power is off. */
void sim_fault_after_crash(struct sim *sim);
void sim_save_old(struct sim *sim);
void sim_drop_old(struct sim *sim);
/* gone.c: replicas that disappear and come back. */
void sim_set_gone(struct sim *sim, uint32_t r, bool gone);
void sim_disappear(struct sim *sim);
void sim_come_back(struct sim *sim, bool all);
uint32_t sim_nr_gone(const struct sim *sim);
/* Gone, or hurt. */
uint32_t sim_nr_lost(const struct sim *sim);
/* gap.c: damage beyond what is promised must be refused. */
void sim_try_gap(struct sim *sim);

#endif
