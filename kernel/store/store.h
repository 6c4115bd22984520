/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The store: journal, checkpoints, commit and recovery of one pool.
 *
 * Straight-line code that owns no thread and no timer.  All functions sleep
 * unless they say otherwise, and may be called from any number of threads once
 * kdp_store_activate() has returned.  Errors are negative errnos; the sentence
 * that explains the last one is kdp_store_reason().
 *
 * Locks (outer first):
 *   store->landings->recorder  who records landings
 *   store->scrub_lock      one scrub or repair at a time
 *   store->reclaim_lock    one return of freed chunks at a time
 *   store->checkpoint_lock one checkpoint at a time
 *     store->commit_lock   one commit or superblock write at a time
 *       store->model_lock  the model and the batch being filled; no I/O, but
 *                          for a checkpoint that finds the journal full
 */
#ifndef KDP_STORE_STORE_H
#define KDP_STORE_STORE_H

#include "format/super.h"
#include "model/model.h"
#include "model/op.h"
#include "store/disk.h"

struct kdp_store;

enum kdp_store_mode {
	KDP_STORE_CLOSED = 0,
	KDP_STORE_OPEN,		/* recovered in memory, nothing written */
	KDP_STORE_ACTIVE,	/* read and write */
	KDP_STORE_READ_ONLY,	/* on request, or by damage that was found */
	KDP_STORE_FAILED,	/* a commit failed: read-only until reopened */
};

/* NULL: no memory.  @ops and @disk outlive the store. */
struct kdp_store *kdp_store_new(const struct kdp_disk_ops *ops, void *disk,
				u64 device_blocks);
void kdp_store_free(struct kdp_store *s);

/*
 * Find the superblocks, load the checkpoint, replay the journal.  Writes
 * nothing.  -ENODEV: no superblock at all; -EUCLEAN: damaged beyond recovery
 * or superblocks of two pools; -ENOSPC: device smaller than the pool;
 * -EOPNOTSUPP: unknown feature; -EIO; -ENOMEM.
 */
int kdp_store_open(struct kdp_store *s);

/* Who activates, and when; the store reads no clock and no random numbers. */
struct kdp_activation {
	u64 nonce;
	u64 now;			/* seconds since 1970, UTC */
	u8 machine_id[KDP_UUID_SIZE];
	char host[KDP_HOST_SIZE];
	char serial[KDP_SERIAL_SIZE];	/* the device's; "": as it was */
};

/*
 * After kdp_store_open(): bring every replica up to date, begin a new epoch.
 * -EROFS if the pool may only be read (kdp_store_mode() says READ_ONLY then).
 */
int kdp_store_activate(struct kdp_store *s, const struct kdp_activation *who);

/* Refuse changes from now on, without writing.  Any time after open. */
void kdp_store_set_read_only(struct kdp_store *s);

/*
 * Execute @nr operations, all or none, in one commit; returns when it is
 * durable.  Errors of kdp_op_prepare(), -E2BIG if the journal cannot hold
 * them in one commit, -EROFS, -EIO (the pool has failed then).  @why, of
 * KDP_REASON_SIZE, gets a sentence.  On success ops[i].info.id is the id of
 * each created volume; ops[i].volume must not be used.
 */
int kdp_store_execute(struct kdp_store *s, struct kdp_op *ops, u32 nr,
		      char *why);

/*
 * The first write to these unwritten chunks has ended, zeros and data: record
 * it and let readers see the chunks.  Not durable before the next commit.
 * May commit when the batch is full.  -EROFS, -EIO, -ENOMEM.
 */
int kdp_store_written(struct kdp_store *s, struct kdp_volume *v, u32 logical,
		      u32 count);

/*
 * The first write to a hole of a thin volume: take a chunk for it, write zeros
 * and data there, and record the mapping, or give the chunk back.  One at a
 * time per logical chunk (model/fill.h).
 *
 * kdp_store_reserve_now(): without sleeping; false: it is to be asked the other
 * way.  Process context.
 * kdp_store_reserve(): -ENOSPC; -EAGAIN: nothing is free, but chunks are on
 * their way back: let go of what kdp_disk_ops.drain() waits for, call
 * kdp_store_upkeep() and look the chunk up again.  kdp_store_map(): like
 * kdp_store_written(); on an error the chunk is still reserved.
 */
bool kdp_store_reserve_now(struct kdp_store *s, struct kdp_volume *v,
			   u32 *physical);
int kdp_store_reserve(struct kdp_store *s, struct kdp_volume *v, u32 *physical);
void kdp_store_unreserve(struct kdp_store *s, u32 physical);
int kdp_store_map(struct kdp_store *s, struct kdp_volume *v, u32 logical,
		  u32 physical);

/*
 * The same, to be recorded later: chunk @logical of @v, which is bound, has been
 * written at @physical (@hole: reserved for it), and whoever looks it up from
 * now on finds it there.  Returns how many landings there are then; 0: it has
 * to be recorded at once, by the functions above.  Any context.
 *
 * kdp_store_record_landed() records those that there are when it is called; so
 * do all that make something durable, and operations.  0, or the first error;
 * what failed is still there, and the volume cannot be removed.
 */
#define KDP_MAX_LANDINGS	256u
u32 kdp_store_land(struct kdp_store *s, struct kdp_volume *v, u32 logical,
		   u32 physical, bool hole);
int kdp_store_record_landed(struct kdp_store *s);
u32 kdp_store_landed(const struct kdp_store *s);	/* no lock */

/*
 * What is @v's chunk @first, and how many of up to @count are like it: map and
 * landings.  Any context.
 */
void kdp_store_look_up(struct kdp_store *s, struct kdp_volume *v, u32 first,
		       u32 count, struct kdp_mapping *m);

/*
 * Whole chunks hold nothing any longer: they read as zeros at once.  Those of
 * a thick volume stay its own, those of a thin one become free.  Not durable
 * before the next commit.  May commit when the batch is full.  -EROFS, -EIO,
 * -ENOMEM (a part may be done), -ERANGE.
 */
int kdp_store_discard(struct kdp_store *s, struct kdp_volume *v, u32 logical,
		      u32 count);

/*
 * Does a FLUSH of @v need a commit?  Any context, no lock.
 */
bool kdp_store_volume_dirty(const struct kdp_store *s,
			    const struct kdp_volume *v);

/*
 * Make everything recorded so far durable.  *@flushed (may be NULL) tells
 * whether the device's cache was emptied on the way, after the call began.
 * -EROFS when there is something to commit but the pool is read-only; -EIO.
 */
int kdp_store_commit(struct kdp_store *s, bool *flushed);

/* The same for all that @v has recorded so far; others need not be durable. */
int kdp_store_commit_volume(struct kdp_store *s, const struct kdp_volume *v,
			    bool *flushed);

/*
 * Commit, then write a checkpoint if anything happened since the last.  Others
 * go on meanwhile.  -ENOMEM or -EAGAIN: there was no memory for that, and no
 * need so urgent that they should wait; try again later.
 */
int kdp_store_checkpoint(struct kdp_store *s);

/*
 * Commit, checkpoint and set the clean mark; the store stays usable and the
 * mark goes away with the next commit.
 */
int kdp_store_clean(struct kdp_store *s);

/* Is the journal full enough that a worker should call checkpoint?  No lock. */
bool kdp_store_wants_checkpoint(const struct kdp_store *s);

/*
 * What is not urgent: freed chunks that are durable are drained, discarded and
 * made free, the reserve of leaves is filled.  Calls kdp_disk_ops.drain().
 */
void kdp_store_upkeep(struct kdp_store *s);
/* Is there any of that to do?  No lock. */
bool kdp_store_wants_upkeep(const struct kdp_store *s);

enum kdp_store_mode kdp_store_mode(const struct kdp_store *s);
const char *kdp_store_mode_name(enum kdp_store_mode mode);

/* Why the last failing call failed; "" if none did.  Copied to @buf. */
void kdp_store_reason(struct kdp_store *s, char *buf, size_t size);

/* Bind a volume to a user: it cannot be removed until put. -ENOENT. */
int kdp_store_volume_get(struct kdp_store *s, const char *name_or_id,
			 struct kdp_volume **v);
void kdp_store_volume_put(struct kdp_store *s, struct kdp_volume *v);

/* The name that @v, which is bound, has at the moment. */
void kdp_store_volume_name(struct kdp_store *s, const struct kdp_volume *v,
			   char name[KDP_VOLUME_NAME_SIZE]);

struct kdp_store_info {
	struct kdp_super super;
	enum kdp_store_mode mode;
	u64 sequence;		/* newest commit begun or durable */
	u64 durable;		/* newest durable commit */
	u32 journal_used;	/* blocks */
	u32 chunks_used;	/* metadata included */
	u32 chunks_free;
	u32 chunks_freed;	/* on their way back */
	u32 nr_volumes;
	u32 replicas_current;
};

void kdp_store_info(struct kdp_store *s, struct kdp_store_info *info);

/*
 * Call @fn for each volume in order of id, under the model lock: @fn must not
 * sleep long nor call the store.  Stops when @fn returns false.
 */
void kdp_store_for_each(struct kdp_store *s,
			bool (*fn)(const struct kdp_volume *v, void *data),
			void *data);

/* What kdp_store_open() found, per replica; for reports. */
struct kdp_replica_report {
	enum kdp_fault super[KDP_SUPER_SLOTS];
	bool super_stale;	/* valid, but older than the newest */
	u32 checkpoint_bad;	/* blocks damaged or missing */
	u32 journal_bad;
	u64 first_bad;		/* device block of the first fault, or 0 */
	enum kdp_fault first_fault;
};

struct kdp_report {
	struct kdp_replica_report replica[KDP_REPLICAS];
	struct kdp_cross_check cross;
	u32 commits_replayed;
};

/*
 * kdp_ckpt_digest() of block @index of the checkpoint, as kdp_store_open() has
 * loaded it: a copy may be valid and say something else.
 */
u32 kdp_store_loaded(const struct kdp_store *s, u32 index);

const struct kdp_report *kdp_store_report(const struct kdp_store *s);

/* Who scrubs or repairs, and when. */
struct kdp_worker {
	/*
	 * How many places next?  May sleep, to make way for others, but not
	 * in a @hurry, when others may be waiting for it.  0: stop.
	 */
	u32 (*pace)(void *data, bool hurry);	/* NULL: at full speed */
	void *data;
	u64 now;		/* seconds of any clock that does not go back */
};

struct kdp_scrub_result {
	u32 places;		/* looked at */
	u32 bad[KDP_REPLICAS];	/* of each copy */
	struct kdp_cross_check cross;	/* of the checkpoint on the disk */
	bool crossed;		/* there was memory for that */
};

/*
 * Compare every copy of everything with what it must say; writes nothing.
 * What is found is kept for kdp_store_repair().  0 whatever was found; -EROFS:
 * the pool is not active; -EINTR: stopped; -EAGAIN: overtaken by checkpoints;
 * -ENOMEM.
 */
int kdp_store_scrub(struct kdp_store *s, const struct kdp_worker *w,
		    struct kdp_scrub_result *res);

/*
 * Mend what is known to be damaged or out of date and may be tried now; with
 * @asked all five copies, looked at anew, whatever was tried before.  0: what
 * was tried is mended; -EIO: not all of it; -EROFS, -EINTR, -EAGAIN, -ENOMEM.
 */
int kdp_store_repair(struct kdp_store *s, const struct kdp_worker *w,
		     bool asked);

/* Is there something to repair that may be tried some time?  No lock. */
bool kdp_store_wants_repair(const struct kdp_store *s);
/* In how many seconds; ~0: never.  Sleeps. */
u64 kdp_store_repair_delay(struct kdp_store *s, u64 now);
/* What "an hour" is; for tests. */
void kdp_store_set_repair_period(struct kdp_store *s, u32 seconds);

#define KDP_REPAIR_ATTEMPTS	3u	/* an hour and replica */
#define KDP_REPAIR_PERIOD	3600u

struct kdp_replica_condition {
	bool up_to_date;
	bool degraded;		/* no attempts any more */
	u32 damaged;		/* places known to be bad */
	u64 mended;		/* places, since the pool was opened */
	u32 attempts;		/* to repair it, of the last hour */
	u64 extent;		/* block where its journal begins */
	u64 moved_from;		/* the same before the last move; 0: none */
};

struct kdp_health {
	struct kdp_replica_condition replica[KDP_REPLICAS];
	u32 valid;		/* current, and no fault known */
	u64 repairs;		/* copies made whole since it was opened */
	u64 rewrites;		/* checkpoints from memory: no copy was good */
	u64 last_repair;	/* on the worker's clock; 0: none */
	u32 scrubbed, to_scrub;	/* places; progress of who is at work */
	u32 news;		/* counts changes of all above */
};

void kdp_store_health(struct kdp_store *s, struct kdp_health *h);
/* Of those only the progress: how many, and of how many.  No lock. */
u32 kdp_store_scrubbed(const struct kdp_store *s, u32 *of);
/* Changes with each change of health.  No lock. */
u32 kdp_store_health_news(const struct kdp_store *s);

/* A new pool. */
struct kdp_format_request {
	struct kdp_geometry geometry;
	u8 uuid[KDP_UUID_SIZE];
	char name[KDP_POOL_NAME_SIZE];
	char serial[KDP_SERIAL_SIZE];
	struct kdp_activation who;
	struct kdp_op *ops;		/* volumes to be there from the start */
	u32 nr_ops;
};

/*
 * Format the device: kills the superblock slots of any older pool, writes the
 * first checkpoint, then the superblocks.  The kernel never calls this.
 */
int kdp_store_format(const struct kdp_disk_ops *ops, void *disk,
		     const struct kdp_format_request *req, char *why);

/*
 * Make a device no pool any more: overwrite all superblock slots, flush.  The
 * kernel never calls this.  0, -EIO, -ENOMEM.
 */
int kdp_store_kill(const struct kdp_disk_ops *ops, void *disk,
		   u64 device_blocks);

#endif
