/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the engine takes from the allocator.  The linker puts the functions of
 * heap.c in the place of malloc() and its kind (--wrap, build.mk); memory of
 * the disk comes from mmap() and is not counted.
 */
#ifndef KDP_BENCH_HEAP_H
#define KDP_BENCH_HEAP_H

#include <linux/types.h>

struct heap_use {
	u64 asked;	/* bytes, as asked for */
	u64 kernel;	/* what kmalloc() and kvmalloc() would take for them */
	u64 peak;	/* highest "kernel" since heap_restart_peak() */
	u64 blocks;
};

/* What is allocated now. */
struct heap_use heap_use(void);
void heap_restart_peak(void);

#endif
