// SPDX-License-Identifier: GPL-2.0-only
/* Read the journals of all replicas and keep what their blocks say. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>

#include "store/private.h"

static u64 kdp_ring_address(const struct kdp_store *s, u32 r, u32 i)
{
	return s->super.geometry.replica[r].extent + i;
}

static void kdp_scan_block(struct kdp_store *s, struct kdp_scan *scan, u32 ring,
			   u32 r, u32 i)
{
	struct kdp_journal_info info;
	enum kdp_fault fault;

	if (kdp_read_error(s, r, i))
		return;
	fault = kdp_journal_decode(kdp_io_block(s, r, i), s->super.uuid, r,
				   kdp_ring_address(s, r, ring), &info);
	if (fault)
		return;
	/* a block at another place of the ring than its position */
	if (kdp_journal_block(&s->super.geometry, r, info.pos) !=
	    kdp_ring_address(s, r, ring))
		return;
	*kdp_scanned(scan, ring, r) = info;
}

int kdp_scan_journal(struct kdp_store *s, struct kdp_scan *scan)
{
	u32 n = s->super.geometry.journal_blocks;
	u32 first, part, i, r;

	scan->journal_blocks = n;
	scan->info = kvcalloc((size_t)n * KDP_REPLICAS, sizeof(*scan->info),
			      GFP_KERNEL);
	if (!scan->info)
		return -ENOMEM;
	for (first = 0; first < n; first += part) {
		part = min(n - first, KDP_WINDOW);
		kdp_replicas_read(s, first, part, kdp_ring_address);
		for (i = 0; i < part; i++)
			for (r = 0; r < KDP_REPLICAS; r++)
				kdp_scan_block(s, scan, first + i, r, i);
	}
	return 0;
}

void kdp_scan_free(struct kdp_scan *scan)
{
	kvfree(scan->info);
	scan->info = NULL;
}

int kdp_scan_holder(const struct kdp_scan *scan,
		    const struct kdp_journal_info *want)
{
	u32 i = want->pos % scan->journal_blocks;
	u32 r;

	for (r = 0; r < KDP_REPLICAS; r++)
		if (kdp_journal_same(kdp_scanned(scan, i, r), want))
			return r;
	return -1;
}
