/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pool object: what lives as long as a pool target or a volume refers to
 * it, whatever tables come and go.
 *
 *   NEW        no store yet: no table has been resumed
 *   SUSPENDED  store open, gate closed: bios are parked
 *   RUNNING    store open, gate open
 *   GONE       the last pool target went away: gate closed for good, bios fail
 *
 * kernel/doc/locking.rst tells who may be called where.
 */
#ifndef KDP_TARGET_POOL_H
#define KDP_TARGET_POOL_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "model/fill.h"
#include "store/store.h"
#include "target/disk-io.h"
#include "target/gate.h"
#include "target/log.h"
#include "target/tend.h"

enum kdp_pool_state {
	KDP_POOL_NEW = 0,
	KDP_POOL_SUSPENDED,
	KDP_POOL_RUNNING,
	KDP_POOL_GONE,
};

/* What is counted since the pool's table was first loaded. */
enum kdp_count {
	KDP_COUNT_FIRST_WRITES,
	KDP_COUNT_PARKED,
	KDP_COUNT_DISCARDS,
	KDP_COUNT_COMMITS,
	KDP_COUNT_CHECKPOINTS,
	KDP_COUNT_ERRORS,	/* of bios, commits and checkpoints */
	KDP_NR_COUNTS,
};

struct kdp_pool {
	/* read by every bio */
	struct kdp_gate gate;
	bool writable;			/* the store takes changes */
	bool gone;			/* set once, before bios are woken */

	struct kref ref;
	struct mapped_device *md;	/* only compared, never followed */
	struct kdp_disk disk;		/* valid while there is a pool target */
	char device[16];		/* of the disk, major:minor */
	char name[KDP_POOL_NAME_SIZE];	/* for the log; the device's at first */

	/* protected by the registry's lock */
	struct list_head all;
	unsigned int nr_targets;
	bool leaving;			/* the last target is on its way out */

	struct rw_semaphore life;	/* protects state, store, clean */
	enum kdp_pool_state state;
	struct kdp_store *store;
	bool clean;			/* nothing written since marked clean */
	bool read_only;			/* as the table wants it */

	spinlock_t lock;		/* protects the next two */
	struct list_head volumes;	/* volume targets bound, struct kdp_vt */
	enum kdp_store_mode mode_told;

	struct mutex error_lock;	/* protects last_error */
	char last_error[KDP_REASON_SIZE];

	struct mutex live_lock;		/* protects live */
	struct dm_target *live;		/* resumed last: for events */

	struct kdp_tend tend;
	struct kdp_sysfs *sysfs;	/* preresume, and the last dtr */

	atomic64_t count[KDP_NR_COUNTS];
	struct kdp_fill_table fills;
	struct bio_set zero_bios;
	struct workqueue_struct *io_wq;		/* bios */
	struct workqueue_struct *checkpoint_wq;
	struct work_struct checkpoint_work;
	struct work_struct upkeep_work;
	struct work_struct event_work;
	struct delayed_work record_work;	/* of landings; on io_wq */
};

/* pool.c: birth and death.  A new pool has one reference, no target. */
struct kdp_pool *kdp_pool_new(struct mapped_device *md,
			      struct block_device *bdev);
void kdp_pool_get(struct kdp_pool *pool);
void kdp_pool_put(struct kdp_pool *pool);	/* sleeps */

/*
 * registry.c: find or make the pool of this device for a pool target of @md,
 * and count the target.  ERR_PTR(-EBUSY): another device-mapper device has it;
 * -EINVAL: @md has a pool on another device; -ENOMEM.  *@why gets a sentence.
 */
struct kdp_pool *kdp_registry_attach(struct mapped_device *md,
				     struct block_device *bdev, char **why);
/* The target goes away; the last one takes the pool out of service. */
void kdp_registry_detach(struct kdp_pool *pool);
/* The pool of this pool device, with a reference, or NULL. */
struct kdp_pool *kdp_registry_find(struct mapped_device *md);

/*
 * All pools, one after the other: NULL gives the first, NULL is returned after
 * the last.  The reference to @pool goes, one to what is returned is taken.
 * Sleeps.
 */
struct kdp_pool *kdp_registry_next(struct kdp_pool *pool);

/* pool-life.c; all sleep and take the life lock. */

/*
 * Open and activate the store if that has not been done; @as: machine id and
 * serial as the table tells them, the rest is filled in here.
 */
int kdp_pool_start(struct kdp_pool *pool, const struct kdp_activation *as,
		   bool read_only);
/* Let bios pass. */
void kdp_pool_run(struct kdp_pool *pool);
/*
 * Keep bios out, wait for those under way, commit; unless @noflush, leave the
 * pool marked clean.
 */
void kdp_pool_suspend(struct kdp_pool *pool, bool noflush);
/*
 * Write out what has been done and mark the pool as closed in order, while it
 * goes on.  The next change takes the mark back.  Nothing is done while the pool
 * is being suspended or resumed.
 */
void kdp_pool_tidy(struct kdp_pool *pool);
/* For good: parked and future bios fail. */
void kdp_pool_stop(struct kdp_pool *pool);

/*
 * Look what the last store call did: tell the world if the pool does not take
 * changes any longer, start a checkpoint or upkeep if due.  After every store
 * call that may have written.  Does not sleep.
 */
void kdp_pool_look(struct kdp_pool *pool);
void kdp_pool_checkpoint_work(struct work_struct *work);
/*
 * A first write has landed, and there are @nr of them: have them recorded, soon,
 * or at once if they are many.  Any context.
 */
void kdp_pool_landed(struct kdp_pool *pool, u32 nr);
void kdp_pool_record_work(struct work_struct *work);
/* Record them now, as far as that is possible.  Sleeps. */
int kdp_pool_record(struct kdp_pool *pool);
/* Afterwards parked bios are looked at: they may have waited for space. */
void kdp_pool_upkeep_work(struct work_struct *work);

/* reboot.c: pools are tidied when the machine goes down. */
int kdp_reboot_init(void);
void kdp_reboot_exit(void);

/* event.c */
void kdp_pool_event_work(struct work_struct *work);
void kdp_pool_set_live(struct kdp_pool *pool, struct dm_target *ti);
void kdp_pool_clear_live(struct kdp_pool *pool, struct dm_target *ti);

/* Nothing that is on the way of every bio.  Any context. */
static inline void kdp_pool_count(struct kdp_pool *pool, enum kdp_count what)
{
	atomic64_inc(&pool->count[what]);
}

/* count.c: for kdp_disk_ops; @disk is the one in a pool. */
void kdp_pool_store_ended(void *disk, enum kdp_work what, u64 sequence,
			  u32 nr_blocks, int error);

/* What `info last_error` answers.  Sleep. */
void kdp_pool_set_error(struct kdp_pool *pool, const char *sentence);
void kdp_pool_get_error(struct kdp_pool *pool, char *buf, size_t size);

#endif
