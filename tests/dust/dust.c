// SPDX-License-Identifier: GPL-2.0-only
/*
 * A disk with bad blocks, as real ones have them: reading one is an error,
 * writing it makes it good again.  (dm-dust is not in Debian's kernels.)
 *
 *	dmsetup create d --table "0 <sectors> kdp-dust <device> <sectors of a block>"
 *	dmsetup message d 0 bad <first block> <blocks>
 *	dmsetup status d	number of bad blocks, of reads failed, of blocks
 *				made good
 *
 * Bios are cut to one block, so no other block suffers.
 */
#include <linux/device-mapper.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/xarray.h>

struct kdp_dust {
	struct dm_dev *dev;
	unsigned int block;	/* sectors */
	struct xarray bad;	/* its lock protects the rest, too; irqsave */
	u64 nr_bad;
	u64 nr_failed;
	u64 nr_mended;
};

static int kdp_dust_add(struct kdp_dust *d, unsigned long block)
{
	void *old;

	xa_lock_irq(&d->bad);
	old = __xa_store(&d->bad, block, xa_mk_value(1), GFP_KERNEL);
	d->nr_bad += !old;
	xa_unlock_irq(&d->bad);
	return xa_err(old);
}

static int kdp_dust_message(struct dm_target *ti, unsigned int argc,
			    char **argv, char *result, unsigned int maxlen)
{
	struct kdp_dust *d = ti->private;
	unsigned long first, count, i;
	int r = 0;

	if (argc != 3 || strcmp(argv[0], "bad") ||
	    kstrtoul(argv[1], 0, &first) || kstrtoul(argv[2], 0, &count))
		return -EINVAL;
	for (i = 0; !r && i < count; i++)
		r = kdp_dust_add(d, first + i);
	return r;
}

/* Is the block bad?  A write makes it good. */
static bool kdp_dust_meets(struct kdp_dust *d, unsigned long block, bool write)
{
	unsigned long flags;
	bool bad;

	xa_lock_irqsave(&d->bad, flags);
	bad = write ? __xa_erase(&d->bad, block) : xa_load(&d->bad, block);
	d->nr_failed += bad && !write;
	d->nr_mended += bad && write;
	d->nr_bad -= bad && write;
	xa_unlock_irqrestore(&d->bad, flags);
	return bad;
}

static int kdp_dust_map(struct dm_target *ti, struct bio *bio)
{
	struct kdp_dust *d = ti->private;
	bool write = op_is_write(bio_op(bio));
	sector_t sector = dm_target_offset(ti, bio->bi_iter.bi_sector);

	bio_set_dev(bio, d->dev->bdev);
	bio->bi_iter.bi_sector = sector;
	if (bio_sectors(bio) &&
	    kdp_dust_meets(d, sector >> ilog2(d->block), write) && !write)
		return DM_MAPIO_KILL;
	return DM_MAPIO_REMAPPED;
}

static void kdp_dust_status(struct dm_target *ti, status_type_t type,
			    unsigned int flags, char *result,
			    unsigned int maxlen)
{
	struct kdp_dust *d = ti->private;
	unsigned int sz = 0;

	if (type == STATUSTYPE_INFO) {
		xa_lock_irq(&d->bad);
		DMEMIT("%llu %llu %llu", d->nr_bad, d->nr_failed,
		       d->nr_mended);
		xa_unlock_irq(&d->bad);
	} else if (type == STATUSTYPE_TABLE) {
		DMEMIT("%s %u", d->dev->name, d->block);
	}
}

static int kdp_dust_iterate_devices(struct dm_target *ti,
				    iterate_devices_callout_fn fn, void *data)
{
	struct kdp_dust *d = ti->private;

	return fn(ti, d->dev, 0, ti->len, data);
}

static int kdp_dust_open(struct dm_target *ti, struct kdp_dust *d, char **argv)
{
	int r;

	ti->error = "expected <device> <sectors of a block, a power of two>";
	if (kstrtouint(argv[1], 0, &d->block) || !is_power_of_2(d->block))
		return -EINVAL;
	r = dm_set_target_max_io_len(ti, d->block);
	if (r)
		return r;
	ti->error = "cannot open the device";
	return dm_get_device(ti, argv[0], dm_table_get_mode(ti->table),
			     &d->dev);
}

static int kdp_dust_ctr(struct dm_target *ti, unsigned int argc, char **argv)
{
	struct kdp_dust *d;
	int r;

	ti->error = "expected two arguments";
	if (argc != 2)
		return -EINVAL;
	d = kzalloc(sizeof(*d), GFP_KERNEL);
	if (!d)
		return -ENOMEM;
	xa_init_flags(&d->bad, XA_FLAGS_LOCK_IRQ);
	r = kdp_dust_open(ti, d, argv);
	if (r) {
		kfree(d);
		return r;
	}
	ti->private = d;
	ti->num_flush_bios = 1;
	return 0;
}

static void kdp_dust_dtr(struct dm_target *ti)
{
	struct kdp_dust *d = ti->private;

	dm_put_device(ti, d->dev);
	xa_destroy(&d->bad);
	kfree(d);
}

static struct target_type kdp_dust_target = {
	.name = "kdp-dust",
	.version = {1, 0, 0},
	.module = THIS_MODULE,
	.ctr = kdp_dust_ctr,
	.dtr = kdp_dust_dtr,
	.map = kdp_dust_map,
	.message = kdp_dust_message,
	.status = kdp_dust_status,
	.iterate_devices = kdp_dust_iterate_devices,
};

static int __init kdp_dust_init(void)
{
	return dm_register_target(&kdp_dust_target);
}
module_init(kdp_dust_init);

static void __exit kdp_dust_exit(void)
{
	dm_unregister_target(&kdp_dust_target);
}
module_exit(kdp_dust_exit);

MODULE_DESCRIPTION("a disk with bad blocks");
MODULE_LICENSE("GPL");
