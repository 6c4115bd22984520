// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "readers.h"

#define KDP_LOOKS	32u	/* between rcu_read_lock() and unlock */

/* All of the run @m within its span, and not one chunk less. */
static bool kdp_run_is(const struct kdp_world *w, u32 logical, u32 max,
		       const struct kdp_mapping *m)
{
	u32 n, chunk = READ_ONCE(w->expect[logical]);
	u32 span = KDP_LEAF_CHUNKS - logical % KDP_LEAF_CHUNKS;

	if ((chunk & KDP_C_PLACE) == KDP_C_SWAPPED)
		return m->count == 1;
	for (n = 1; n < m->count && n < span; n++)
		if (READ_ONCE(w->expect[logical + n]) != chunk)
			return false;
	return m->count == max || n == span ||
	       READ_ONCE(w->expect[logical + n]) != chunk;
}

/* One lookup.  True: right, or nothing is known of it. */
static bool kdp_look(struct kdp_reader *r, u32 logical, u32 max)
{
	const struct kdp_world *w = r->world;
	const u32 *version = &w->version[logical / KDP_LEAF_CHUNKS];
	u32 before = READ_ONCE(*version);
	struct kdp_mapping *m = &r->seen;
	bool exact;

	smp_rmb(); /* pairs with kdp_world_turn() */
	kdp_map_lookup(&w->volume->map, logical, max, m);
	r->nr_looked++;
	if (!kdp_chunk_legal(logical, max, m))
		return false;
	exact = kdp_chunk_is(logical, READ_ONCE(w->expect[logical]), m) &&
		kdp_run_is(w, logical, max, m);
	smp_rmb(); /* the same */
	if (before & 1 || before != READ_ONCE(*version))
		return true;
	r->nr_exact++;
	return exact;
}

static void kdp_look_around(struct kdp_reader *r)
{
	u32 n, max, logical = 0;

	for (n = 0; n < KDP_LOOKS && !r->nr_wrong; n++) {
		logical = kdp_random(&r->rng, r->world->nr_chunks);
		max = r->world->nr_chunks - logical;
		if (kdp_random(&r->rng, 16))
			max = 1;
		else if (kdp_random(&r->rng, 2))
			max = 1 + kdp_random(&r->rng, max);
		if (!kdp_look(r, logical, max))
			r->nr_wrong++;
	}
	r->logical = logical;
}

static int kdp_reader_run(void *data)
{
	struct kdp_reader *r = data;

	while (!kthread_should_stop()) {
		/* what was found wrong first stays to be seen */
		if (r->nr_wrong) {
			schedule_timeout_interruptible(1);
			continue;
		}
		rcu_read_lock();
		kdp_look_around(r);
		rcu_read_unlock();
		cond_resched();
	}
	return 0;
}

int kdp_reader_start(struct kdp_reader *r, const struct kdp_world *w, u64 seed)
{
	struct task_struct *task;

	memset(r, 0, sizeof(*r));
	r->world = w;
	r->rng = seed * 0x9e3779b97f4a7c15ull;
	task = kthread_run(kdp_reader_run, r, "kdp-reader");
	if (IS_ERR(task))
		return PTR_ERR(task);
	r->task = task;
	return 0;
}

void kdp_reader_stop(struct kdp_reader *r)
{
	if (r->task)
		kthread_stop(r->task);
	r->task = NULL;
}

/* Compare the snapshot with what was expected when it was taken. */
static void kdp_keeper_read(struct kdp_keeper *k, struct kdp_snapshot *snap)
{
	const struct kdp_volume *v =
		list_first_entry(&snap->volumes, struct kdp_volume, all);
	struct kdp_mapping m;
	u32 i;

	for (i = 0; i < k->world->nr_chunks; i++) {
		kdp_map_lookup(&v->map, i, 1, &m);
		k->nr_wrong += !kdp_chunk_is(i, k->expect[i], &m);
		k->nr_looked++;
	}
}

static bool kdp_keeper_take(struct kdp_keeper *k, struct kdp_snapshot *snap)
{
	struct kdp_world *w = k->world;
	bool taken;

	mutex_lock(&w->lock);
	taken = kdp_snapshot_take(&w->model, snap);
	memcpy(k->expect, w->expect, w->nr_chunks * sizeof(u32));
	mutex_unlock(&w->lock);
	return taken;
}

static void kdp_keeper_release(struct kdp_keeper *k, struct kdp_snapshot *snap)
{
	struct kdp_world *w = k->world;
	bool done;

	do {
		mutex_lock(&w->lock);
		k->nr_given_up += kdp_snapshot_given_up(&w->model);
		done = kdp_snapshot_release(&w->model, snap);
		mutex_unlock(&w->lock);
	} while (!done);
}

/* As a checkpoint does it. */
static void kdp_keeper_once(struct kdp_keeper *k)
{
	struct kdp_snapshot snap;
	size_t size;

	mutex_lock(&k->world->lock);
	size = kdp_snapshot_size(&k->world->model);
	mutex_unlock(&k->world->lock);
	if (!kdp_snapshot_alloc(&snap, size) && kdp_keeper_take(k, &snap)) {
		k->nr_taken++;
		kdp_keeper_read(k, &snap);
		schedule_timeout_interruptible(2);
		kdp_keeper_read(k, &snap);
		kdp_keeper_release(k, &snap);
	}
	kdp_snapshot_free(&snap);
}

static int kdp_keeper_run(void *data)
{
	struct kdp_keeper *k = data;

	while (!kthread_should_stop()) {
		kdp_keeper_once(k);
		cond_resched();
	}
	return 0;
}

int kdp_keeper_start(struct kdp_keeper *k, struct kdp_world *w)
{
	struct task_struct *task;

	memset(k, 0, sizeof(*k));
	k->world = w;
	k->expect = kvcalloc(w->nr_chunks, sizeof(u32), GFP_KERNEL);
	if (!k->expect)
		return -ENOMEM;
	task = kthread_run(kdp_keeper_run, k, "kdp-keeper");
	if (IS_ERR(task)) {
		kvfree(k->expect);
		return PTR_ERR(task);
	}
	k->task = task;
	return 0;
}

void kdp_keeper_stop(struct kdp_keeper *k)
{
	if (!k->task)
		return;
	kthread_stop(k->task);
	kvfree(k->expect);
	k->task = NULL;
}
