/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A disk in memory, sparse: address space without memory behind it, of which
 * the kernel gives 4 KiB pages as they are written.  It loses nothing, and
 * tells what was asked of it and when.
 */
#ifndef KDP_BENCH_SPARSE_H
#define KDP_BENCH_SPARSE_H

#include "store/disk.h"

struct sparse_counts {
	u64 submits;
	u64 flushes;
	u64 discards;
	u64 read;		/* blocks */
	u64 written;
	u64 written_fua;	/* of these */
};

/* When the last flush and the last submit began and ended. */
struct sparse_times {
	u64 flush_in, flush_out;
	u64 submit_in, submit_out;
};

/* Somebody who lets time pass for the disk; the copying is between them. */
struct sparse_pace {
	void (*before)(void *arg);
	void (*after)(void *arg, u64 bytes, bool durable);
	void *arg;
};

struct sparse {
	u8 *bytes;
	u64 nr_blocks;
	struct sparse_counts count;
	struct sparse_times time;
	const struct sparse_pace *pace;		/* NULL: it takes no time */
};

extern const struct kdp_disk_ops sparse_ops;

struct sparse *sparse_new(u64 nr_blocks);
void sparse_free(struct sparse *d);
/* Have memory behind these blocks, so that writing them takes none. */
void sparse_populate(struct sparse *d, u64 block, u64 nr_blocks);

#endif
