/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who tends the metadata of a pool: one worker that scrubs and repairs, when it
 * is time, when something broke, or when somebody asks.
 *
 * It uses the store without the life lock: it is let go of and waited for
 * before the store may change (kdp_tend_stop()).  What it is asked for and what
 * it knows can be had without any lock that is held for long.
 */
#ifndef KDP_TARGET_TEND_H
#define KDP_TARGET_TEND_H

#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "store/store.h"

struct kdp_pool;

#define KDP_SCRUB_INTERVAL	3600u	/* seconds */
#define KDP_SCRUB_INTERVAL_MAX	31536000u

/* Bits of kdp_tend.asked. */
enum kdp_tend_ask {
	KDP_ASK_SCRUB,
	KDP_ASK_REPAIR,
	KDP_ASK_STOP,		/* the scrub that runs, or is asked for */
};

/* What can be asked for, and waited for. */
enum kdp_tend_job {
	KDP_JOB_NONE,
	KDP_JOB_SCRUB,
	KDP_JOB_REPAIR,
	KDP_NR_JOBS,
};

/*
 * Who asks is given a number; all that had been asked for when a job began is
 * served when it has ended.
 */
struct kdp_tend_ticket {
	u64 asked;
	u64 served;
	int result;			/* of the last that ended */
	u64 ended;			/* seconds since 1970; 0: never */
};

struct kdp_tend {
	struct workqueue_struct *wq;	/* no bio waits for it */
	struct delayed_work work;
	unsigned long asked;
	bool on;			/* the store may be used */
	bool scrubbing;			/* what the worker does */
	u32 told;			/* kdp_store_health_news() */
	u64 last_scrub;			/* seconds since boot; worker */
	unsigned long ios;		/* of the disk when last looked; worker */
	wait_queue_head_t wait;		/* for pauses that can be cut short */
	/* settings; any may write */
	u32 scrub_interval;		/* 0: never */
	u32 repair_period;
	bool auto_repair;

	spinlock_t lock;		/* protects what follows */
	struct kdp_health health;
	bool known;			/* health has been filled in */
	u64 repaired_at;		/* seconds since 1970; 0: never */
	enum kdp_tend_job job;		/* the worker's, NONE: it sleeps */
	u64 serving;			/* asked for when that began */
	struct kdp_tend_ticket ticket[KDP_NR_JOBS];
	struct kdp_scrub_result found;	/* by the last scrub that ended */
};

int kdp_tend_init(struct kdp_pool *pool);	/* 0 or -ENOMEM */
void kdp_tend_exit(struct kdp_pool *pool);
/* life, for writing. */
void kdp_tend_start(struct kdp_pool *pool);
void kdp_tend_stop(struct kdp_pool *pool);	/* waits for the worker */

/* Any context. */
void kdp_tend_ask(struct kdp_pool *pool, enum kdp_tend_ask what);
/* How often to scrub; 0: never. */
void kdp_tend_set_interval(struct kdp_pool *pool, u32 seconds);
/* Settings have changed, or the store's health has. */
void kdp_tend_wake(struct kdp_pool *pool);
/* After a store call: has its health changed?  Any context. */
void kdp_tend_look(struct kdp_pool *pool);

/* What was known last.  Any context. */
void kdp_tend_health(struct kdp_pool *pool, struct kdp_health *h,
		     u64 *repaired_at);
/* The jobs: what runs, and how the last ones ended.  Any context. */
enum kdp_tend_job kdp_tend_jobs(struct kdp_pool *pool,
				struct kdp_tend_ticket ticket[KDP_NR_JOBS],
				struct kdp_scrub_result *found);
/* A word for one replica. */
const char *kdp_tend_word(const struct kdp_replica_condition *c);

#endif
