/* SPDX-License-Identifier: GPL-2.0-only */
/* Threads that look at a world while it is changed. */
#ifndef KDP_KUNIT_READERS_H
#define KDP_KUNIT_READERS_H

#include "world.h"

struct kdp_reader {
	struct task_struct *task;
	const struct kdp_world *world;
	u64 rng;
	u64 nr_looked;		/* READ_ONCE() by others */
	u64 nr_exact;		/* nothing had changed meanwhile */
	u64 nr_wrong;
	u32 logical;		/* the first that was wrong */
	struct kdp_mapping seen;
};

/* A thread that takes snapshots, reads them without a lock, lets them go. */
struct kdp_keeper {
	struct task_struct *task;
	struct kdp_world *world;
	u32 *expect;		/* at the time of the snapshot */
	u32 nr_taken;
	u32 nr_given_up;
	u64 nr_looked;
	u64 nr_wrong;
};

/* 0 or an error.  Stopping what was not started does nothing. */
int kdp_reader_start(struct kdp_reader *r, const struct kdp_world *w, u64 seed);
void kdp_reader_stop(struct kdp_reader *r);

int kdp_keeper_start(struct kdp_keeper *k, struct kdp_world *w);
void kdp_keeper_stop(struct kdp_keeper *k);

#endif
