// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pool target: tables, suspend and resume, status.  A constructor only
 * looks: its table may never become live, and the old one still is.
 */
#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat/compat.h"
#include "target/pool-target.h"
#include "target/report.h"
#include "target/sysfs.h"

struct kdp_pt {
	struct kdp_pool *pool;
	struct dm_dev *dev;
	bool read_only;
	bool noflush;		/* how the suspend under way was asked for */
	/* what the superblock is to say: machine_id and serial only */
	struct kdp_activation as;
};

#define KDP_PT_USAGE \
	"expected <device> [<#args> [read_only] [machine_id <id>] [serial <text>]]"

static int kdp_pt_machine_id(const char *text, struct kdp_pt *pt)
{
	u8 *id = pt->as.machine_id;

	if (strlen(text) != 2 * KDP_UUID_SIZE)
		return -EINVAL;
	return hex2bin(id, text, KDP_UUID_SIZE);
}

static int kdp_pt_serial(const char *text, struct kdp_pt *pt)
{
	const char *p;

	for (p = text; *p; p++)
		if (!isgraph(*p) || !isascii(*p) || *p == '\\')
			return -EINVAL;
	return strscpy(pt->as.serial, text, sizeof(pt->as.serial)) < 1 ?
	       -EINVAL : 0;
}

/* An option with its value, both in @as. */
static int kdp_pt_value(struct dm_target *ti, struct dm_arg_set *as,
			struct kdp_pt *pt)
{
	static const struct {
		const char *name;
		int (*set)(const char *text, struct kdp_pt *pt);
		char *error;
	} values[] = {
		{ "machine_id", kdp_pt_machine_id,
		  "machine_id: expected 32 hexadecimal digits" },
		{ "serial", kdp_pt_serial,
		  "serial: expected 1 to 63 printable characters without blanks" },
	};
	const char *name = dm_shift_arg(as);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(values); i++) {
		if (strcmp(name, values[i].name))
			continue;
		ti->error = values[i].error;
		return values[i].set(dm_shift_arg(as), pt);
	}
	ti->error = KDP_PT_USAGE;
	return -EINVAL;
}

static int kdp_pt_parse(struct dm_target *ti, struct dm_arg_set *as,
			struct kdp_pt *pt)
{
	static const struct dm_arg nr_args = {
		.min = 0, .max = 5,
		.error = KDP_PT_USAGE,
	};
	unsigned int n;

	if (!as->argc)
		return 0;
	if (dm_read_arg_group(&nr_args, as, &n, &ti->error))
		return -EINVAL;
	while (n) {
		if (!strcmp(as->argv[0], "read_only")) {
			dm_shift_arg(as);
			pt->read_only = true;
			n--;
		} else if (n > 1) {
			if (kdp_pt_value(ti, as, pt))
				return -EINVAL;
			n -= 2;
		} else {
			ti->error = nr_args.error;
			return -EINVAL;
		}
	}
	if (!as->argc)
		return 0;
	ti->error = nr_args.error;
	return -EINVAL;
}

static int kdp_pt_check_device(struct dm_target *ti, const struct kdp_pt *pt)
{
	struct block_device *bdev = pt->dev->bdev;

	if (!pt->read_only && bdev_read_only(bdev)) {
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

	if (pt->read_only)
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
		ti->error = KDP_PT_USAGE;
		return -EINVAL;
	}
	pt = kzalloc(sizeof(*pt), GFP_KERNEL);
	if (!pt) {
		ti->error = "not enough memory";
		return -ENOMEM;
	}
	path = dm_shift_arg(&as);
	r = kdp_pt_parse(ti, &as, pt);
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
	int r = kdp_pool_start(pt->pool, &pt->as, pt->read_only);

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
static unsigned int kdp_pt_table(const struct kdp_pt *pt, char *result,
				 unsigned int sz, unsigned int maxlen)
{
	bool id = !kdp_is_zero(pt->as.machine_id, KDP_UUID_SIZE);
	unsigned int n = pt->read_only + 2 * id + 2 * !!pt->as.serial[0];

	DMEMIT("%s", pt->dev->name);
	if (n)
		DMEMIT(" %u", n);
	if (pt->read_only)
		DMEMIT(" read_only");
	if (id)
		DMEMIT(" machine_id %*phN", (int)KDP_UUID_SIZE,
		       pt->as.machine_id);
	if (pt->as.serial[0])
		DMEMIT(" serial %s", pt->as.serial);
	return sz;
}

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
		sz = kdp_pt_table(pt, result, sz, maxlen);
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
