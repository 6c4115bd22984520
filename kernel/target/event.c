// SPDX-License-Identifier: GPL-2.0-only
/* Telling the world that a pool changed its mode. */
#include <linux/kobject.h>
#include <linux/sched/mm.h>

#include "target/event.h"
#include "target/pool.h"
#include "target/sysfs.h"

void kdp_pool_set_live(struct kdp_pool *pool, struct dm_target *ti)
{
	mutex_lock(&pool->live_lock);
	pool->live = ti;
	mutex_unlock(&pool->live_lock);
}

/* After this nothing of ours follows @ti. */
void kdp_pool_clear_live(struct kdp_pool *pool, struct dm_target *ti)
{
	mutex_lock(&pool->live_lock);
	if (pool->live == ti)
		pool->live = NULL;
	mutex_unlock(&pool->live_lock);
}

/* For those who wait for events of the device, and for udev. */
static void kdp_pool_send_event(struct dm_target *ti, const char *mode,
				char *detail)
{
	struct gendisk *disk = dm_disk(dm_table_get_md(ti->table));
	char text[48];
	char *env[3];

	scnprintf(text, sizeof(text), "KDEVPOOL_EVENT=%s", mode);
	env[0] = text;
	env[1] = detail;
	env[2] = NULL;
	dm_table_event(ti->table);
	kobject_uevent_env(&disk_to_dev(disk)->kobj, KOBJ_CHANGE, env);
}

static void kdp_pool_log_mode(struct kdp_pool *pool, enum kdp_store_mode mode)
{
	char reason[KDP_REASON_SIZE] = "";

	down_read(&pool->life);
	if (pool->store)
		kdp_store_reason(pool->store, reason, sizeof(reason));
	if (mode == KDP_STORE_ACTIVE || pool->read_only)
		DMINFO("%s: the pool is %s", pool->name,
		       kdp_store_mode_name(mode));
	else
		DMERR("%s: the pool is now %s, nothing more is written: %s",
		      pool->name, kdp_store_mode_name(mode), reason);
	up_read(&pool->life);
}

void kdp_pool_event_work(struct work_struct *work)
{
	struct kdp_pool *pool = container_of(work, struct kdp_pool, event_work);
	enum kdp_store_mode mode = READ_ONCE(pool->mode_told);
	unsigned int noio = memalloc_noio_save();

	kdp_pool_log_mode(pool, mode);
	mutex_lock(&pool->live_lock);
	if (pool->live && mode != KDP_STORE_ACTIVE)
		kdp_pool_send_event(pool->live, kdp_store_mode_name(mode),
				    NULL);
	mutex_unlock(&pool->live_lock);
	memalloc_noio_restore(noio);
}

static void kdp_pool_send(struct kdp_pool *pool, const char *event,
			  char *detail)
{
	mutex_lock(&pool->live_lock);
	if (pool->live)
		kdp_pool_send_event(pool->live, event, detail);
	mutex_unlock(&pool->live_lock);
}

void kdp_pool_send_health(struct kdp_pool *pool, u32 valid)
{
	char detail[32];

	scnprintf(detail, sizeof(detail), "KDEVPOOL_HEALTH=%u/%u", valid,
		  KDP_REPLICAS);
	kdp_sysfs_notify(pool);
	kdp_pool_send(pool, "health", detail);
}

void kdp_pool_send_moved(struct kdp_pool *pool, u32 r, u64 from, u64 to)
{
	char detail[80];

	scnprintf(detail, sizeof(detail), "KDEVPOOL_MOVED=R%u %llu %llu", r,
		  from, to);
	kdp_pool_send(pool, "moved", detail);
}
