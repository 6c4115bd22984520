// SPDX-License-Identifier: GPL-2.0-only
/*
 * Landings: first writes that have been acknowledged, but not recorded yet.
 *
 * Until a landing is recorded the map says "unwritten" or "hole", and the table
 * here says where the data is: who looks a chunk up looks here first, then at
 * the map.  A landing is taken out after the map has been changed, so one of the
 * two always tells the truth.  kernel/doc/locking.rst, "Landings".
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "format/block.h"
#include "store/private.h"

#define KDP_LANDING_BUCKETS	64u	/* a power of two */

struct kdp_landing {
	struct hlist_node node;		/* in its bucket */
	struct list_head entry;		/* waiting, or free */
	struct kdp_volume *volume;
	u32 logical;
	u32 physical;
	bool hole;			/* it was one: the chunk is reserved */
};

struct kdp_landings {
	struct mutex recorder;		/* who records */
	spinlock_t lock;		/* protects what follows; irqsave */
	u32 nr;				/* also read by smp_load_acquire() */
	struct list_head waiting;	/* oldest first */
	struct list_head free;
	struct hlist_head buckets[KDP_LANDING_BUCKETS];
	struct kdp_landing slot[KDP_MAX_LANDINGS];
};

struct kdp_landings *kdp_landings_new(void)
{
	struct kdp_landings *l = kvzalloc(sizeof(*l), GFP_KERNEL);
	u32 i;

	if (!l)
		return NULL;
	mutex_init(&l->recorder);
	spin_lock_init(&l->lock);
	INIT_LIST_HEAD(&l->waiting);
	INIT_LIST_HEAD(&l->free);
	for (i = 0; i < KDP_LANDING_BUCKETS; i++)
		INIT_HLIST_HEAD(&l->buckets[i]);
	for (i = 0; i < KDP_MAX_LANDINGS; i++)
		list_add_tail(&l->slot[i].entry, &l->free);
	return l;
}

void kdp_landings_free(struct kdp_landings *l)
{
	if (!l)
		return;
	mutex_destroy(&l->recorder);
	kvfree(l);
}

static struct hlist_head *kdp_landing_bucket(struct kdp_landings *l,
					     const struct kdp_volume *v,
					     u32 logical)
{
	u64 hash = kdp_mix64(v->info.id << 24 ^ logical);

	return &l->buckets[hash & (KDP_LANDING_BUCKETS - 1)];
}

/*
 * Recording may need a leaf for each.  While the reserve of those is not whole
 * it is better to have the writer told that there is no memory.
 */
static bool kdp_landing_allowed(const struct kdp_store *s)
{
	return kdp_store_mode(s) == KDP_STORE_ACTIVE &&
	       !kdp_leaves_short(&s->model.leaves);
}

u32 kdp_store_land(struct kdp_store *s, struct kdp_volume *v, u32 logical,
		   u32 physical, bool hole)
{
	struct kdp_landings *l = s->landings;
	struct kdp_landing *landing;
	unsigned long flags;
	u32 nr = 0;

	if (!kdp_landing_allowed(s))
		return 0;
	spin_lock_irqsave(&l->lock, flags);
	if (!list_empty(&l->free)) {
		landing = list_first_entry(&l->free, struct kdp_landing, entry);
		landing->volume = v;
		landing->logical = logical;
		landing->physical = physical;
		landing->hole = hole;
		hlist_add_head(&landing->node,
			       kdp_landing_bucket(l, v, logical));
		list_move_tail(&landing->entry, &l->waiting);
		atomic_inc(&v->landed);
		nr = l->nr + 1;
		WRITE_ONCE(l->nr, nr);
	}
	spin_unlock_irqrestore(&l->lock, flags);
	return nr;
}

u32 kdp_store_landed(const struct kdp_store *s)
{
	return READ_ONCE(s->landings->nr);
}

static bool kdp_find_landing(struct kdp_landings *l, const struct kdp_volume *v,
			     u32 logical, struct kdp_mapping *m)
{
	struct kdp_landing *landing;
	unsigned long flags;
	bool found = false;

	spin_lock_irqsave(&l->lock, flags);
	hlist_for_each_entry(landing, kdp_landing_bucket(l, v, logical), node) {
		if (landing->volume != v || landing->logical != logical)
			continue;
		*m = (struct kdp_mapping) {
			.state = KDP_CHUNK_WRITTEN,
			.physical = landing->physical,
			.count = 1,
		};
		found = true;
		break;
	}
	spin_unlock_irqrestore(&l->lock, flags);
	return found;
}

void kdp_store_look_up(struct kdp_store *s, struct kdp_volume *v, u32 first,
		       u32 count, struct kdp_mapping *m)
{
	/* pairs with the release in kdp_landing_over(): first here, then there */
	bool landed = smp_load_acquire(&s->landings->nr);

	if (landed && kdp_find_landing(s->landings, v, first, m))
		return;
	rcu_read_lock();
	kdp_map_lookup(&v->map, first, count, m);
	rcu_read_unlock();
	/* those behind the first were not looked for */
	if (landed && m->state != KDP_CHUNK_WRITTEN)
		m->count = 1;
}

/* The map says it now.  lock. */
static void kdp_landing_over(struct kdp_landings *l,
			     struct kdp_landing *landing)
{
	hlist_del_init(&landing->node);
	list_move(&landing->entry, &l->free);
	/* the mark of kdp_record() was set before: a FLUSH sees one of both */
	atomic_dec_return_release(&landing->volume->landed);
	/* pairs with the acquire in kdp_store_look_up() */
	smp_store_release(&l->nr, l->nr - 1);
}

/* The oldest @count are in the map, or have to be tried again later. */
static void kdp_landings_tried(struct kdp_landings *l, u32 count,
			       bool recorded)
{
	struct kdp_landing *landing;
	unsigned long flags;

	spin_lock_irqsave(&l->lock, flags);
	while (count--) {
		landing = list_first_entry(&l->waiting, struct kdp_landing,
					   entry);
		if (recorded)
			kdp_landing_over(l, landing);
		else
			list_move_tail(&landing->entry, &l->waiting);
	}
	spin_unlock_irqrestore(&l->lock, flags);
}

/* Does @b go on where @e, that begins with landing @a, ends? */
static bool kdp_landing_continues(const struct kdp_landing *a,
				  const struct kdp_extent *e,
				  const struct kdp_landing *b)
{
	return b->volume == a->volume && b->hole == a->hole &&
	       b->logical == e->logical + e->count &&
	       b->physical == a->physical + e->count;
}

/*
 * Those that were written one after the other are recorded as one: up to @max
 * from the oldest on, which is returned.  They stay where they are.  recorder.
 */
static struct kdp_landing *kdp_landings_run(struct kdp_landings *l, u32 max,
					    struct kdp_extent *e)
{
	struct kdp_landing *first, *next;
	unsigned long flags;

	spin_lock_irqsave(&l->lock, flags);
	first = list_first_entry(&l->waiting, struct kdp_landing, entry);
	*e = (struct kdp_extent) {
		.logical = first->logical, .physical = first->physical,
		.count = 1, .birth = first->volume->info.birth,
	};
	list_for_each_entry(next, &l->waiting, entry) {
		if (next == first)
			continue;
		if (e->count == max || !kdp_landing_continues(first, e, next))
			break;
		e->count++;
	}
	spin_unlock_irqrestore(&l->lock, flags);
	return first;
}

/* Record a run of at most @max; returns how many that were. */
static u32 kdp_record_run(struct kdp_store *s, u32 max, int *error)
{
	struct kdp_landings *l = s->landings;
	struct kdp_landing *first;
	struct kdp_extent e;
	int err;

	first = kdp_landings_run(l, max, &e);
	err = kdp_record_first_writes(s, first->volume, &e, first->hole);
	kdp_landings_tried(l, e.count, !err);
	if (err && !*error)
		*error = err;
	return e.count;
}

int kdp_store_record_landed(struct kdp_store *s)
{
	struct kdp_landings *l = s->landings;
	int err = 0;
	u32 nr;

	/* pairs with the release in kdp_landing_over() */
	if (!smp_load_acquire(&l->nr))
		return 0;
	mutex_lock(&l->recorder);
	/* newer ones are not waited for, or it might never end */
	nr = READ_ONCE(l->nr);
	while (nr)
		nr -= kdp_record_run(s, nr, &err);
	mutex_unlock(&l->recorder);
	return err;
}
