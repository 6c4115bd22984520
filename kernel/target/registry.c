// SPDX-License-Identifier: GPL-2.0-only
/*
 * All pools.  Device-mapper holds a disk with one claim for all its devices,
 * so nobody but us can see that two pools want the same disk.
 */
#include <linux/err.h>

#include "target/pool.h"

static DEFINE_MUTEX(kdp_registry_lock);
static LIST_HEAD(kdp_pools);	/* protected by kdp_registry_lock */

static struct kdp_pool *kdp_registry_by_md(struct mapped_device *md)
{
	struct kdp_pool *pool;

	list_for_each_entry(pool, &kdp_pools, all)
		if (pool->md == md)
			return pool;
	return NULL;
}

static struct kdp_pool *kdp_registry_by_bdev(struct block_device *bdev)
{
	struct kdp_pool *pool;

	list_for_each_entry(pool, &kdp_pools, all)
		if (pool->disk.bdev->bd_dev == bdev->bd_dev)
			return pool;
	return NULL;
}

/* May @md have a pool target on @bdev?  *@found: the pool that is there. */
static int kdp_registry_check(struct mapped_device *md,
			      struct block_device *bdev,
			      struct kdp_pool **found, char **why)
{
	struct kdp_pool *mine = kdp_registry_by_md(md);

	*found = kdp_registry_by_bdev(bdev);
	if (*found && (*found)->leaving) {
		*why = "the pool on this device is just being removed";
		return -EBUSY;
	}
	if (*found && *found != mine) {
		*why = "the device belongs to another pool";
		return -EBUSY;
	}
	if (mine && mine != *found) {
		*why = "a pool cannot be moved to another device";
		return -EINVAL;
	}
	return 0;
}

static struct kdp_pool *kdp_registry_make(struct mapped_device *md,
					  struct block_device *bdev, char **why)
{
	struct kdp_pool *pool = kdp_pool_new(md, bdev);

	if (!pool) {
		*why = "not enough memory for a pool";
		return ERR_PTR(-ENOMEM);
	}
	list_add_tail(&pool->all, &kdp_pools);
	return pool;
}

struct kdp_pool *kdp_registry_attach(struct mapped_device *md,
				     struct block_device *bdev, char **why)
{
	struct kdp_pool *pool;
	int r;

	mutex_lock(&kdp_registry_lock);
	r = kdp_registry_check(md, bdev, &pool, why);
	if (r)
		pool = ERR_PTR(r);
	else if (!pool)
		pool = kdp_registry_make(md, bdev, why);
	if (!IS_ERR(pool))
		pool->nr_targets++;
	mutex_unlock(&kdp_registry_lock);
	return pool;
}

/* The reference that a new pool has is that of all its targets together. */
void kdp_registry_detach(struct kdp_pool *pool)
{
	bool last;

	mutex_lock(&kdp_registry_lock);
	last = !--pool->nr_targets;
	pool->leaving = last;
	mutex_unlock(&kdp_registry_lock);
	if (!last)
		return;

	kdp_pool_stop(pool);
	mutex_lock(&kdp_registry_lock);
	list_del_init(&pool->all);
	mutex_unlock(&kdp_registry_lock);
	kdp_pool_put(pool);
}

struct kdp_pool *kdp_registry_find(struct mapped_device *md)
{
	struct kdp_pool *pool;

	mutex_lock(&kdp_registry_lock);
	pool = kdp_registry_by_md(md);
	if (pool && pool->leaving)
		pool = NULL;
	if (pool)
		kdp_pool_get(pool);
	mutex_unlock(&kdp_registry_lock);
	return pool;
}

/* The one behind @pool in the list; a pool that has left it leads nowhere. */
static struct kdp_pool *kdp_registry_behind(struct kdp_pool *pool)
{
	struct kdp_pool *next;

	if (!pool)
		return list_first_entry_or_null(&kdp_pools, struct kdp_pool,
						all);
	if (list_empty(&pool->all))
		return NULL;
	next = list_next_entry(pool, all);
	return list_entry_is_head(next, &kdp_pools, all) ? NULL : next;
}

struct kdp_pool *kdp_registry_next(struct kdp_pool *pool)
{
	struct kdp_pool *next;

	mutex_lock(&kdp_registry_lock);
	next = kdp_registry_behind(pool);
	if (next)
		kdp_pool_get(next);
	mutex_unlock(&kdp_registry_lock);
	if (pool)
		kdp_pool_put(pool);
	return next;
}
