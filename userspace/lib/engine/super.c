// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "engine/super.h"
#include "format/super.h"
#include "store/store.h"

static_assert(KDPU_REPLICAS == KDP_REPLICAS);
static_assert(KDPU_SLOTS == KDP_SUPER_SLOTS);
static_assert(KDPU_UUID_SIZE == KDP_UUID_SIZE);
static_assert(KDPU_POOL_NAME == KDP_POOL_NAME_SIZE);
static_assert(KDPU_VOLUME_NAME == KDP_VOLUME_NAME_SIZE);

static int read_block(struct kdpu_disk *d, u64 block, void *data)
{
	return kdpu_disk_read(d, data, block << KDP_BLOCK_SHIFT,
			      KDP_BLOCK_SIZE);
}

static void keep(struct kdpu_super *out, struct kdp_super *best,
		 const struct kdp_super *s)
{
	if (out->nr_valid && memcmp(best->uuid, s->uuid, KDP_UUID_SIZE))
		out->mixed = true;
	if (!out->nr_valid || kdp_super_compare(s, best) > 0)
		*best = *s;
	out->nr_valid++;
}

/* Both slots of a home. */
static int read_home(struct kdpu_disk *d, u32 r, u64 home,
		     struct kdpu_super *out, struct kdp_super *best)
{
	u8 block[KDP_BLOCK_SIZE] __attribute__((aligned(8)));
	u32 slot, before = out->nr_valid;
	struct kdp_super s;
	int err;

	for (slot = 0; slot < KDP_SUPER_SLOTS; slot++) {
		out->block[r][slot] = home + slot;
		err = read_block(d, home + slot, block);
		if (err == -ENXIO)
			continue;
		if (err)
			return err;
		if (!kdp_super_decode(block, r, home + slot, &s))
			keep(out, best, &s);
	}
	out->copies += out->nr_valid > before;
	return 0;
}

static void report(struct kdpu_super *out, const struct kdp_super *s)
{
	memcpy(out->uuid, s->uuid, sizeof(out->uuid));
	memcpy(out->name, s->name, sizeof(out->name));
	memcpy(out->machine_id, s->machine_id, sizeof(out->machine_id));
	memcpy(out->host, s->host, sizeof(out->host));
	out->clean = s->flags & KDP_SUPER_CLEAN;
	memcpy(out->serial, s->serial, sizeof(out->serial));
	out->bytes = s->geometry.device_blocks << KDP_BLOCK_SHIFT;
	out->chunk_bytes = (u64)s->geometry.chunk_blocks << KDP_BLOCK_SHIFT;
	out->epoch = s->epoch;
	out->created = s->created;
	out->activated = s->activated;
}

int kdpu_super_read(struct kdpu_disk *d, struct kdpu_super *out,
		    struct kdpu_err *err)
{
	u64 blocks = d->bytes >> KDP_BLOCK_SHIFT;
	struct kdp_super best;
	int ret = 0, e;
	u32 r;

	memset(out, 0, sizeof(*out));
	if (blocks < KDP_MIN_DEVICE_BLOCKS)
		return kdpu_fail(err, -ENODEV, "no pool is on it: it is smaller than 64 MiB");
	for (r = 0; r < KDP_REPLICAS; r++) {
		e = read_home(d, r, kdp_super_home(r, blocks), out, &best);
		ret = ret ? ret : e;
	}
	/* R4's home depends on the size that the device had */
	if (out->nr_valid && best.geometry.device_blocks != blocks)
		read_home(d, KDP_REPLICAS - 1,
			  kdp_super_home(KDP_REPLICAS - 1,
					 best.geometry.device_blocks),
			  out, &best);
	if (out->nr_valid) {
		report(out, &best);
		return 0;
	}
	if (ret)
		return kdpu_fail_errno(err, ret, "cannot read the places where a pool has its superblocks");
	return kdpu_fail(err, -ENODEV, "no valid superblock of a pool is on it");
}

/* Is one of the blocks where @g has its checkpoints ours? */
static bool traces_of(struct kdpu_disk *d, const struct kdp_geometry *g)
{
	u8 block[KDP_BLOCK_SIZE] __attribute__((aligned(8)));
	struct kdp_block_id id;
	u32 r, slot;

	for (r = 0; r < KDP_REPLICAS; r++) {
		for (slot = 0; slot < KDP_CHECKPOINT_SLOTS; slot++) {
			u64 at = kdp_slot_block(g, r, slot, 0);

			if (read_block(d, at, block) ||
			    kdp_block_intact(block))
				continue;
			kdp_block_id_get(block, &id);
			if (id.block == at && id.replica == r)
				return true;
		}
	}
	return false;
}

/* A home that cannot be read is not known to be zero. */
static bool homes_are_zero(struct kdpu_disk *d)
{
	u8 block[KDP_BLOCK_SIZE] __attribute__((aligned(8)));
	u32 r, slot;

	for (r = 0; r < KDP_REPLICAS; r++) {
		u64 home = kdp_super_home(r, d->bytes >> KDP_BLOCK_SHIFT);

		for (slot = 0; slot < KDP_SUPER_SLOTS; slot++)
			if (read_block(d, home + slot, block) ||
			    !kdp_is_zero(block, sizeof(block)))
				return false;
	}
	return true;
}

enum kdpu_traces kdpu_super_traces(struct kdpu_disk *d)
{
	struct kdp_geometry_request want = {
		.device_blocks = d->bytes >> KDP_BLOCK_SHIFT,
	};
	struct kdp_geometry g;
	const char *why;

	for (want.chunk_blocks = KDP_MIN_CHUNK_BLOCKS;
	     want.chunk_blocks <= KDP_MAX_CHUNK_BLOCKS;
	     want.chunk_blocks *= 2)
		if (!kdp_geometry_make(&want, &g, &why) && traces_of(d, &g))
			return homes_are_zero(d) ? KDPU_TRACES_DESTROYED :
						   KDPU_TRACES_DAMAGED;
	return KDPU_TRACES_NONE;
}

int kdpu_super_kill(struct kdpu_disk *d, struct kdpu_err *err)
{
	int ret = kdp_store_kill(&kdpu_disk_ops, d,
				 d->bytes >> KDP_BLOCK_SHIFT);

	if (ret)
		return kdpu_fail_errno(err, ret, "cannot overwrite the superblocks");
	return 0;
}
