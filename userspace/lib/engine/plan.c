// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include <stdlib.h>

#include "engine/ops.h"
#include "engine/plan.h"
#include "size.h"

int kdpu_layout(uint64_t device_bytes, uint64_t chunk_bytes,
		struct kdp_geometry *g, struct kdpu_err *err)
{
	struct kdp_geometry_request want = {
		.device_blocks = device_bytes >> KDP_BLOCK_SHIFT,
		.chunk_blocks = chunk_bytes >> KDP_BLOCK_SHIFT,
	};
	const char *why;
	char size[KDPU_SIZE_TEXT];

	if (chunk_bytes >> KDP_BLOCK_SHIFT > KDP_MAX_CHUNK_BLOCKS ||
	    chunk_bytes & (KDP_BLOCK_SIZE - 1) ||
	    (chunk_bytes && !want.chunk_blocks)) {
		kdpu_fail(err, -EINVAL, "chunks of %llu bytes are not possible",
			  (unsigned long long)chunk_bytes);
		return kdpu_expected(err, "a power of two from 64K to 1G");
	}
	if (!kdp_geometry_make(&want, g, &why))
		return 0;
	kdpu_fail(err, -EINVAL, "no pool fits on it: %s", why);
	return kdpu_expected(err, "a device of 64 MiB or more (it has %s), chunks of 64K to 1G",
			     kdpu_size_text(device_bytes, size));
}

struct kdp_op *kdpu_ops_new(const struct kdpu_volspecs *volumes, u64 now,
			    u32 uid)
{
	struct kdp_op *ops = calloc(volumes->nr + 1, sizeof(*ops));
	size_t i;

	for (i = 0; ops && i < volumes->nr; i++) {
		ops[i].type = KDP_OP_CREATE;
		ops[i].info.sectors = volumes->v[i].bytes / 512;
		ops[i].info.created = now;
		ops[i].info.uid = uid;
		if (volumes->v[i].thin)
			ops[i].info.flags = KDP_VOLUME_THIN;
		memcpy(ops[i].info.name, volumes->v[i].name,
		       KDP_VOLUME_NAME_SIZE);
	}
	return ops;
}

static u64 round_to_chunks(u64 bytes, u64 chunk)
{
	return (bytes + chunk - 1) / chunk * chunk;
}

static int no_space(const struct kdpu_plan *plan,
		    const struct kdpu_volspecs *volumes, const char *why,
		    struct kdpu_err *err)
{
	char need[KDPU_SIZE_TEXT], have[KDPU_SIZE_TEXT], all[KDPU_SIZE_TEXT];
	u64 bytes = 0;
	size_t i;

	for (i = 0; i < volumes->nr; i++)
		if (!volumes->v[i].thin)
			bytes += round_to_chunks(volumes->v[i].bytes,
						 plan->chunk_bytes);
	kdpu_size_text(bytes, need);
	kdpu_size_text(plan->free_bytes, have);
	kdpu_size_text(plan->device_bytes, all);
	kdpu_fail(err, -ENOSPC, "the device is too small: the volumes need %s, a pool on %s has room for %s (%s)",
		  need, all, have, why);
	kdpu_expected(err, "volumes that fit into %s", have);
	return kdpu_todo(err, "take a smaller profile, or give --volume NAME:SIZE for each volume");
}

static int try_volumes(struct kdp_model *m, const struct kdpu_volspecs *volumes,
		       struct kdpu_plan *plan, struct kdpu_err *err)
{
	struct kdp_op *ops = kdpu_ops_new(volumes, 0, 0);
	char why[KDP_REASON_SIZE] = "";
	size_t i, done;
	int ret = 0;

	if (!ops)
		return kdpu_fail_memory(err);
	for (done = 0; done < volumes->nr; done++) {
		ret = kdp_op_prepare(m, &ops[done], why);
		if (ret)
			break;
	}
	if (ret == -ENOSPC)
		no_space(plan, volumes, why, err);
	else if (ret)
		kdpu_fail(err, ret, "%s", why);
	for (i = 0; !ret && i < done; i++)
		plan->volume_bytes += ops[i].volume->map.nr_mapped *
				      plan->chunk_bytes;
	plan->free_bytes -= plan->volume_bytes;
	while (done--)
		kdp_op_cancel(m, &ops[done]);
	free(ops);
	return ret;
}

int kdpu_plan_make(uint64_t device_bytes, uint64_t chunk_bytes,
		   const struct kdpu_volspecs *volumes, struct kdpu_plan *plan,
		   struct kdpu_err *err)
{
	struct kdp_geometry g;
	struct kdp_model m;
	u64 chunk;
	int ret;

	memset(plan, 0, sizeof(*plan));
	ret = kdpu_layout(device_bytes, chunk_bytes, &g, err);
	if (ret)
		return ret;
	if (kdp_model_init(&m, &g))
		return kdpu_fail_memory(err);
	chunk = (u64)g.chunk_blocks * KDP_BLOCK_SIZE;
	plan->device_bytes = device_bytes;
	plan->chunk_bytes = chunk;
	plan->max_volumes = g.max_volumes;
	plan->free_bytes = (m.space.nr_chunks - m.space.nr_busy) * chunk;
	plan->metadata_bytes = device_bytes - plan->free_bytes;
	ret = try_volumes(&m, volumes, plan, err);
	kdp_model_destroy(&m);
	return ret;
}
