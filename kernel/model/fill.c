// SPDX-License-Identifier: GPL-2.0-only
#include "format/block.h"
#include "model/fill.h"

void kdp_fill_table_init(struct kdp_fill_table *t)
{
	u32 i;

	spin_lock_init(&t->lock);
	t->tickets = 0;
	t->nr_owners = 0;
	for (i = 0; i < KDP_FILL_BUCKETS; i++)
		INIT_HLIST_HEAD(&t->buckets[i]);
}

static struct hlist_head *kdp_fill_bucket(struct kdp_fill_table *t, u64 volume,
					  u32 logical)
{
	u64 hash = kdp_mix64(volume << 24 ^ logical);

	return &t->buckets[hash & (KDP_FILL_BUCKETS - 1)];
}

static struct kdp_fill *kdp_fill_find(struct hlist_head *bucket, u64 volume,
				      u32 logical)
{
	struct kdp_fill *f;

	hlist_for_each_entry(f, bucket, node)
		if (f->volume == volume && f->logical == logical)
			return f;
	return NULL;
}

bool kdp_fill_begin(struct kdp_fill_table *t, struct kdp_fill *f, u64 volume,
		    u32 logical)
{
	struct hlist_head *bucket = kdp_fill_bucket(t, volume, logical);
	struct kdp_fill *owner;
	unsigned long flags;

	f->volume = volume;
	f->logical = logical;
	INIT_LIST_HEAD(&f->waiters);

	spin_lock_irqsave(&t->lock, flags);
	owner = kdp_fill_find(bucket, volume, logical);
	if (owner)
		list_add_tail(&f->entry, &owner->waiters);
	else
		hlist_add_head(&f->node, bucket);
	f->ticket = t->tickets++;
	t->nr_owners += !owner;
	spin_unlock_irqrestore(&t->lock, flags);
	return !owner;
}

u64 kdp_fill_ticket(struct kdp_fill_table *t)
{
	unsigned long flags;
	u64 ticket;

	spin_lock_irqsave(&t->lock, flags);
	ticket = t->tickets;
	spin_unlock_irqrestore(&t->lock, flags);
	return ticket;
}

/* A fill within the range that is older than @ticket. */
static struct kdp_fill *kdp_fill_older(struct kdp_fill_table *t, u64 volume,
				       u32 logical, u32 count, u64 ticket)
{
	struct kdp_fill *f;
	u32 i;

	for (i = 0; t->nr_owners && i < KDP_FILL_BUCKETS; i++)
		hlist_for_each_entry(f, &t->buckets[i], node)
			if (f->volume == volume && f->ticket < ticket &&
			    f->logical >= logical &&
			    f->logical - logical < count)
				return f;
	return NULL;
}

bool kdp_fill_wait(struct kdp_fill_table *t, struct kdp_fill *f, u64 volume,
		   u32 logical, u32 count, u64 ticket)
{
	struct kdp_fill *owner;
	unsigned long flags;

	spin_lock_irqsave(&t->lock, flags);
	owner = kdp_fill_older(t, volume, logical, count, ticket);
	if (owner)
		list_add_tail(&f->entry, &owner->waiters);
	spin_unlock_irqrestore(&t->lock, flags);
	return owner;
}

bool kdp_fill_busy(struct kdp_fill_table *t, u64 volume, u32 logical, u32 count)
{
	unsigned long flags;
	bool busy;

	spin_lock_irqsave(&t->lock, flags);
	busy = kdp_fill_older(t, volume, logical, count, U64_MAX);
	spin_unlock_irqrestore(&t->lock, flags);
	return busy;
}

void kdp_fill_end(struct kdp_fill_table *t, struct kdp_fill *f,
		  struct list_head *waiters)
{
	unsigned long flags;

	spin_lock_irqsave(&t->lock, flags);
	hlist_del_init(&f->node);
	t->nr_owners--;
	list_splice_tail_init(&f->waiters, waiters);
	spin_unlock_irqrestore(&t->lock, flags);
}
