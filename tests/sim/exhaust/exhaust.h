/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The crash proof, exhaustively: every sequence of up to three operations,
 * every crash point of its last one (those before were examined with the
 * shorter sequence), every durable subset of what was then neither flushed nor
 * FUA, modulo permutation of the replicas; recovery of each; and again with
 * replicas wiped.
 *
 *   content.c  blocks by number: equal blocks have equal numbers
 *   disk.c     the disk, and the log of its writes
 *   tree.c     what recovery made of what it read
 *   set.c      images that came before
 *   recover.c  open and activate; what is there then
 *   live.c     the pool at work: its states, what it promised
 *   variants.c the operations
 *   pool.c     the pool that every sequence begins with
 *   pending.c  what may or may not survive at a crash point
 *   choice.c   the ways to choose from that
 *   crash.c    every crash point, every case
 *   judge.c    the promises
 *   exhaust.c  arguments, sequences, counts
 */
#ifndef KDP_EXHAUST_H
#define KDP_EXHAUST_H

#include "digest.h"
#include "store/private.h"

#define X_BLOCKS	16384u	/* 64 MiB, the smallest disk */
#define X_DATA		KDP_REPLICAS	/* "replica" of a block of data */
#define X_SUBS		2u	/* blocks of a chunk that are looked at */
#define X_STATES	64u
#define X_FLOORS	256u
#define X_SPOTS		32u
#define X_EVENTS	12u
#define X_NO_RECORD	0xffffu
#define X_LENGTH	3u

/* content.c */
u32 x_content(const void *block);	/* its number; 0: zeros */
const u8 *x_content_data(u32 content);
u64 x_content_tag(u32 content);		/* the first eight bytes */
u32 x_content_torn(u32 new, u32 old);	/* @old if it cannot be torn */
u32 x_nr_contents(void);
void x_forget_contents(u32 from);	/* those with numbers from here on */

/* What was written, in the order of completion. */
enum x_kind { X_WRITE, X_FUA, X_FLUSH, X_DISCARD, X_END };

struct x_entry {
	enum x_kind kind;
	u32 block;
	u32 count;		/* discard */
	u32 content;
	u32 submit;		/* those of one are in flight together */
	u32 floor;		/* what had been promised by then */
};

struct x_log {
	struct x_entry *entry;
	u32 nr, max;
	u32 nr_submits;
};

/* Blocks that recovery read and had not written itself, in order. */
struct x_trace {
	u32 block[4096];
	u32 content[4096];
	u32 nr;
};

/* In a trace: the block as the crash left it, whatever was done to it since. */
#define X_ORIGINAL	0x80000000u

enum x_late { X_NOT_LATE, X_LATE_GARBAGE, X_LATE_STALE };

struct x_disk {
	u32 cell[X_BLOCKS];	/* what a read gets */
	u64 hash;		/* of all cells */
	struct x_log *log;	/* NULL: not wanted */
	u32 floor;		/* for the log's entries */
	/* wiped replicas, in reads only */
	u32 wiped;		/* a bit for each */
	const u32 *stale;	/* they have these cells; NULL: garbage */
	u32 garbage;
	/* replicas that go bad later, when a recovery has written to them */
	enum x_late late;
	u32 late_mask;
	u8 owner[X_BLOCKS];	/* replica, or X_DATA */
	/* one recovery, to be undone */
	struct x_trace *trace;	/* NULL: none is under way */
	u32 run;
	u32 written[X_BLOCKS];	/* in which run */
	u32 original[X_BLOCKS];	/* before that */
	u32 undo_block[4096], undo_cell[4096];
	u32 nr_undo;
	u32 nr_discarded;	/* for coverage */
};

extern const struct kdp_disk_ops x_disk_ops;

void x_disk_set(struct x_disk *d, u32 block, u32 content);
/* What recovery will find, wiped or not; @block as in a trace. */
u32 x_disk_get(const struct x_disk *d, u32 block);
u64 x_cell_hash(u32 block, u32 content);
void x_log_add(struct x_disk *d, enum x_kind kind, u32 block, u32 content);
void x_log_end(struct x_disk *d);	/* a point when nothing is in flight */
/* Between these two writes are remembered and, by the second, undone. */
void x_disk_begin(struct x_disk *d, struct x_trace *trace);
void x_disk_undo(struct x_disk *d);
/* Whose block is it?  Called once the geometry is known. */
void x_disk_owners(struct x_disk *d, const struct kdp_geometry *g);
/* Number of a replica's block, the same for all replicas. */
u32 x_role(const struct kdp_geometry *g, u32 replica, u32 block);

/* What a written chunk of a volume holds. */
struct x_datum {
	u64 volume;
	u64 got;
	u32 chunk;
	u32 sub;
};

/* What recovery came to.  Equal outcomes are one object. */
struct x_outcome {
	u64 digest;
	int error;		/* of open, activation, or life afterwards */
	u32 leaked, mapped_but_free, doubly_mapped;
	u32 nr_data;
	struct x_datum data[X_SPOTS];
};

/* set.c: hashes that came before. */
struct x_set {
	u64 *key;
	u32 nr, size;
};

bool x_set_add(struct x_set *set, u64 key);	/* false: is in it already */
void x_set_clear(struct x_set *set);

/* tree.c: recovery depends on nothing but what it reads. */
struct x_tree;
struct x_tree *x_tree_new(void);
const struct x_outcome *x_tree_find(struct x_tree *t, const struct x_disk *d);
const struct x_outcome *x_tree_add(struct x_tree *t,
				   const struct x_trace *trace,
				   const struct x_outcome *out);
u32 x_tree_size(const struct x_tree *t);
void x_tree_clear(struct x_tree *t);

/* recover.c */
/*
 * Recover what is on the disk; the disk is as before afterwards.  *@log: the
 * writes, or NULL.
 */
#define X_INNER		1u	/* after a crash in recovery */
#define X_DEEP		2u	/* and see whether life goes on */
const struct x_outcome *x_recover(struct x_disk *d, u32 how,
				  struct x_log *log);
void x_recover_forget(void);	/* when there is too much to remember */
extern u64 x_nr_recoveries;
extern u32 x_leaf;		/* the last one's place in its tree */
extern char x_why[KDP_REASON_SIZE];	/* of the last one that was refused */

/* live.c */

/* Every value that a block of a volume ever had, oldest first. */
struct x_spot {
	u64 volume;
	u32 chunk, sub;
	u32 nr;
	u32 promised;		/* index of an event: it or a later one */
	u64 value[X_EVENTS];	/* tag, 0: zeros */
	u32 state[X_EVENTS];	/* that records it, or X_NO_RECORD */
};

/* What must not be lost. */
struct x_floor {
	u32 acked;		/* this state or a later one */
	u32 nr_states;
	u32 promised[X_SPOTS];
};

struct x_live {
	struct x_disk *disk;
	struct kdp_store *store;
	u64 state[X_STATES];
	u32 nr_states;
	u32 acked;
	struct x_spot spot[X_SPOTS];
	u32 nr_spots;
	struct x_floor floor[X_FLOORS];
	u32 nr_floors;
	u32 stamp, names;
	u64 touched;		/* volume written or discarded last */
	u32 touched_state;	/* newest state that a change of it made */
	char wrong[200];	/* an operation failed that must not */
};

extern struct x_live *x_live_now;	/* for the hook; NULL: none */
void x_live_unlocked(struct mutex *m);
void x_live_begin(struct x_live *l, struct x_disk *d);
void x_live_note(struct x_live *l);	/* a state, if it is new */
void x_live_ack(struct x_live *l, u32 state);
void x_live_promise(struct x_live *l, u64 volume);	/* 0: all of them */
void x_live_wrong(struct x_live *l, const char *what, int err);
struct x_spot *x_spot(struct x_live *l, u64 volume, u32 chunk, u32 sub);
void x_spot_event(struct x_spot *spot, u64 value);
u64 x_tag(u64 volume, u32 chunk, u32 sub, u32 stamp);
int x_write(struct x_live *l, struct kdp_volume *v, u32 chunk);
int x_overwrite(struct x_live *l, struct kdp_volume *v, u32 chunk);
int x_discard(struct x_live *l, struct kdp_volume *v, u32 chunk);
int x_flush(struct x_live *l, struct kdp_volume *v);

/* variants.c */
struct x_variant {
	const char *name;
	void (*fn)(struct x_live *l);
};

extern const struct x_variant x_variants[];
extern const u32 x_nr_variants;

struct x_sequence {
	u32 length;
	u32 variant[X_LENGTH];
	u64 number;
};

void x_sequence_name(const struct x_sequence *q, char *buf, size_t size);

/* pool.c: cells before and after the activation that a sequence begins with. */
extern u32 x_before[X_BLOCKS], x_base[X_BLOCKS];
extern struct x_live x_base_live;
extern struct kdp_geometry x_geometry;
void x_pool_make(struct x_disk *d);
/* A store that is active, on x_base. */
struct kdp_store *x_pool_start(struct x_disk *d);

/* pending.c */
#define X_VERSIONS	4u
#define X_UNITS		192u

/* A block with versions of which one, or none, has reached the medium. */
struct x_unit {
	u32 block;
	u32 replica;		/* or X_DATA */
	u32 role;
	u32 nr;
	u32 content[X_VERSIONS];
	bool discard[X_VERSIONS];
};

struct x_pending {
	struct x_unit unit[X_UNITS];
	u32 nr;
	u64 durable[KDP_REPLICAS];	/* a hash of what became certain */
};

void x_pending_add(struct x_pending *p, const struct x_disk *d,
		   const struct x_entry *e);
/* @e has completed: what is certain goes into the cells. */
void x_pending_complete(struct x_pending *p, struct x_disk *d,
			const struct x_entry *e);
u64 x_pending_hash(const struct x_pending *p);

/* choice.c */
#define X_PATTERNS	128u
#define X_COMPLETE	20000u	/* ways; above that: reduced */

/* Replicas with the same blocks pending, and alike before. */
struct x_class {
	u32 n;
	u8 replica[KDP_REPLICAS];
	u32 nr_units;
	u16 unit[KDP_REPLICAS][X_UNITS / KDP_REPLICAS + 1];
	u32 nr_patterns;
	u8 pattern[X_PATTERNS][X_UNITS / KDP_REPLICAS + 1];
	u32 chosen[KDP_REPLICAS];	/* pattern of each, not rising */
};

struct x_choice {
	const struct x_pending *pending;
	struct x_class class[KDP_REPLICAS];
	u32 nr_classes;
	u32 data[X_UNITS];	/* version, 0: none; of units of data */
	bool complete;
};

/*
 * @alike: replicas with equal numbers were equal before.  @few: patterns, if
 * they are reduced.
 */
void x_choice_begin(struct x_choice *c, const struct x_pending *p,
		    const u8 *alike, bool few);
bool x_choice_next(struct x_choice *c);
/* The version of unit @u that survives, 0: none. */
void x_choice_versions(const struct x_choice *c, u8 *version);
/* Replicas with equal numbers are equal in this case. */
void x_choice_alike(const struct x_choice *c, u8 *alike);

/* crash.c */
struct x_counts {
	u64 sequences, points, cases, distinct, wiped, torn, torn_units;
	u64 complete, reduced, inner_points, inner_cases, violations;
};

extern struct x_counts x_counts;

/* A case, as REPLAY= names it; ~0: any. */
struct x_where {
	u32 point, kase, wipe, inner_point, inner_kase;
};

struct x_exam {
	struct x_disk *disk;
	const struct x_live *live;
	const struct x_sequence *sequence;
	const struct x_where *only;	/* verbose, nothing else; or NULL */
	bool crash_recovery;		/* as well */
};

/* The log's entries from @from on; the disk is as before the log. */
void x_examine(struct x_exam *x, const struct x_log *log, u32 from);

/* judge.c */
struct x_verdict {
	bool good;
	u32 state;		/* that was recovered; ~0: none */
	char text[200];
};

void x_judge(const struct x_live *l, u32 floor, const struct x_outcome *out,
	     struct x_verdict *v);

/* exhaust.c */
void x_violation(const struct x_exam *x, const struct x_where *at,
		 const char *text);

static inline void *x_must(void *p)
{
	if (!p)
		abort();
	return p;
}

#endif
