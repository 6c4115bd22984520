// SPDX-License-Identifier: GPL-2.0-only
/*
 * A new pool.  Order: kill every superblock slot of an older pool; write the
 * first checkpoint, which already holds the first volumes; then the
 * superblocks.  Until the first of those is on the disk there is no pool, and
 * from then on there is a complete one.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "store/private.h"
#include "store/stream.h"

static int kdp_kill_home(struct kdp_store *s, u32 r, u64 device_blocks)
{
	u64 home = kdp_super_home(r, device_blocks);
	void *block = kdp_io_block(s, 0, 0);
	u32 slot;
	int err;

	memset(block, 0, KDP_BLOCK_SIZE);
	for (slot = 0; slot < KDP_SUPER_SLOTS; slot++) {
		if (home + slot >= s->device_blocks)
			continue;
		err = kdp_write_one(s, home + slot, block, KDP_IO_WRITE);
		if (err)
			return err;
	}
	return 0;
}

/* Kill the homes that are stale, or those that are not. */
static int kdp_kill_homes(struct kdp_store *s, u64 device_blocks, bool stale)
{
	u32 r;
	int err = 0;

	for (r = 0; !err && r < KDP_REPLICAS; r++)
		if ((s->report.replica[r].super_stale ||
		     !kdp_replica_current(s, r)) == stale)
			err = kdp_kill_home(s, r, device_blocks);
	if (!err && s->ops->flush(s->disk))
		err = -EIO;
	return err;
}

/*
 * Stale superblocks go first: with the power failing in between, what is left
 * is the old pool or none, but not a part of its past.
 *
 * The homes for this size, and that of an older pool made for another size:
 * without the latter a superblock that names its home could be found again.
 */
int kdp_store_kill(const struct kdp_disk_ops *ops, void *disk,
		   u64 device_blocks)
{
	struct kdp_store *s = kdp_store_new(ops, disk, device_blocks);
	u64 old_blocks = 0;
	int err;

	if (!s)
		return -ENOMEM;
	if (kdp_probe(s) == 0)
		old_blocks = s->super.geometry.device_blocks;
	err = kdp_kill_homes(s, device_blocks, true);
	if (!err)
		err = kdp_kill_homes(s, device_blocks, false);
	if (!err && old_blocks && old_blocks != device_blocks)
		err = kdp_kill_home(s, KDP_REPLICAS - 1, old_blocks);
	if (!err)
		err = ops->flush(disk);
	kdp_store_free(s);
	return err;
}

static void kdp_first_super(struct kdp_store *s,
			    const struct kdp_format_request *req)
{
	struct kdp_super *super = &s->super;

	super->geometry = req->geometry;
	memcpy(super->uuid, req->uuid, sizeof(super->uuid));
	strscpy(super->name, req->name, sizeof(super->name));
	strscpy(super->serial, req->serial, sizeof(super->serial));
	super->epoch = 1;
	super->nonce = req->who.nonce;
	super->created = req->who.now;
	super->flags = KDP_SUPER_CLEAN;
	super->start_chain = kdp_chain_start(req->uuid);
	super->checkpoint.epoch = 1;
	super->checkpoint.chain = super->start_chain;
	memcpy(super->machine_id, req->who.machine_id,
	       sizeof(super->machine_id));
	strscpy(super->host, req->who.host, sizeof(super->host));
}

static int kdp_first_volumes(struct kdp_store *s,
			     const struct kdp_format_request *req, char *why)
{
	u32 i;
	int err;

	err = kdp_model_init(&s->model, &req->geometry);
	if (err)
		return err;
	for (i = 0; i < req->nr_ops; i++) {
		err = kdp_op_prepare(&s->model, &req->ops[i], why);
		if (err)
			return err;
		kdp_op_apply(&s->model, &req->ops[i]);
	}
	return 0;
}

static int kdp_format_write(struct kdp_store *s, char *why)
{
	struct kdp_view view;
	int err;

	err = kdp_store_kill(s->ops, s->disk, s->device_blocks);
	if (err) {
		scnprintf(why, KDP_REASON_SIZE,
			  "cannot overwrite old superblocks (error %d)", err);
		return err;
	}
	mutex_lock(&s->commit_lock);
	mutex_lock(&s->model_lock);
	kdp_view_live(&s->model, &view);
	kdp_stream_begin(s->stream, s, &s->super.checkpoint);
	err = kdp_stream_view(s->stream, &view);
	mutex_unlock(&s->model_lock);
	kdp_replicas_lost(s, kdp_stream_losses(s->stream));
	if (!err)
		err = s->ops->flush(s->disk);
	/* a new pool begins with all five copies or not at all */
	if (!err && kdp_replicas_current(s) < KDP_REPLICAS)
		err = -EIO;
	if (!err)
		err = kdp_super_write(s, KDP_SUPER_SLOTS);
	if (!err && kdp_replicas_current(s) < KDP_REPLICAS)
		err = -EIO;
	if (err)
		scnprintf(why, KDP_REASON_SIZE,
			  "cannot write the metadata (error %d)", err);
	mutex_unlock(&s->commit_lock);
	return err;
}

int kdp_store_format(const struct kdp_disk_ops *ops, void *disk,
		     const struct kdp_format_request *req, char *why)
{
	struct kdp_store *s;
	int err;

	why[0] = 0;
	if (kdp_geometry_validate(&req->geometry)) {
		scnprintf(why, KDP_REASON_SIZE, "impossible geometry");
		return -EINVAL;
	}
	s = kdp_store_new(ops, disk, req->geometry.device_blocks);
	if (!s)
		return -ENOMEM;
	kdp_first_super(s, req);
	err = kdp_first_volumes(s, req, why);
	if (!err)
		err = kdp_format_write(s, why);
	kdp_store_free(s);
	return err;
}
