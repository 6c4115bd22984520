// SPDX-License-Identifier: GPL-2.0-only
/*
 * R0's home is at 4 KiB, those of R1-R3 at 16, 32 and 48 MiB, so that neither
 * the device's size nor a stray write of a few megabytes takes them all; R4's
 * is right before the last MiB.  The extents follow where room is: R0 behind
 * the head, R1-R3 in the quarters of the device, R4 before its home.
 */
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/string.h>

#include "format/geometry.h"

#define KDP_HOME_STEP	4096u	/* blocks: 16 MiB */

u64 kdp_super_home(u32 r, u64 device_blocks)
{
	if (r == 0)
		return 1;
	if (r < KDP_REPLICAS - 1)
		return (u64)r * KDP_HOME_STEP;
	return device_blocks - KDP_TAIL_BLOCKS - KDP_SUPER_SLOTS;
}

u64 kdp_journal_block(const struct kdp_geometry *g, u32 r, u64 pos)
{
	u32 in_ring;

	div_u64_rem(pos, g->journal_blocks, &in_ring);
	return g->replica[r].extent + in_ring;
}

/* The chunks that the blocks [@block, @block + @count) touch. */
static void kdp_touched_chunks(const struct kdp_geometry *g, u64 block,
			       u64 count, u32 *first, u32 *nr)
{
	u64 from = div_u64(block, g->chunk_blocks);
	u64 to = div_u64(block + count + g->chunk_blocks - 1, g->chunk_blocks);

	from = min_t(u64, from, g->nr_chunks);
	to = min_t(u64, to, g->nr_chunks);
	*first = from;
	*nr = to - from;
}

void kdp_reserved_run(const struct kdp_geometry *g, u32 i, u32 *first,
		      u32 *count)
{
	const struct kdp_replica_place *p;
	u64 tail = g->device_blocks - KDP_TAIL_BLOCKS;
	u64 retired;

	if (i == 0) {
		kdp_touched_chunks(g, 0, KDP_HEAD_BLOCKS, first, count);
	} else if (i == 1) {
		kdp_touched_chunks(g, tail, KDP_TAIL_BLOCKS, first, count);
	} else if (i < 2 + KDP_REPLICAS) {
		p = &g->replica[i - 2];
		kdp_touched_chunks(g, p->super, KDP_SUPER_SLOTS, first, count);
	} else if (i < 2 + 2 * KDP_REPLICAS) {
		p = &g->replica[i - 2 - KDP_REPLICAS];
		kdp_touched_chunks(g, p->extent, kdp_extent_blocks(g), first,
				   count);
	} else {
		retired = g->retired[i - 2 - 2 * KDP_REPLICAS];
		kdp_touched_chunks(g, retired, retired ?
				   kdp_extent_blocks(g) : 0, first, count);
	}
}

/* Enough blocks for the longest checkpoint that this pool can ever need. */
static u64 kdp_worst_slot(u64 nr_chunks, u64 max_volumes)
{
	return 1 + div_u64(nr_chunks + KDP_BITMAP_BITS - 1, KDP_BITMAP_BITS) +
	       div_u64(max_volumes + KDP_VOLUMES_PER_BLOCK - 1,
		       KDP_VOLUMES_PER_BLOCK) +
	       div_u64(nr_chunks + KDP_EXTENTS_PER_BLOCK - 1,
		       KDP_EXTENTS_PER_BLOCK) + max_volumes;
}

static bool kdp_runs_overlap(u64 a, u64 na, u64 b, u64 nb)
{
	return a < b + nb && b < a + na;
}

/* Does replica @r's extent touch a home, or an extent before it? */
static bool kdp_extent_collides(const struct kdp_geometry *g, u32 r)
{
	u64 start = g->replica[r].extent;
	u64 len = kdp_extent_blocks(g);
	u32 i;

	for (i = 0; i < KDP_REPLICAS; i++)
		if (kdp_runs_overlap(start, len, g->replica[i].super,
				     KDP_SUPER_SLOTS))
			return true;
	for (i = 0; i < r; i++)
		if (kdp_runs_overlap(start, len, g->replica[i].extent, len))
			return true;
	return false;
}

/* Is there room for an extent at @extent, between head and tail? */
static bool kdp_extent_inside(const struct kdp_geometry *g, u64 extent)
{
	u64 last = g->device_blocks - KDP_TAIL_BLOCKS;

	return extent >= KDP_HEAD_BLOCKS && extent < last &&
	       extent + kdp_extent_blocks(g) <= last;
}

/* Retired extents: none after a gap, and each by itself. */
static bool kdp_retired_ok(const struct kdp_geometry *g)
{
	u64 len = kdp_extent_blocks(g);
	u32 i, j;

	for (i = 0; i < KDP_MAX_RETIRED; i++) {
		if (!g->retired[i])
			continue;
		if ((i && !g->retired[i - 1]) ||
		    !kdp_extent_inside(g, g->retired[i]))
			return false;
		for (j = 0; j < KDP_REPLICAS; j++)
			if (kdp_runs_overlap(g->retired[i], len,
					     g->replica[j].extent, len) ||
			    kdp_runs_overlap(g->retired[i], len,
					     g->replica[j].super,
					     KDP_SUPER_SLOTS))
				return false;
		for (j = 0; j < i; j++)
			if (kdp_runs_overlap(g->retired[i], len, g->retired[j],
					     len))
				return false;
	}
	return true;
}

enum kdp_fault kdp_geometry_move(struct kdp_geometry *g, u32 r, u64 extent)
{
	struct kdp_geometry moved = *g;
	u32 i = 0;

	while (i < KDP_MAX_RETIRED && g->retired[i])
		i++;
	if (i == KDP_MAX_RETIRED)
		return KDP_BAD_GEOMETRY;
	moved.retired[i] = g->replica[r].extent;
	moved.replica[r].extent = extent;
	if (kdp_geometry_validate(&moved))
		return KDP_BAD_GEOMETRY;
	*g = moved;
	return KDP_OK;
}

enum kdp_fault kdp_geometry_validate(const struct kdp_geometry *g)
{
	u32 r;

	if (g->device_blocks < KDP_MIN_DEVICE_BLOCKS ||
	    g->device_blocks > (1ull << 50))
		return KDP_BAD_GEOMETRY;
	if (g->chunk_blocks < KDP_MIN_CHUNK_BLOCKS ||
	    g->chunk_blocks > KDP_MAX_CHUNK_BLOCKS ||
	    !is_power_of_2(g->chunk_blocks))
		return KDP_BAD_GEOMETRY;
	if (!g->nr_chunks || g->nr_chunks > KDP_MAX_CHUNKS ||
	    (u64)g->nr_chunks * g->chunk_blocks > g->device_blocks)
		return KDP_BAD_GEOMETRY;
	if (g->journal_blocks < KDP_MIN_JOURNAL_BLOCKS ||
	    g->journal_blocks > KDP_MAX_JOURNAL_BLOCKS)
		return KDP_BAD_GEOMETRY;
	if (!g->max_volumes || g->max_volumes > KDP_MAX_VOLUMES)
		return KDP_BAD_GEOMETRY;
	if (g->slot_blocks < kdp_worst_slot(g->nr_chunks, g->max_volumes) ||
	    g->slot_blocks > (1u << 24))
		return KDP_BAD_GEOMETRY;

	for (r = 0; r < KDP_REPLICAS; r++) {
		const struct kdp_replica_place *p = &g->replica[r];

		if (p->super != kdp_super_home(r, g->device_blocks))
			return KDP_BAD_GEOMETRY;
		if (!kdp_extent_inside(g, p->extent))
			return KDP_BAD_GEOMETRY;
		if (p->health > KDP_REPLICA_OUT_OF_DATE)
			return KDP_BAD_GEOMETRY;
		if (kdp_extent_collides(g, r))
			return KDP_BAD_GEOMETRY;
	}
	return kdp_retired_ok(g) ? KDP_OK : KDP_BAD_GEOMETRY;
}

static u32 kdp_default_chunk(u64 device_blocks)
{
	u32 chunk = KDP_MIN_CHUNK_BLOCKS;

	while (chunk < KDP_MAX_CHUNK_BLOCKS &&
	       div_u64(device_blocks, chunk) > KDP_MAX_CHUNKS)
		chunk *= 2;
	return chunk;
}

static u64 kdp_round_up_chunk(const struct kdp_geometry *g, u64 block)
{
	return div_u64(block + g->chunk_blocks - 1, g->chunk_blocks) *
	       g->chunk_blocks;
}

/* First place from @from upwards, aligned to chunks, that collides with none. */
static void kdp_place_extent(struct kdp_geometry *g, u32 r, u64 from)
{
	g->replica[r].extent = kdp_round_up_chunk(g, from);
	while (kdp_extent_collides(g, r) &&
	       g->replica[r].extent < g->device_blocks)
		g->replica[r].extent += g->chunk_blocks;
}

static void kdp_place_replicas(struct kdp_geometry *g)
{
	u64 len = kdp_round_up_chunk(g, kdp_extent_blocks(g));
	u64 from;
	u32 r;

	for (r = 0; r < KDP_REPLICAS; r++) {
		g->replica[r].super = kdp_super_home(r, g->device_blocks);
		g->replica[r].health = KDP_REPLICA_CURRENT;
	}
	for (r = 0; r < KDP_REPLICAS; r++) {
		from = div_u64(g->device_blocks, KDP_REPLICAS - 1) * r;
		if (r == 0)
			from = KDP_HEAD_BLOCKS;
		else if (r == KDP_REPLICAS - 1)
			from = g->replica[r].super - len - g->chunk_blocks;
		kdp_place_extent(g, r, from);
	}
}

static u32 kdp_default_volumes(u32 nr_chunks)
{
	return clamp_t(u32, nr_chunks / 64, 64, 4096);
}

/*
 * All of it is read when a pool is opened, so it is small; but large maps take
 * long to write, and commits need room meanwhile.
 */
static u32 kdp_default_journal(u64 device_blocks)
{
	u64 small = min_t(u64, div_u64(device_blocks, 512), 1024);

	return clamp_t(u64, max_t(u64, small, div_u64(device_blocks, 65536)),
		       64, 4096);
}

enum kdp_fault kdp_geometry_make(const struct kdp_geometry_request *want,
				 struct kdp_geometry *g, const char **why)
{
	memset(g, 0, sizeof(*g));
	*why = "the device is smaller than 64 MiB";
	g->device_blocks = want->device_blocks;
	if (g->device_blocks < KDP_MIN_DEVICE_BLOCKS)
		return KDP_BAD_GEOMETRY;

	*why = "the chunk size is no power of two from 64 KiB to 1 GiB";
	g->chunk_blocks = want->chunk_blocks ?: kdp_default_chunk(g->device_blocks);
	if (g->chunk_blocks < KDP_MIN_CHUNK_BLOCKS ||
	    g->chunk_blocks > KDP_MAX_CHUNK_BLOCKS ||
	    !is_power_of_2(g->chunk_blocks))
		return KDP_BAD_GEOMETRY;

	*why = "the chunks are too small for so large a device (16 M at most)";
	if (div_u64(g->device_blocks, g->chunk_blocks) > KDP_MAX_CHUNKS)
		return KDP_BAD_GEOMETRY;

	g->nr_chunks = div_u64(g->device_blocks, g->chunk_blocks);
	g->max_volumes = want->max_volumes ?: kdp_default_volumes(g->nr_chunks);
	g->journal_blocks = want->journal_blocks ?:
			    kdp_default_journal(g->device_blocks);
	g->slot_blocks = kdp_worst_slot(g->nr_chunks,
					min(g->max_volumes, KDP_MAX_VOLUMES));
	kdp_place_replicas(g);

	*why = "the device is too small for five copies of the metadata";
	return kdp_geometry_validate(g);
}
