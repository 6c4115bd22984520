// SPDX-License-Identifier: GPL-2.0-only
/*
 * What happens to a pool when tables are resumed, suspended and removed.
 *
 * The store is opened by the first resume and stays open over suspends and
 * reloads.  It is closed, that is cleaned and made read-only, when the last
 * pool target goes; its memory stays until the last volume has let go.
 */
#include <linux/random.h>
#include <linux/sched/mm.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/utsname.h>

#include "target/pool.h"
#include "target/sysfs.h"
#include "target/volume.h"

/*
 * How long a landing may wait to be recorded, as others then cost less, and how
 * many make that urgent.
 */
#define KDP_RECORD_DELAY	msecs_to_jiffies(5)
#define KDP_RECORD_SOON		(KDP_MAX_LANDINGS / 4)

/* Keep what the store says about its failure, loudly.  Returns @err. */
static int kdp_pool_complain(struct kdp_pool *pool, struct kdp_store *store,
			     const char *what, int err)
{
	char reason[KDP_REASON_SIZE];

	kdp_store_reason(store, reason, sizeof(reason));
	DMERR("%s: %s failed (%d): %s", pool->name, what, err, reason);
	kdp_pool_set_error(pool, reason);
	return err;
}

static int kdp_pool_activate(struct kdp_pool *pool, struct kdp_store *store,
			     const struct kdp_activation *as)
{
	struct kdp_activation who = *as;
	int r;

	who.nonce = get_random_u64();
	who.now = ktime_get_real_seconds();
	strscpy(who.host, utsname()->nodename, sizeof(who.host));
	r = kdp_store_activate(store, &who);
	if (!r)
		return 0;
	kdp_pool_complain(pool, store, "activation", r);
	/* what can only be read shall be readable */
	if (r == -EROFS && kdp_store_mode(store) == KDP_STORE_READ_ONLY)
		return 0;
	return r;
}

/* Let bios and the world know what the store's mode is. */
static void kdp_pool_look_mode(struct kdp_pool *pool)
{
	enum kdp_store_mode mode = kdp_store_mode(pool->store);
	unsigned long flags;
	bool news;

	if (likely(READ_ONCE(pool->mode_told) == mode))
		return;
	spin_lock_irqsave(&pool->lock, flags);
	news = pool->mode_told != mode;
	WRITE_ONCE(pool->mode_told, mode);
	WRITE_ONCE(pool->writable, mode == KDP_STORE_ACTIVE);
	spin_unlock_irqrestore(&pool->lock, flags);
	if (news)
		schedule_work(&pool->event_work);
}

/* Open @store; true to write means to begin a new epoch on the disk. */
static int kdp_pool_open_store(struct kdp_pool *pool, struct kdp_store *store,
			       const struct kdp_activation *as, bool read_only)
{
	int r = kdp_store_open(store);

	if (r)
		return kdp_pool_complain(pool, store, "opening the pool", r);
	if (!read_only)
		return kdp_pool_activate(pool, store, as);
	kdp_store_set_read_only(store);
	return 0;
}

/* From now on the logs call the pool by its own name. */
static void kdp_pool_learn_name(struct kdp_pool *pool, struct kdp_store *store)
{
	struct kdp_store_info info;

	kdp_store_info(store, &info);
	strscpy(pool->name, info.super.name, sizeof(pool->name));
}

static int kdp_pool_open(struct kdp_pool *pool, const struct kdp_activation *as,
			 bool read_only)
{
	u64 blocks = bdev_nr_sectors(pool->disk.bdev) / KDP_SECTORS_PER_BLOCK;
	struct kdp_store *store = kdp_store_new(&kdp_disk_io, &pool->disk,
						blocks);
	int r;

	if (!store) {
		kdp_pool_set_error(pool, "not enough memory to open the pool");
		return -ENOMEM;
	}
	r = kdp_pool_open_store(pool, store, as, read_only);
	if (r) {
		kdp_store_free(store);
		return r;
	}
	kdp_pool_learn_name(pool, store);
	pool->store = store;
	pool->read_only = read_only;
	pool->state = KDP_POOL_SUSPENDED;
	spin_lock_irq(&pool->lock);
	pool->mode_told = KDP_STORE_CLOSED;
	spin_unlock_irq(&pool->lock);
	return 0;
}

static bool kdp_pool_has_volumes(struct kdp_pool *pool)
{
	bool has;

	spin_lock_irq(&pool->lock);
	has = !list_empty(&pool->volumes);
	spin_unlock_irq(&pool->lock);
	return has;
}

/* Resumed again, perhaps with another table.  life, for writing. */
static int kdp_pool_restart(struct kdp_pool *pool,
			    const struct kdp_activation *as, bool read_only)
{
	if (read_only) {
		kdp_store_set_read_only(pool->store);
		pool->read_only = true;
		return 0;
	}
	if (kdp_store_mode(pool->store) == KDP_STORE_ACTIVE)
		return 0;
	/* only a new epoch makes it writable, and that needs a new store */
	if (!kdp_pool_has_volumes(pool)) {
		kdp_store_free(pool->store);
		pool->store = NULL;
		pool->state = KDP_POOL_NEW;
		return kdp_pool_open(pool, as, false);
	}
	if (!pool->read_only)
		return 0;
	DMERR("%s: cannot become writable while volumes are in use",
	      pool->name);
	return -EBUSY;
}

int kdp_pool_start(struct kdp_pool *pool, const struct kdp_activation *as,
		   bool read_only)
{
	unsigned int noio = memalloc_noio_save();
	int r;

	down_write(&pool->life);
	if (pool->store)
		r = kdp_pool_restart(pool, as, read_only);
	else
		r = kdp_pool_open(pool, as, read_only);
	up_write(&pool->life);
	memalloc_noio_restore(noio);
	return r;
}

/* Have every volume look after its parked bios. */
static void kdp_pool_wake(struct kdp_pool *pool)
{
	struct kdp_vt *vt;

	spin_lock_irq(&pool->lock);
	list_for_each_entry(vt, &pool->volumes, bound)
		queue_work(pool->io_wq, &vt->parked_work);
	spin_unlock_irq(&pool->lock);
}

void kdp_pool_run(struct kdp_pool *pool)
{
	down_write(&pool->life);
	pool->state = KDP_POOL_RUNNING;
	pool->clean = false;
	kdp_pool_look(pool);
	/* those that there was no memory for before */
	if (kdp_store_landed(pool->store))
		kdp_pool_landed(pool, 1);
	kdp_gate_open(&pool->gate);
	kdp_tend_start(pool);
	up_write(&pool->life);
	kdp_pool_wake(pool);
}

/* Leave nothing to be written.  life, for writing; the gate is closed. */
static void kdp_pool_settle(struct kdp_pool *pool, bool noflush)
{
	int r;

	if (pool->clean || kdp_store_mode(pool->store) != KDP_STORE_ACTIVE)
		return;
	if (noflush) {
		r = kdp_store_commit(pool->store, NULL);
	} else {
		r = kdp_store_clean(pool->store);
		pool->clean = !r;
	}
	if (r)
		kdp_pool_complain(pool, pool->store, "writing the last changes",
				  r);
	kdp_pool_look_mode(pool);
}

/* Nobody is inside afterwards.  life, for writing. */
static void kdp_pool_close(struct kdp_pool *pool)
{
	kdp_tend_stop(pool);
	kdp_gate_close(&pool->gate);
	cancel_delayed_work_sync(&pool->record_work);
	cancel_work_sync(&pool->checkpoint_work);
	cancel_work_sync(&pool->upkeep_work);
}

void kdp_pool_suspend(struct kdp_pool *pool, bool noflush)
{
	unsigned int noio = memalloc_noio_save();

	down_write(&pool->life);
	if (pool->state == KDP_POOL_RUNNING) {
		pool->state = KDP_POOL_SUSPENDED;
		kdp_pool_close(pool);
		kdp_pool_settle(pool, noflush);
	}
	up_write(&pool->life);
	memalloc_noio_restore(noio);
}

void kdp_pool_tidy(struct kdp_pool *pool)
{
	unsigned int noio = memalloc_noio_save();
	int r;

	/* whoever has it for writing may wait for a disk that does not answer */
	if (!down_read_trylock(&pool->life))
		goto out;
	if (pool->state == KDP_POOL_RUNNING &&
	    kdp_store_mode(pool->store) == KDP_STORE_ACTIVE) {
		r = kdp_store_clean(pool->store);
		if (r)
			kdp_pool_complain(pool, pool->store,
					  "writing the last changes", r);
		kdp_pool_look_mode(pool);
	}
	up_read(&pool->life);
out:
	memalloc_noio_restore(noio);
}

void kdp_pool_stop(struct kdp_pool *pool)
{
	unsigned int noio = memalloc_noio_save();

	down_write(&pool->life);
	pool->state = KDP_POOL_GONE;
	kdp_pool_close(pool);
	if (pool->store) {
		kdp_pool_settle(pool, false);
		kdp_store_set_read_only(pool->store);
	}
	WRITE_ONCE(pool->gone, true);
	up_write(&pool->life);
	kdp_sysfs_remove(pool);
	kdp_pool_wake(pool);
	memalloc_noio_restore(noio);
}

void kdp_pool_look(struct kdp_pool *pool)
{
	kdp_pool_look_mode(pool);
	kdp_tend_look(pool);
	if (!READ_ONCE(pool->writable))
		return;
	if (kdp_store_wants_checkpoint(pool->store))
		queue_work(pool->checkpoint_wq, &pool->checkpoint_work);
	if (kdp_store_wants_upkeep(pool->store))
		queue_work(pool->checkpoint_wq, &pool->upkeep_work);
}

void kdp_pool_checkpoint_work(struct work_struct *work)
{
	struct kdp_pool *pool = container_of(work, struct kdp_pool,
					     checkpoint_work);
	unsigned int noio = memalloc_noio_save();
	int r = kdp_store_checkpoint(pool->store);

	/* without memory it is tried again after the next commit */
	if (r && r != -ENOMEM && r != -EAGAIN)
		kdp_pool_complain(pool, pool->store, "checkpoint", r);
	kdp_pool_look_mode(pool);
	memalloc_noio_restore(noio);
}

void kdp_pool_upkeep_work(struct work_struct *work)
{
	struct kdp_pool *pool = container_of(work, struct kdp_pool,
					     upkeep_work);
	unsigned int noio = memalloc_noio_save();

	kdp_store_upkeep(pool->store);
	kdp_pool_wake(pool);
	memalloc_noio_restore(noio);
}

/*
 * While there are landings of an active pool this is queued or running: the
 * first one queues it, and it queues itself until there are none.
 */
void kdp_pool_landed(struct kdp_pool *pool, u32 nr)
{
	if (nr == 1)
		queue_delayed_work(pool->io_wq, &pool->record_work,
				   KDP_RECORD_DELAY);
	else if (nr == KDP_RECORD_SOON)
		mod_delayed_work(pool->io_wq, &pool->record_work, 0);
}

int kdp_pool_record(struct kdp_pool *pool)
{
	unsigned int noio = memalloc_noio_save();
	int r = kdp_store_record_landed(pool->store);

	memalloc_noio_restore(noio);
	return r;
}

void kdp_pool_record_work(struct work_struct *work)
{
	struct kdp_pool *pool = container_of(to_delayed_work(work),
					     struct kdp_pool, record_work);
	int r = kdp_pool_record(pool);

	kdp_pool_look(pool);
	if (kdp_store_landed(pool->store) && READ_ONCE(pool->writable))
		queue_delayed_work(pool->io_wq, &pool->record_work,
				   r ? HZ : KDP_RECORD_DELAY);
}
