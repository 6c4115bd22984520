// SPDX-License-Identifier: GPL-2.0-only
#include <linux/blkdev.h>
#include <linux/jiffies.h>
#include <linux/part_stat.h>
#include <linux/sched/mm.h>
#include <linux/timekeeping.h>

#include "target/event.h"
#include "target/pool.h"

#define KDP_IDLE_PAUSE_MS	2u
#define KDP_BUSY_PAUSE_MS	25u
#define KDP_BUSY_IOS		50u	/* of the disk since the last step */
#define KDP_RETRY_SECONDS	60u	/* without memory, or overtaken */

static u64 kdp_now(void)
{
	return ktime_get_boottime_seconds();
}

void kdp_tend_wake(struct kdp_pool *pool)
{
	struct kdp_tend *t = &pool->tend;

	if (READ_ONCE(t->on))
		mod_delayed_work(t->wq, &t->work, 0);
}

/* Before the bit: who clears it sees the number. */
static void kdp_tend_take_number(struct kdp_tend *t, enum kdp_tend_ask what)
{
	unsigned long flags;

	spin_lock_irqsave(&t->lock, flags);
	if (what == KDP_ASK_SCRUB)
		t->ticket[KDP_JOB_SCRUB].asked++;
	else if (what == KDP_ASK_REPAIR)
		t->ticket[KDP_JOB_REPAIR].asked++;
	spin_unlock_irqrestore(&t->lock, flags);
}

void kdp_tend_ask(struct kdp_pool *pool, enum kdp_tend_ask what)
{
	kdp_tend_take_number(&pool->tend, what);
	set_bit(what, &pool->tend.asked);
	wake_up(&pool->tend.wait);
	kdp_tend_wake(pool);
}

void kdp_tend_set_interval(struct kdp_pool *pool, u32 seconds)
{
	WRITE_ONCE(pool->tend.scrub_interval, seconds);
	kdp_tend_wake(pool);
}

void kdp_tend_look(struct kdp_pool *pool)
{
	if (unlikely(READ_ONCE(pool->tend.told) !=
		     kdp_store_health_news(pool->store)))
		kdp_tend_wake(pool);
}

const char *kdp_tend_word(const struct kdp_replica_condition *c)
{
	if (c->degraded)
		return "degraded";
	if (!c->up_to_date)
		return "out-of-date";
	return c->damaged ? "damaged" : "current";
}

void kdp_tend_health(struct kdp_pool *pool, struct kdp_health *h,
		     u64 *repaired_at)
{
	unsigned long flags;

	spin_lock_irqsave(&pool->tend.lock, flags);
	*h = pool->tend.health;
	*repaired_at = pool->tend.repaired_at;
	spin_unlock_irqrestore(&pool->tend.lock, flags);
}

enum kdp_tend_job kdp_tend_jobs(struct kdp_pool *pool,
				struct kdp_tend_ticket ticket[KDP_NR_JOBS],
				struct kdp_scrub_result *found)
{
	struct kdp_tend *t = &pool->tend;
	enum kdp_tend_job job;
	unsigned long flags;

	spin_lock_irqsave(&t->lock, flags);
	job = t->job;
	memcpy(ticket, t->ticket, sizeof(t->ticket));
	*found = t->found;
	spin_unlock_irqrestore(&t->lock, flags);
	return job;
}

/* One that is done unasked serves nobody. */
static void kdp_tend_begin(struct kdp_tend *t, enum kdp_tend_job job,
			   bool asked)
{
	struct kdp_tend_ticket *ticket = &t->ticket[job];

	spin_lock_irq(&t->lock);
	t->job = job;
	t->serving = asked ? ticket->asked : ticket->served;
	spin_unlock_irq(&t->lock);
}

static void kdp_tend_sleep(struct kdp_tend *t)
{
	spin_lock_irq(&t->lock);
	t->job = KDP_JOB_NONE;
	spin_unlock_irq(&t->lock);
}

/*
 * Keep what the store knows now; true: somebody ought to be told.  A bit in
 * *@moved for each replica that has another place.
 */
static bool kdp_tend_learn(struct kdp_pool *pool, struct kdp_health *h,
			   u32 *moved)
{
	struct kdp_tend *t = &pool->tend;
	const struct kdp_replica_condition *was = t->health.replica;
	bool news;
	u32 r;

	*moved = 0;
	kdp_store_health(pool->store, h);
	spin_lock_irq(&t->lock);
	/* damage that is found and mended in one go changes nothing else */
	news = h->repairs > t->health.repairs;
	for (r = 0; r < KDP_REPLICAS; r++) {
		news |= kdp_tend_word(&h->replica[r]) != kdp_tend_word(&was[r]);
		if (t->known && h->replica[r].extent != was[r].extent)
			*moved |= 1u << r;
	}
	news |= *moved;
	/* how it is when it is looked at first is no change */
	news &= t->known;
	t->known = true;
	if (h->repairs > t->health.repairs)
		t->repaired_at = ktime_get_real_seconds();
	t->health = *h;
	spin_unlock_irq(&t->lock);
	WRITE_ONCE(t->told, h->news);
	return news;
}

static void kdp_tend_report(struct kdp_pool *pool)
{
	struct kdp_health h;
	u32 moved, r;

	if (!kdp_tend_learn(pool, &h, &moved))
		return;
	for (r = 0; r < KDP_REPLICAS; r++)
		if (moved >> r & 1)
			kdp_pool_send_moved(pool, r, h.replica[r].moved_from,
					    h.replica[r].extent);
	DMINFO_LIMIT("%s: %u/%u metadata copies valid: %s %s %s %s %s",
		     pool->name, h.valid, KDP_REPLICAS,
		     kdp_tend_word(&h.replica[0]), kdp_tend_word(&h.replica[1]),
		     kdp_tend_word(&h.replica[2]), kdp_tend_word(&h.replica[3]),
		     kdp_tend_word(&h.replica[4]));
	kdp_pool_send_health(pool, h.valid);
}

/*
 * Who waited sees what is known now.  @found: NULL for a repair, and for a scrub
 * that has not begun.
 */
static void kdp_tend_end(struct kdp_pool *pool, int result,
			 const struct kdp_scrub_result *found)
{
	struct kdp_tend *t = &pool->tend;
	struct kdp_tend_ticket *ticket = &t->ticket[t->job];

	kdp_tend_report(pool);
	spin_lock_irq(&t->lock);
	ticket->served = t->serving;
	ticket->result = result;
	ticket->ended = ktime_get_real_seconds();
	if (found)
		t->found = *found;
	spin_unlock_irq(&t->lock);
}

/* Those who asked for a scrub that has not begun. */
static void kdp_tend_call_off(struct kdp_pool *pool)
{
	struct kdp_tend *t = &pool->tend;

	clear_bit(KDP_ASK_SCRUB, &t->asked);
	kdp_tend_begin(t, KDP_JOB_SCRUB, true);
	if (t->serving != t->ticket[KDP_JOB_SCRUB].served)
		kdp_tend_end(pool, -EINTR, NULL);
}

/* Has the disk much to do besides us? */
static bool kdp_tend_busy(struct kdp_pool *pool)
{
	struct block_device *bdev = pool->disk.bdev;
	unsigned long ios = part_stat_read_accum(bdev, ios);
	unsigned long since = ios - pool->tend.ios;

	pool->tend.ios = ios;
	return since > KDP_BUSY_IOS;
}

static bool kdp_tend_stopped(struct kdp_tend *t)
{
	if (!READ_ONCE(t->on))
		return true;
	return t->scrubbing && (test_bit(KDP_ASK_STOP, &t->asked) ||
				test_bit(KDP_ASK_REPAIR, &t->asked));
}

/* Of kdp_worker: as the disk has less to do, more of it. */
static u32 kdp_tend_pace(void *data, bool hurry)
{
	struct kdp_pool *pool = data;
	struct kdp_tend *t = &pool->tend;
	bool busy = !hurry && kdp_tend_busy(pool);
	unsigned int ms = busy ? KDP_BUSY_PAUSE_MS : KDP_IDLE_PAUSE_MS;

	if (!hurry)
		wait_event_timeout(t->wait, kdp_tend_stopped(t),
				   msecs_to_jiffies(ms));
	spin_lock_irq(&t->lock);
	t->health.scrubbed = kdp_store_scrubbed(pool->store,
						&t->health.to_scrub);
	spin_unlock_irq(&t->lock);
	if (kdp_tend_stopped(t))
		return 0;
	return busy ? 1 : U32_MAX;
}

static struct kdp_worker kdp_tend_worker(struct kdp_pool *pool)
{
	return (struct kdp_worker) {
		.pace = kdp_tend_pace, .data = pool, .now = kdp_now(),
	};
}

static int kdp_tend_repair(struct kdp_pool *pool, bool asked)
{
	struct kdp_worker w = kdp_tend_worker(pool);
	int r;

	kdp_store_set_repair_period(pool->store,
				    READ_ONCE(pool->tend.repair_period));
	kdp_tend_begin(&pool->tend, KDP_JOB_REPAIR, asked);
	r = kdp_store_repair(pool->store, &w, asked);
	kdp_pool_look(pool);
	/* the pool is suspended: go on afterwards */
	if (r == -EINTR && asked)
		set_bit(KDP_ASK_REPAIR, &pool->tend.asked);
	if (r != -EINTR)
		kdp_tend_end(pool, r, NULL);
	if (asked)
		DMINFO_LIMIT("%s: repair: %s", pool->name, r == -EINTR ?
			     "interrupted" : r ? "not all could be mended" :
			     "all copies are whole");
	return r;
}

static int kdp_tend_scrub(struct kdp_pool *pool, bool asked)
{
	struct kdp_worker w = kdp_tend_worker(pool);
	struct kdp_tend *t = &pool->tend;
	struct kdp_scrub_result found;
	u32 r, bad = 0;
	bool stopped;
	int err;

	kdp_tend_begin(t, KDP_JOB_SCRUB, asked);
	t->scrubbing = true;
	err = kdp_store_scrub(pool->store, &w, &found);
	t->scrubbing = false;
	stopped = test_and_clear_bit(KDP_ASK_STOP, &t->asked);
	/* a repair comes first, or the pool is suspended: again afterwards */
	if (err == -EINTR && !stopped) {
		if (asked)
			set_bit(KDP_ASK_SCRUB, &t->asked);
		return err;
	}
	kdp_tend_end(pool, err, &found);
	t->last_scrub = kdp_now();
	for (r = 0; r < KDP_REPLICAS; r++)
		bad += found.bad[r];
	if (!err && bad)
		DMWARN_LIMIT("%s: scrub: %u of %u places have bad copies",
			     pool->name, bad, found.places);
	return err;
}

/* One thing that is due.  0: it was done; 1: there is nothing; or an error. */
static int kdp_tend_step(struct kdp_pool *pool)
{
	struct kdp_tend *t = &pool->tend;
	u32 interval = READ_ONCE(t->scrub_interval);
	bool asked;

	if (kdp_store_mode(pool->store) != KDP_STORE_ACTIVE)
		return 1;
	if (test_and_clear_bit(KDP_ASK_REPAIR, &t->asked))
		return kdp_tend_repair(pool, true);
	if (READ_ONCE(t->auto_repair) && kdp_store_wants_repair(pool->store) &&
	    !kdp_store_repair_delay(pool->store, kdp_now()))
		return kdp_tend_repair(pool, false);
	if (test_and_clear_bit(KDP_ASK_STOP, &t->asked))
		kdp_tend_call_off(pool);
	asked = test_and_clear_bit(KDP_ASK_SCRUB, &t->asked);
	if (asked || (interval && kdp_now() - t->last_scrub >= interval))
		return kdp_tend_scrub(pool, asked);
	return 1;
}

/* Seconds until something is due. */
static u64 kdp_tend_delay(struct kdp_pool *pool)
{
	struct kdp_tend *t = &pool->tend;
	u32 interval = READ_ONCE(t->scrub_interval);
	u64 delay = U64_MAX, now = kdp_now(), next;

	if (READ_ONCE(t->auto_repair) && kdp_store_wants_repair(pool->store))
		delay = kdp_store_repair_delay(pool->store, now);
	next = t->last_scrub + interval;
	if (interval)
		delay = min(delay, next > now ? next - now : 0);
	return delay;
}

static void kdp_tend_work(struct work_struct *work)
{
	struct kdp_pool *pool = container_of(work, struct kdp_pool,
					     tend.work.work);
	struct kdp_tend *t = &pool->tend;
	unsigned int noio = memalloc_noio_save();
	u64 delay = 0;
	int r = 0;

	while (!r && READ_ONCE(t->on)) {
		kdp_tend_report(pool);
		r = kdp_tend_step(pool);
		if (r == -EIO || r == -EINTR)
			r = 0;
		kdp_tend_report(pool);
		cond_resched();
	}
	kdp_tend_sleep(t);
	if (READ_ONCE(t->on)) {
		delay = kdp_tend_delay(pool);
		if (r < 0)
			delay = max_t(u64, delay, KDP_RETRY_SECONDS);
	}
	/* asked meanwhile: it is queued already, for at once */
	if (READ_ONCE(t->on) && delay != U64_MAX)
		queue_delayed_work(t->wq, &t->work,
				   min_t(u64, delay, 86400) * HZ);
	memalloc_noio_restore(noio);
}

void kdp_tend_start(struct kdp_pool *pool)
{
	struct kdp_tend *t = &pool->tend;

	if (!t->last_scrub)
		t->last_scrub = kdp_now();
	WRITE_ONCE(t->on, true);
	kdp_tend_wake(pool);
}

void kdp_tend_stop(struct kdp_pool *pool)
{
	struct kdp_tend *t = &pool->tend;

	/* who queues it from now on, having seen it on, does no harm */
	WRITE_ONCE(t->on, false);
	wake_up(&t->wait);
	cancel_delayed_work_sync(&t->work);
}

int kdp_tend_init(struct kdp_pool *pool)
{
	struct kdp_tend *t = &pool->tend;

	INIT_DELAYED_WORK(&t->work, kdp_tend_work);
	init_waitqueue_head(&t->wait);
	spin_lock_init(&t->lock);
	t->scrub_interval = KDP_SCRUB_INTERVAL;
	t->repair_period = KDP_REPAIR_PERIOD;
	t->auto_repair = true;
	t->wq = alloc_workqueue("kdp-tend/%s", WQ_UNBOUND, 1, pool->device);
	return t->wq ? 0 : -ENOMEM;
}

void kdp_tend_exit(struct kdp_pool *pool)
{
	if (!pool->tend.wq)
		return;
	kdp_tend_stop(pool);
	destroy_workqueue(pool->tend.wq);
}
