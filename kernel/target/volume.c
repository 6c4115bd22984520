// SPDX-License-Identifier: GPL-2.0-only
/* The volume target: tables, limits, status.  The data path is in bio.c. */
#include <linux/log2.h>
#include <linux/slab.h>

#include "compat/compat.h"
#include "target/bio.h"

static int kdp_vt_bind_locked(struct kdp_vt *vt, char *name, char **error)
{
	struct kdp_pool *pool = vt->pool;
	struct kdp_store_info info;
	int r;

	if (!pool->store || pool->state == KDP_POOL_GONE) {
		*error = "the pool is not active";
		return -ENXIO;
	}
	/* dmsetup takes what follows a # for a comment: @id is the same */
	if (name[0] == '@')
		name[0] = '#';
	r = kdp_store_volume_get(pool->store, name, &vt->volume);
	if (r) {
		*error = "no such volume in the pool";
		return r;
	}
	kdp_store_info(pool->store, &info);
	vt->chunk_shift = ilog2(info.super.geometry.chunk_blocks *
				KDP_SECTORS_PER_BLOCK);
	vt->chunk_mask = (1u << vt->chunk_shift) - 1;
	spin_lock_irq(&pool->lock);
	list_add_tail(&vt->bound, &pool->volumes);
	spin_unlock_irq(&pool->lock);
	return 0;
}

/* Make the volume ours; undone by kdp_vt_unbind(). */
static int kdp_vt_bind(struct kdp_vt *vt, char *name, char **error)
{
	int r;

	down_read(&vt->pool->life);
	r = kdp_vt_bind_locked(vt, name, error);
	up_read(&vt->pool->life);
	return r;
}

static void kdp_vt_unbind(struct kdp_vt *vt)
{
	struct kdp_pool *pool = vt->pool;

	/* while it is in the list the store is not replaced */
	down_read(&pool->life);
	spin_lock_irq(&pool->lock);
	list_del(&vt->bound);
	spin_unlock_irq(&pool->lock);
	kdp_store_volume_put(pool->store, vt->volume);
	up_read(&pool->life);
	cancel_work_sync(&vt->parked_work);
	WARN_ON_ONCE(!bio_list_empty(&vt->parked));
}

/* The pool device stays open, so that it is not removed under us unasked. */
static int kdp_vt_open_pool(struct dm_target *ti, struct kdp_vt *vt,
			    const char *path)
{
	struct mapped_device *md;
	int r;

	r = dm_get_device(ti, path, KDP_MODE_READ, &vt->pool_dev);
	if (r) {
		ti->error = "cannot open the pool device";
		return r;
	}
	md = dm_get_md(vt->pool_dev->bdev->bd_dev);
	if (md) {
		vt->pool = kdp_registry_find(md);
		dm_put(md);
	}
	if (vt->pool)
		return 0;
	dm_put_device(ti, vt->pool_dev);
	ti->error = "not the device of a kdevpool-pool";
	return -EINVAL;
}

static void kdp_vt_close_pool(struct dm_target *ti, struct kdp_vt *vt)
{
	kdp_pool_put(vt->pool);
	dm_put_device(ti, vt->pool_dev);
}

/* Our own hold on the disk: bios go there directly. */
static int kdp_vt_open_disk(struct dm_target *ti, struct kdp_vt *vt)
{
	int r = dm_get_device(ti, vt->pool->device,
			      dm_table_get_mode(ti->table), &vt->dev);

	if (r) {
		ti->error = "cannot open the pool's disk";
		return r;
	}
	vt->bdev = vt->dev->bdev;
	return 0;
}

static void kdp_vt_set_target(struct dm_target *ti, struct kdp_vt *vt)
{
	ti->private = vt;
	ti->per_io_data_size = sizeof(struct kdp_bio);
	ti->num_flush_bios = 1;
	ti->num_discard_bios = 1;
	/* device-mapper offers it only if the disk has it: it may be passed on */
	ti->num_write_zeroes_bios = 1;
	/* whatever the disk can do: it is the map that changes */
	ti->discards_supported = true;
	/* also on a disk without a cache a FLUSH may need a commit */
	ti->flush_supported = true;
	ti->limit_swap_bios = true;
	ti->accounts_remapped_io = true;
	/*
	 * max_io_len stays 0: a volume is mostly long runs, so a bio is cut
	 * where its run ends, which only the map function knows.
	 */
}

static struct kdp_vt *kdp_vt_new(void)
{
	struct kdp_vt *vt = kzalloc(sizeof(*vt), GFP_KERNEL);

	if (!vt)
		return NULL;
	spin_lock_init(&vt->lock);
	bio_list_init(&vt->parked);
	INIT_WORK(&vt->parked_work, kdp_parked_work);
	return vt;
}

static int kdp_vt_check_size(struct dm_target *ti, struct kdp_vt *vt)
{
	u64 sectors = vt->volume->info.sectors;

	if (ti->len == sectors)
		return 0;
	DMERR("%s: volume %s has %llu sectors, the table says %llu",
	      vt->pool->name, vt->volume->info.name, sectors, (u64)ti->len);
	ti->error = "the table's length is not the volume's";
	return -EINVAL;
}

static int kdp_volume_ctr(struct dm_target *ti, unsigned int argc, char **argv)
{
	struct kdp_vt *vt;
	int r;

	if (argc != 2) {
		ti->error = "expected <pool device> <name|@id>";
		return -EINVAL;
	}
	vt = kdp_vt_new();
	if (!vt) {
		ti->error = "not enough memory";
		return -ENOMEM;
	}
	r = kdp_vt_open_pool(ti, vt, argv[0]);
	if (r)
		goto free_vt;
	r = kdp_vt_open_disk(ti, vt);
	if (r)
		goto close_pool;
	r = kdp_vt_bind(vt, argv[1], &ti->error);
	if (r)
		goto close_disk;
	r = kdp_vt_check_size(ti, vt);
	if (r)
		goto unbind;
	kdp_vt_set_target(ti, vt);
	return 0;

unbind:
	kdp_vt_unbind(vt);
close_disk:
	dm_put_device(ti, vt->dev);
close_pool:
	kdp_vt_close_pool(ti, vt);
free_vt:
	kfree(vt);
	return r;
}

static void kdp_volume_dtr(struct dm_target *ti)
{
	struct kdp_vt *vt = ti->private;

	kdp_vt_unbind(vt);
	dm_put_device(ti, vt->dev);
	kdp_vt_close_pool(ti, vt);
	kfree(vt);
}

static void kdp_volume_presuspend(struct dm_target *ti)
{
	if (dm_noflush_suspending(ti))
		kdp_push_back(ti->private);
}

static void kdp_volume_suspend_over(struct dm_target *ti)
{
	kdp_push_back_end(ti->private);
}

static const char *kdp_vt_mode(const struct kdp_vt *vt)
{
	if (READ_ONCE(vt->pool->gone))
		return kdp_store_mode_name(KDP_STORE_FAILED);
	return kdp_store_mode_name(kdp_store_mode(vt->pool->store));
}

static void kdp_volume_status(struct dm_target *ti, status_type_t type,
			      unsigned int flags, char *result,
			      unsigned int maxlen)
{
	struct kdp_vt *vt = ti->private;
	const struct kdp_volume *v = vt->volume;
	char name[KDP_VOLUME_NAME_SIZE];
	unsigned int sz = 0;

	switch (type) {
	case STATUSTYPE_INFO:
		kdp_pool_record(vt->pool);
		kdp_store_volume_name(vt->pool->store, v, name);
		DMEMIT("%llu %s %u %u %u %s", v->info.id, name,
		       v->nr_chunks, READ_ONCE(v->map.nr_mapped),
		       READ_ONCE(v->map.nr_unwritten), kdp_vt_mode(vt));
		break;
	case STATUSTYPE_TABLE:
		DMEMIT("%s @%llu", vt->pool_dev->name, v->info.id);
		break;
	case STATUSTYPE_IMA:
		DMEMIT_TARGET_NAME_VERSION(ti->type);
		DMEMIT(",volume=%llu;", v->info.id);
		break;
	}
}

/*
 * Chunks lie anywhere on the disk, and all of them are aligned alike: report
 * a section at its start.
 */
static int kdp_volume_iterate_devices(struct dm_target *ti,
				      iterate_devices_callout_fn fn, void *data)
{
	struct kdp_vt *vt = ti->private;
	sector_t len = min_t(sector_t, ti->len, bdev_nr_sectors(vt->bdev));

	return fn(ti, vt->dev, 0, len, data);
}

static void kdp_volume_io_hints(struct dm_target *ti,
				struct queue_limits *limits)
{
	struct kdp_vt *vt = ti->private;
	unsigned int chunk = vt->chunk_mask + 1;

	limits->discard_granularity = chunk << SECTOR_SHIFT;
	limits->discard_alignment = 0;
	/* one bio may name any number of chunks, as long as it is all of them */
	limits->max_hw_discard_sectors = round_down(UINT_MAX >> SECTOR_SHIFT,
						    chunk);
	limits->max_discard_sectors = limits->max_hw_discard_sectors;
}

struct target_type kdp_volume_target = {
	.name = "kdevpool",
	.version = {0, 1, 0},
	.features = DM_TARGET_NOWAIT,
	.module = THIS_MODULE,
	.ctr = kdp_volume_ctr,
	.dtr = kdp_volume_dtr,
	.map = kdp_map,
	.end_io = kdp_end_io,
	.presuspend = kdp_volume_presuspend,
	.presuspend_undo = kdp_volume_suspend_over,
	.postsuspend = kdp_volume_suspend_over,
	.status = kdp_volume_status,
	.iterate_devices = kdp_volume_iterate_devices,
	.io_hints = kdp_volume_io_hints,
};
