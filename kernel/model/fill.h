/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * First writes: one at a time per chunk.
 *
 * Whoever wants to write to a chunk that is not yet written begins a fill.  The
 * first one becomes the owner: it writes zeros and data, has that recorded or
 * lets it land (kdp_store_land()), and ends the fill.  Those who begin a fill of the same chunk in
 * the meantime are queued and handed to the owner when it ends; each of them
 * has to look the chunk up again, as it may or may not be written now.
 *
 * The same holds for a new owner: between its look-up and its begin an older
 * fill may have ended.  So an owner looks the chunk up (again) after it has
 * become the owner; as map or landing are there before a fill ends, it then sees
 * the truth, and nobody else can change it.
 *
 * A discard of a chunk that is being filled, or zeros to it, have to wait for the
 * fill: the chunk counts as unwritten until then, yet a write that has ended may
 * be in it.
 *
 * The memory of a fill is the caller's; nothing here allocates.  Any context.
 */
#ifndef KDP_MODEL_FILL_H
#define KDP_MODEL_FILL_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#define KDP_FILL_BUCKETS	256u	/* a power of two */

struct kdp_fill {
	struct hlist_node node;		/* owner: in its bucket */
	struct list_head waiters;	/* owner: those who wait, oldest first */
	struct list_head entry;		/* waiter: in the owner's list */
	u64 volume;
	u64 ticket;			/* fills are numbered as they begin */
	u32 logical;
};

struct kdp_fill_table {
	spinlock_t lock;	/* innermost; protects all of it */
	u64 tickets;
	u32 nr_owners;
	struct hlist_head buckets[KDP_FILL_BUCKETS];
};

void kdp_fill_table_init(struct kdp_fill_table *t);

/*
 * Begin to fill chunk @logical of @volume.  True: @f is the owner.  False: @f
 * waits, and may already have been handed to somebody else when this returns.
 */
bool kdp_fill_begin(struct kdp_fill_table *t, struct kdp_fill *f, u64 volume,
		    u32 logical);

/* The number that the next fill will have: those before it began earlier. */
u64 kdp_fill_ticket(struct kdp_fill_table *t);

/*
 * If a fill of one of these chunks began before @ticket and is not over, @f
 * waits for it (true), and is to ask again when it is handed over.
 */
bool kdp_fill_wait(struct kdp_fill_table *t, struct kdp_fill *f, u64 volume,
		   u32 logical, u32 count, u64 ticket);

/* Is a fill of one of these chunks in progress? */
bool kdp_fill_busy(struct kdp_fill_table *t, u64 volume, u32 logical,
		   u32 count);

/* The owner is done; those who waited are added to the list @waiters. */
void kdp_fill_end(struct kdp_fill_table *t, struct kdp_fill *f,
		  struct list_head *waiters);

#endif
