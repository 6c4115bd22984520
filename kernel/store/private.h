/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside the store.
 *
 * A change of the pool is a record in the batch being filled and, at the same
 * moment, a change of the model (both under model_lock).  A commit takes the
 * batch, flushes the device, and writes the batch as one commit to the journals
 * of all current replicas.  The invariants, with the tests that would catch
 * their violation, are in kernel/doc/recovery.rst.
 */
#ifndef KDP_STORE_PRIVATE_H
#define KDP_STORE_PRIVATE_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/types.h>

#include "format/checkpoint.h"
#include "format/journal.h"
#include "model/freed.h"
#include "model/snapshot.h"
#include "store/store.h"

#define KDP_WINDOW	8u	/* blocks of each replica in flight */

/* Records that will make one commit. */
struct kdp_batch {
	u8 *blocks;		/* max_blocks images, records in their place */
	u32 max_blocks;
	u32 nr_blocks;
	u16 used[KDP_MAX_PARTS];	/* bytes of records in each block */
	u64 sequence;		/* of the commit that it will be */
	void *last;		/* the newest record, for merging */
	struct list_head freed;	/* chunks that wait for it, kdp_freed */
};

/* Memory for blocks of all replicas in flight, and their transfers. */
struct kdp_window {
	u8 *blocks;			/* KDP_REPLICAS * KDP_WINDOW */
	struct kdp_io io[KDP_REPLICAS * KDP_WINDOW];
};

/* The first error of each replica. */
struct kdp_losses {
	int error[KDP_REPLICAS];	/* 0: none */
	u64 block[KDP_REPLICAS];
};

/* What a journal position must hold on every replica. */
struct kdp_taken {
	struct kdp_journal_info info;	/* nr_parts 0: nothing */
	u32 digest;			/* of its records */
};

/* How a replica is taken care of. */
struct kdp_care {
	u32 damaged;		/* places known to be bad */
	u64 mended;		/* places, since the pool was opened */
	u32 failures;		/* of attempts in a row */
	u32 nr_attempts;	/* within the last hour: */
	u64 attempt[KDP_REPAIR_ATTEMPTS];	/* when they began, ascending */
	u64 not_before;
	bool degraded;
	bool unreadable;	/* when it was read last */
	u64 moved_from;		/* its extent, since it was opened; 0: it was not */
};

/* A replica on its way to another extent, move.c. */
struct kdp_move {
	u32 replica;
	u64 from;
	u64 extent;
	struct kdp_run run;	/* that is in these chunks */
};

struct kdp_store {
	const struct kdp_disk_ops *ops;
	void *disk;
	u64 device_blocks;
	enum kdp_store_mode mode;	/* READ_ONCE() outside commit_lock */

	struct kdp_landings *landings;	/* landing.c */

	struct mutex scrub_lock;	/* one scrub or repair at a time */
	u32 scrubbed, to_scrub;		/* READ_ONCE() outside */

	struct mutex reclaim_lock;	/* who takes freed chunks further */
	struct mutex checkpoint_lock;	/* protects stream and snapshot */
	struct kdp_stream *stream;	/* memory for writing a checkpoint */
	struct kdp_snapshot snapshot;

	struct mutex commit_lock;	/* protects what follows */
	struct kdp_super super;		/* as written last */
	u64 sequence;			/* of the last commit */
	u64 chain;
	u64 pos;			/* where the next commit starts */
	/* what the copies must say, place.c */
	struct kdp_super written[KDP_SUPER_SLOTS];	/* in each slot */
	struct kdp_taken *taken;	/* the journal: [ring index] */
	u32 *digests[KDP_CHECKPOINT_SLOTS];	/* of blocks of each stream */
	bool health_changed;		/* superblocks tell an older health */
	struct kdp_care care[KDP_REPLICAS];
	bool rewrite;			/* the checkpoint; memory has better */
	u64 repairs;
	u64 rewrites;
	u64 last_repair;
	u32 repair_period;
	u32 health_news;		/* READ_ONCE() outside */
	bool repair_wanted;		/* READ_ONCE() outside */
	u64 flushes_begun;		/* READ_ONCE() outside */
	u64 flush_of_commit;		/* the flush of the last good commit */
	struct kdp_window *window;	/* for all I/O but a checkpoint's */

	struct mutex model_lock;	/* protects what follows */
	struct kdp_model model;
	struct kdp_batch batch[2];
	struct kdp_batch *filling;
	struct list_head freed;		/* durable, not yet free: kdp_freed */
	u32 nr_freed;			/* chunks on their way back, in all */
	bool reclaim_due;		/* READ_ONCE() outside the lock */

	atomic64_t durable;		/* sequence; any context reads */
	u32 journal_used;		/* blocks; READ_ONCE() outside the lock */
	struct kdp_report report;	/* written by open only */

	struct mutex reason_lock;	/* innermost; protects reason */
	char reason[KDP_REASON_SIZE];
};

static inline const char *kdp_pool_name(const struct kdp_store *s)
{
	return s->super.name[0] ? s->super.name : "?";
}

#define kdp_log(level, s, fmt, ...) \
	pr_##level("kdevpool %s: " fmt "\n", kdp_pool_name(s), ##__VA_ARGS__)

/* Remember the sentence and return @err.  Any lock may be held. */
__printf(3, 4)
int kdp_explain(struct kdp_store *s, int err, const char *fmt, ...);

/* No further write may be acknowledged: read-only from now on.  Returns -EIO. */
__printf(2, 3)
int kdp_store_fail(struct kdp_store *s, const char *fmt, ...);

/* replicas.c: everything that is read from or written to all replicas. */

static inline bool kdp_replica_current(const struct kdp_store *s, u32 r)
{
	return s->super.geometry.replica[r].health == KDP_REPLICA_CURRENT;
}

struct kdp_window *kdp_window_new(void);	/* NULL: no memory */
void kdp_window_free(struct kdp_window *w);

static inline void *kdp_window_block(struct kdp_window *w, u32 r, u32 i)
{
	return w->blocks + (size_t)(r * KDP_WINDOW + i) * KDP_BLOCK_SIZE;
}

static inline void *kdp_io_block(struct kdp_store *s, u32 r, u32 i)
{
	return kdp_window_block(s->window, r, i);
}

/*
 * Make @block, a copy of image @i (any bytes when there are no images),
 * replica @r's own; returns its address.
 */
typedef u64 (*kdp_seal_fn)(struct kdp_store *s, void *block, u32 r, u32 i,
			   const void *data);

/* One bit for each replica that is current.  commit_lock. */
u32 kdp_replicas_mask(const struct kdp_store *s);

/*
 * Write @n (<= KDP_WINDOW) images, numbers @first onwards, to the replicas in
 * @mask, in parallel, waiting for all to end.  Errors are added to @lost.
 * Whoever owns the window.
 */
struct kdp_write {
	enum kdp_io_op op;
	u32 mask;
	u32 first;
	u32 n;
	const u8 *images;	/* or NULL: the seal makes all of it */
	kdp_seal_fn seal;
	const void *data;
};

void kdp_window_write(struct kdp_store *s, struct kdp_window *w,
		      const struct kdp_write *what, struct kdp_losses *lost);

/*
 * Write @n images to every current replica, in parallel, waiting for all to
 * end.  A replica with an error becomes out of date.  Returns how many
 * replicas are current afterwards.  commit_lock.
 */
u32 kdp_replicas_write(struct kdp_store *s, const u8 *images, u32 n,
		       enum kdp_io_op op, kdp_seal_fn seal, const void *data);

/* Read @n (<= KDP_WINDOW) blocks of each replica into kdp_io_block(s, r, i). */
typedef u64 (*kdp_address_fn)(const struct kdp_store *s, u32 r, u32 i);
void kdp_replicas_read(struct kdp_store *s, u64 first, u32 n,
		       kdp_address_fn address);
static inline int kdp_read_error(const struct kdp_store *s, u32 r, u32 i)
{
	return s->window->io[r * KDP_WINDOW + i].error;
}

int kdp_write_one(struct kdp_store *s, u64 block, void *data,
		  enum kdp_io_op op);
int kdp_read_one(struct kdp_store *s, u64 block, void *data);

/* Replicas that cannot be trusted any longer.  commit_lock. */
void kdp_replica_lost(struct kdp_store *s, u32 r, u64 block, int error);
void kdp_replicas_lost(struct kdp_store *s, const struct kdp_losses *lost);
u32 kdp_replicas_current(const struct kdp_store *s);

/* The same, but never the third that is current: commits need three. */
void kdp_replica_doubt(struct kdp_store *s, u32 r, u64 block, int error);

/* health.c; all: commit_lock. */
void kdp_health_changed(struct kdp_store *s);
/* Replicas that need a repair and may have one now; it is counted. */
u32 kdp_care_begin(struct kdp_store *s, u64 now);
void kdp_care_end(struct kdp_store *s, u32 r, bool good, u64 now);
/* Of @mask those that may not be tried again after this attempt. */
u32 kdp_care_last(const struct kdp_store *s, u32 mask);
/* It was interrupted, and does not count. */
void kdp_care_undo(struct kdp_store *s, u32 r);
/* Whatever was tried before, it may be tried again. */
void kdp_care_forgive(struct kdp_store *s, u32 r);

/* Note a fault that open found. */
void kdp_report_fault(struct kdp_store *s, u32 r, u64 block,
		      enum kdp_fault fault);

/* supers.c: write s->super, with the next sequence number, @times times. */
int kdp_super_write(struct kdp_store *s, u32 times);

/* probe.c: find the newest superblock into s->super. */
int kdp_probe(struct kdp_store *s);

/* load.c: the checkpoint into the model. */
int kdp_load_checkpoint(struct kdp_store *s);

/* scan.c: what the journals of all replicas hold, [ring index][replica]. */
struct kdp_scan {
	struct kdp_journal_info *info;	/* nr_parts 0: nothing valid */
	u32 journal_blocks;
};

static inline struct kdp_journal_info *
kdp_scanned(const struct kdp_scan *scan, u64 ring, u32 r)
{
	return &scan->info[ring * KDP_REPLICAS + r];
}

int kdp_scan_journal(struct kdp_store *s, struct kdp_scan *scan);
void kdp_scan_free(struct kdp_scan *scan);
/* The replica that has the block of @want at its position; -1: none. */
int kdp_scan_holder(const struct kdp_scan *scan,
		    const struct kdp_journal_info *want);

/* replay.c */
int kdp_replay(struct kdp_store *s, const struct kdp_scan *scan);

/* heal.c: rewrite what is damaged of the current checkpoint and journal. */
int kdp_heal(struct kdp_store *s);

/* For those who count. */
static inline void kdp_tell_ended(struct kdp_store *s, enum kdp_work what,
				  u64 sequence, u32 nr_blocks, int error)
{
	if (s->ops->ended)
		s->ops->ended(s->disk, what, sequence, nr_blocks, error);
}

/* batch.c; all: model_lock. */
int kdp_batches_init(struct kdp_store *s);
void kdp_batches_free(struct kdp_store *s);
/* Room for @n records of these sizes? */
bool kdp_batch_fits(const struct kdp_batch *b, const struct kdp_op *ops,
		    u32 nr);
bool kdp_batch_add(struct kdp_batch *b, const struct kdp_record *rec);
/* The commit has ended, well or not: release chunks and volumes. */
void kdp_batch_retire(struct kdp_store *s, struct kdp_batch *b, bool durable);

/* Swap batches; NULL if there is nothing to commit.  Both locks. */
struct kdp_batch *kdp_batch_take(struct kdp_store *s);

/* These chunks are unmapped by a record of the batch.  model_lock. */
void kdp_batch_free_chunks(struct kdp_store *s, struct kdp_freed *f);

/* journal.c; commit_lock.  0, or -EIO: the pool has failed. */
int kdp_batch_write(struct kdp_store *s, struct kdp_batch *b);
/*
 * Is there room for a commit of so many blocks, and after it for the one that
 * a checkpoint begins with?
 */
bool kdp_journal_room(const struct kdp_store *s, u32 nr_blocks);

/* landing.c */
struct kdp_landings *kdp_landings_new(void);	/* NULL: no memory */
void kdp_landings_free(struct kdp_landings *l);

/*
 * change.c: the first writes of these chunks have ended; @holes: they were, and
 * @e->physical is reserved.  As kdp_store_written().  No lock but recorder.
 */
int kdp_record_first_writes(struct kdp_store *s, struct kdp_volume *v,
			    struct kdp_extent *e, bool holes);

/* commit.c */
/* As kdp_store_commit(), for what has been recorded.  No lock but recorder. */
int kdp_commit_recorded(struct kdp_store *s, bool *flushed);
/* 0, or why there cannot be a commit now.  Both locks. */
int kdp_commit_allowed(const struct kdp_store *s);
/* -EAGAIN: no room in the journal.  commit_lock. */
int kdp_commit_locked(struct kdp_store *s);

/*
 * checkpoint.c: make room in the journal, unless somebody else has meanwhile.
 * No lock held.
 */
int kdp_checkpoint_for_room(struct kdp_store *s);
/* Write one even if nothing has changed.  No lock held. */
int kdp_checkpoint_rewrite(struct kdp_store *s);
/* The same, with superblocks that name the new extent.  checkpoint_lock. */
int kdp_checkpoint_move(struct kdp_store *s, const struct kdp_move *m);

/* move.c: s->super names the new extent from now on.  commit_lock. */
void kdp_move_name(struct kdp_store *s, const struct kdp_move *m);

#endif
