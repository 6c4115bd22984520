/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One case: a base image, mutations of it, and what became of the pool.
 *
 * A mutation changes the copy of one replica, the reference, and then spreads
 * it to all the replicas in the mask.  case_seal() comes last: it brings chain
 * hashes and checksums in order, so that what was changed is believed.
 */
#ifndef KDP_FUZZ_CASE_H
#define KDP_FUZZ_CASE_H

#include "corpus.h"
#include "fields.h"
#include "rng.h"

#define MAX_HITS	12u

enum area {
	AREA_SUPER,		/* index: slot */
	AREA_JOURNAL,		/* index: in the ring */
	AREA_CHECKPOINT,	/* index: in the stream */
};

struct place {
	enum area area;
	u32 slot;		/* of the checkpoint */
	u32 index;
};

/* Which mutation touched which structure; a line of the table at the end. */
struct hit {
	u8 structure;
	u8 mutation;
};

struct fcase {
	u64 seed;
	struct rng rng;
	const struct base *base;
	struct image *disk;	/* over the base's image */
	u32 mask;		/* replicas that get the mutations, a bit each */
	bool sums;		/* make checksums right again */
	bool chains;		/* and the chain hashes */
	bool damage;		/* nothing is forged; damage.c knows more */
	struct live_commit commits[MAX_COMMITS + 4];
	u32 nr_commits;
	u64 end_pos;
	u32 reference;		/* the replica in the mask that knows most */
	/* for made-up records: */
	bool plausible;		/* they are such as a store could write */
	u64 next_volume;
	u64 last_volume;	/* made up last, 0: none */
	u32 last_logical;	/* where nothing of it is mapped yet */
	u32 last_chunks;
	u32 free_chunk, nr_free;
	struct known known[MAX_KNOWN + 32];
	u32 nr_known;
	u32 mutation;		/* that is being applied */
	struct hit hits[MAX_HITS];
	u32 nr_hits;
};

/* case.c */
void case_begin(struct fcase *c, u64 seed, struct image *disk);
void case_mutate(struct fcase *c);
extern bool case_verbose;	/* tell what is done */
/* Apply one of the mutations that only damage; for damage.c. */
void case_harm(struct fcase *c);
void damage_apply(struct fcase *c);
const char *mutation_name(u32 mutation);
void case_hit(struct fcase *c, u32 structure);
const struct base *case_other_base(struct fcase *c, bool same_pool);

static inline bool case_has(const struct fcase *c, u32 r)
{
	return c->mask >> r & 1;
}

/* place.c: where the blocks of an image are. */
u64 place_block(const struct base *b, const struct place *p, u32 r);
void place_any(struct fcase *c, struct place *p);
/* A position of the journal, before its end if there is one. */
bool place_journal(struct fcase *c, struct place *p);
void place_checkpoint(struct fcase *c, struct place *p);
u8 *place_edit(struct fcase *c, const struct place *p, u32 r);
const u8 *place_get(const struct fcase *c, const struct place *p, u32 r);
/* The structure that a block is by its header's type. */
u32 place_structure(const u8 *block);

/* seal.c */
/* Give the copy of replica @from to the others, each with its own address. */
void case_spread(struct fcase *c, const struct place *p, u32 from,
		 bool keep_own);
/* Make a header fit to where the block is going to be. */
void case_adopt(struct fcase *c, const struct place *p, u32 r, u8 *block,
		const u8 *replaced);
void case_seal(struct fcase *c);

/* values.c */
u64 value_any(struct fcase *c, u64 old, u32 size);
void value_bytes(struct fcase *c, u8 *p, u32 size);
u64 get_le(const u8 *p, u32 size);
void put_le(u8 *p, u32 size, u64 value);

/* records.c */
u32 record_make(struct fcase *c, u8 *p, u32 room);
bool mutate_splice(struct fcase *c);
bool mutate_commit(struct fcase *c);

/* stream.c */
bool mutate_entries(struct fcase *c);
bool mutate_append(struct fcase *c);
bool mutate_drop(struct fcase *c);

/* blocks.c */
bool mutate_field(struct fcase *c);
bool mutate_bits(struct fcase *c);
bool mutate_swap(struct fcase *c);
bool mutate_copy(struct fcase *c);
bool mutate_wipe(struct fcase *c);
bool mutate_tear(struct fcase *c);
bool mutate_mix_block(struct fcase *c);
bool mutate_mix_foreign(struct fcase *c);
bool mutate_mix_replica(struct fcase *c);
bool mutate_size(struct fcase *c);
bool mutate_unreadable(struct fcase *c);

#endif
