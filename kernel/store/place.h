/* SPDX-License-Identifier: GPL-2.0-only */
/* Places (place.c): what every replica has a copy of. */
#ifndef KDP_STORE_PLACE_H
#define KDP_STORE_PLACE_H

#include "store/private.h"

enum kdp_place_kind {
	KDP_PLACE_SUPER = 0,	/* index: slot */
	KDP_PLACE_JOURNAL,	/* position */
	KDP_PLACE_CHECKPOINT,	/* block of the stream that is named */
};

struct kdp_place {
	enum kdp_place_kind kind;
	u64 index;
};

/* What the copies of a place must say. */
struct kdp_expect {
	struct kdp_place place;
	const struct kdp_super *super;	/* itself, or whose geometry counts */
	struct kdp_taken taken;
	u32 digest;
};

/* False: the place is not in use any more.  commit_lock. */
bool kdp_place_expect(const struct kdp_store *s, const struct kdp_place *p,
		      struct kdp_expect *e);
/* Where replica @r's copy is. */
u64 kdp_place_block(const struct kdp_store *s, const struct kdp_place *p,
		    u32 r);
u64 kdp_expect_block(const struct kdp_expect *e, u32 r);
/* Is @block the copy of replica @r?  @scratch is a block of memory. */
enum kdp_fault kdp_expect_check(const struct kdp_expect *e, u32 r,
				const void *block, void *scratch);

#define KDP_ALL_REPLICAS	((1u << KDP_REPLICAS) - 1)

struct kdp_mend {
	u32 look;		/* replicas whose copies are read */
	u32 mend;		/* those of them that may be rewritten */
	enum kdp_io_op op;
	bool verify;		/* read back what was written */
	u32 bad;		/* out: copies that were bad */
	u32 failed;		/* out: could not be rewritten */
	u32 unreadable;		/* out: could not be read */
	bool gone;		/* out: nobody has a good copy */
	enum kdp_fault fault[KDP_REPLICAS];
};

/*
 * Read the copies of a place, rewrite bad ones from a good one that was just
 * read and verified.  A failed write is left to the caller.  commit_lock.
 */
void kdp_place_mend(struct kdp_store *s, const struct kdp_place *p,
		    struct kdp_mend *m);

#endif
