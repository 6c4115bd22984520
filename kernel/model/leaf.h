/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Leaves of maps: a page each, 504 entries and a header.  They are counted:
 * a checkpoint's snapshot shares them with the live map, and a shared leaf is
 * copied before it is changed.
 *
 * Memory comes from the allocator, and when that has none from a bounded
 * reserve that is refilled outside the I/O path.  When the reserve is empty too
 * and a leaf has to be copied, the snapshot is given up: its references count
 * no longer and leaves are changed in place.  So a change of an existing leaf
 * never fails.
 *
 * All functions: the store's model lock.  Readers of entries hold
 * rcu_read_lock(), or a reference.
 */
#ifndef KDP_MODEL_LEAF_H
#define KDP_MODEL_LEAF_H

#include <linux/build_bug.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

#define KDP_LEAF_CHUNKS		504u
#define KDP_LEAF_RESERVE	64u	/* leaves kept for bad times */

struct kdp_leaf {
	u32 refs;
	u32 nr_mapped;		/* entries that are no holes */
	u32 nr_unwritten;
	struct kdp_leaf *next;	/* in the reserve */
	struct rcu_head rcu;
	u64 spare[3];
	u64 entry[KDP_LEAF_CHUNKS];
};

static_assert(sizeof(struct kdp_leaf) == 4096);

/* One for each pool; maps without one (NULL) only use the allocator. */
struct kdp_leaves {
	struct kdp_leaf *reserve;
	u32 nr_reserve;
	bool given_up;		/* the snapshot's references do not count */
	u64 nr_copied;		/* for statistics */
};

void kdp_leaves_init(struct kdp_leaves *p);
void kdp_leaves_destroy(struct kdp_leaves *p);

/* A leaf that nobody has filled yet, one reference; NULL: no memory. */
struct kdp_leaf *kdp_leaf_new(struct kdp_leaves *p);
/* Drop a reference; the last one frees it after a grace period. */
void kdp_leaf_put(struct kdp_leaf *leaf);

static inline bool kdp_leaf_shared(const struct kdp_leaves *p,
				   const struct kdp_leaf *leaf)
{
	return leaf->refs > 1 && !(p && p->given_up);
}

/*
 * Add memory to the reserve.  kdp_leaf_spare() needs no lock and may sleep;
 * kdp_leaves_add() takes what it returned.
 */
static inline bool kdp_leaves_short(const struct kdp_leaves *p)
{
	return READ_ONCE(p->nr_reserve) < KDP_LEAF_RESERVE;
}

struct kdp_leaf *kdp_leaf_spare(void);
void kdp_leaves_add(struct kdp_leaves *p, struct kdp_leaf *leaf);

#endif
