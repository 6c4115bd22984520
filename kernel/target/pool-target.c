// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pool target: tables, suspend and resume, status.  A constructor only
 * looks: its table may never become live, and the old one still is.
 */
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "compat/compat.h"
#include "target/pool-options.h"
#include "target/pool-target.h"
#include "target/report.h"
#include "target/sysfs.h"

struct kdp_pt {
	struct kdp_pool *pool;
	struct dm_dev *dev;
	struct kdp_pool_options want;
	bool told;		/* the interval, by the first resume */
	bool noflush;		/* how the suspend under way was asked for */
};

static int kdp_pt_check_device(struct dm_target *ti, const struct kdp_pt *pt)
{
	struct block_device *bdev = pt->dev->bdev;

	if (!pt->want.read_only && bdev_read_only(bdev)) {
		ti->error = "the device is read-only, and the table is not";
		return -EROFS;
	}
	if (ti->len > bdev_nr_sectors(bdev)) {
		ti->error = "the table is longer than the device";
		return -EINVAL;
	}
	if (bdev_is_zoned(bdev)) {
		ti->error = "zoned devices cannot be pools";
		return -EINVAL;
	}
	return 0;
}

static int kdp_pt_open(struct dm_target *ti, struct kdp_pt *pt,
		       const char *path)
{
	int r;

	if (pt->want.read_only)
		r = dm_get_device(ti, path, KDP_MODE_READ, &pt->dev);
	else
		r = dm_get_device(ti, path, KDP_MODE_READ | KDP_MODE_WRITE,
				  &pt->dev);
	if (r) {
		ti->error = "cannot open the device";
		return r;
	}
	r = kdp_pt_check_device(ti, pt);
	if (r)
		goto put_device;
	pt->pool = kdp_registry_attach(dm_table_get_md(ti->table),
				       pt->dev->bdev, &ti->error);
	if (!IS_ERR(pt->pool))
		return 0;
	r = PTR_ERR(pt->pool);
put_device:
	dm_put_device(ti, pt->dev);
	return r;
}

static int kdp_pool_ctr(struct dm_target *ti, unsigned int argc, char **argv)
{
	struct dm_arg_set as = { .argc = argc, .argv = argv };
	struct kdp_pt *pt;
	const char *path;
	int r;

	if (!argc) {
		ti->error = KDP_POOL_USAGE;
		return -EINVAL;
	}
	pt = kzalloc(sizeof(*pt), GFP_KERNEL);
	if (!pt) {
		ti->error = "not enough memory";
		return -ENOMEM;
	}
	path = dm_shift_arg(&as);
	r = kdp_pool_options_parse(&as, &pt->want, &ti->error);
	if (!r)
		r = kdp_pt_open(ti, pt, path);
	if (r) {
		kfree(pt);
		return r;
	}
	ti->private = pt;
	return 0;
}

static void kdp_pool_dtr(struct dm_target *ti)
{
	struct kdp_pt *pt = ti->private;

	kdp_pool_clear_live(pt->pool, ti);
	kdp_registry_detach(pt->pool);
	dm_put_device(ti, pt->dev);
	kfree(pt);
}

/* The pool device is for status and messages; data goes by the volumes. */
static int kdp_pool_map(struct dm_target *ti, struct bio *bio)
{
	return DM_MAPIO_KILL;
}

static int kdp_pool_preresume(struct dm_target *ti)
{
	struct kdp_pt *pt = ti->private;

	struct gendisk *disk = dm_disk(dm_table_get_md(ti->table));
	unsigned int noio = memalloc_noio_save();
	int r = kdp_pool_start(pt->pool, &pt->want.as, pt->want.read_only);

	/* without it the pool is no worse */
	if (!r && kdp_sysfs_add(pt->pool, disk))
		DMWARN("%s: no directory in sysfs", pt->pool->name);
	memalloc_noio_restore(noio);
	return r;
}

static void kdp_pool_resume(struct dm_target *ti)
{
	struct kdp_pt *pt = ti->private;

	kdp_pool_set_live(pt->pool, ti);
	/* once: it may have been changed in sysfs when it is resumed again */
	if (pt->want.has_interval && !pt->told)
		kdp_tend_set_interval(pt->pool, pt->want.interval);
	pt->told = true;
	kdp_pool_run(pt->pool);
}

/* Whether it is a noflush suspend cannot be asked any later. */
static void kdp_pool_presuspend(struct dm_target *ti)
{
	struct kdp_pt *pt = ti->private;

	pt->noflush = dm_noflush_suspending(ti);
}

static void kdp_pool_postsuspend(struct dm_target *ti)
{
	struct kdp_pt *pt = ti->private;

	kdp_pool_suspend(pt->pool, pt->noflush);
}

/* The options as they were given. */
static void kdp_pool_status(struct dm_target *ti, status_type_t type,
			    unsigned int flags, char *result,
			    unsigned int maxlen)
{
	struct kdp_pt *pt = ti->private;
	unsigned int sz = 0;

	switch (type) {
	case STATUSTYPE_INFO:
		kdp_report_status(pt->pool, result, maxlen);
		break;
	case STATUSTYPE_TABLE:
		DMEMIT("%s", pt->dev->name);
		sz = kdp_pool_options_emit(&pt->want, result, sz, maxlen);
		break;
	case STATUSTYPE_IMA:
		DMEMIT_TARGET_NAME_VERSION(ti->type);
		DMEMIT(",device=%s;", pt->dev->name);
		break;
	}
}

static int kdp_pool_target_message(struct dm_target *ti, unsigned int argc,
				   char **argv, char *result,
				   unsigned int maxlen)
{
	struct kdp_pt *pt = ti->private;

	return kdp_pool_message(pt->pool, argc, argv, result, maxlen);
}

static int kdp_pool_iterate_devices(struct dm_target *ti,
				    iterate_devices_callout_fn fn, void *data)
{
	struct kdp_pt *pt = ti->private;

	return fn(ti, pt->dev, 0, ti->len, data);
}

struct target_type kdp_pool_target = {
	.name = "kdevpool-pool",
	.version = {0, 1, 0},
	.features = DM_TARGET_SINGLETON | DM_TARGET_ALWAYS_WRITEABLE |
		    DM_TARGET_IMMUTABLE,
	.module = THIS_MODULE,
	.ctr = kdp_pool_ctr,
	.dtr = kdp_pool_dtr,
	.map = kdp_pool_map,
	.preresume = kdp_pool_preresume,
	.resume = kdp_pool_resume,
	.presuspend = kdp_pool_presuspend,
	.postsuspend = kdp_pool_postsuspend,
	.status = kdp_pool_status,
	.message = kdp_pool_target_message,
	.iterate_devices = kdp_pool_iterate_devices,
};
