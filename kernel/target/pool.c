// SPDX-License-Identifier: GPL-2.0-only
#include <linux/slab.h>

#include "target/pool.h"

#define KDP_ZERO_BIOS	16u	/* the reserve for zeroing */

static int kdp_pool_init_queues(struct kdp_pool *pool)
{
	pool->io_wq = alloc_workqueue("kdp-io/%s", WQ_MEM_RECLAIM | WQ_UNBOUND,
				      0, pool->device);
	if (!pool->io_wq)
		return -ENOMEM;
	if (kdp_tend_init(pool))
		return -ENOMEM;
	/* a checkpoint and upkeep at a time */
	pool->checkpoint_wq = alloc_workqueue("kdp-ckpt/%s",
					      WQ_MEM_RECLAIM | WQ_UNBOUND, 2,
					      pool->device);
	return pool->checkpoint_wq ? 0 : -ENOMEM;
}

static void kdp_pool_exit_queues(struct kdp_pool *pool)
{
	kdp_tend_exit(pool);
	if (pool->checkpoint_wq)
		destroy_workqueue(pool->checkpoint_wq);
	if (pool->io_wq)
		destroy_workqueue(pool->io_wq);
}

static void kdp_pool_init_plain(struct kdp_pool *pool, struct mapped_device *md,
				struct block_device *bdev)
{
	kref_init(&pool->ref);
	pool->md = md;
	format_dev_t(pool->device, bdev->bd_dev);
	strscpy(pool->name, dm_device_name(md), sizeof(pool->name));
	init_rwsem(&pool->life);
	spin_lock_init(&pool->lock);
	INIT_LIST_HEAD(&pool->volumes);
	INIT_LIST_HEAD(&pool->all);
	mutex_init(&pool->error_lock);
	mutex_init(&pool->live_lock);
	kdp_fill_table_init(&pool->fills);
	INIT_WORK(&pool->checkpoint_work, kdp_pool_checkpoint_work);
	INIT_WORK(&pool->upkeep_work, kdp_pool_upkeep_work);
	INIT_WORK(&pool->event_work, kdp_pool_event_work);
	INIT_DELAYED_WORK(&pool->record_work, kdp_pool_record_work);
}

struct kdp_pool *kdp_pool_new(struct mapped_device *md,
			      struct block_device *bdev)
{
	struct kdp_pool *pool = kzalloc(sizeof(*pool), GFP_KERNEL);

	if (!pool)
		return NULL;
	kdp_pool_init_plain(pool, md, bdev);
	if (kdp_gate_init(&pool->gate))
		goto free_pool;
	if (kdp_disk_init(&pool->disk, bdev, &pool->gate))
		goto exit_gate;
	if (bioset_init(&pool->zero_bios, KDP_ZERO_BIOS, 0, BIOSET_NEED_BVECS))
		goto exit_disk;
	if (kdp_pool_init_queues(pool))
		goto exit_queues;
	return pool;

exit_queues:
	kdp_pool_exit_queues(pool);
	bioset_exit(&pool->zero_bios);
exit_disk:
	kdp_disk_exit(&pool->disk);
exit_gate:
	kdp_gate_exit(&pool->gate);
free_pool:
	kfree(pool);
	return NULL;
}

static void kdp_pool_release(struct kref *ref)
{
	struct kdp_pool *pool = container_of(ref, struct kdp_pool, ref);

	WARN_ON_ONCE(!list_empty(&pool->volumes));
	kdp_pool_exit_queues(pool);
	cancel_work_sync(&pool->event_work);
	if (pool->store)
		kdp_store_free(pool->store);
	bioset_exit(&pool->zero_bios);
	kdp_disk_exit(&pool->disk);
	kdp_gate_exit(&pool->gate);
	kfree(pool);
}

void kdp_pool_get(struct kdp_pool *pool)
{
	kref_get(&pool->ref);
}

void kdp_pool_put(struct kdp_pool *pool)
{
	kref_put(&pool->ref, kdp_pool_release);
}

void kdp_pool_set_error(struct kdp_pool *pool, const char *sentence)
{
	mutex_lock(&pool->error_lock);
	strscpy(pool->last_error, sentence, sizeof(pool->last_error));
	mutex_unlock(&pool->error_lock);
}

void kdp_pool_get_error(struct kdp_pool *pool, char *buf, size_t size)
{
	mutex_lock(&pool->error_lock);
	strscpy(buf, pool->last_error, size);
	mutex_unlock(&pool->error_lock);
}
