/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KDP_SHIM_SLAB_H
#define KDP_SHIM_SLAB_H

#include <linux/types.h>
#include <stdlib.h>

#define GFP_KERNEL	0u
#define GFP_NOIO	0u
#define __GFP_NOWARN	0u

/* malloc() and friends behind one door, so that a test can make it fail. */
extern bool (*kdp_shim_alloc_fails)(size_t size);
void *kdp_shim_alloc(size_t n, size_t size);

#define kzalloc(size, gfp)		((void)(gfp), kdp_shim_alloc(1, size))
#define kmalloc(size, gfp)		kzalloc(size, gfp)
#define kcalloc(n, size, gfp)		((void)(gfp), kdp_shim_alloc(n, size))
#define kvzalloc(size, gfp)		kzalloc(size, gfp)
#define kvcalloc(n, size, gfp)		kcalloc(n, size, gfp)
#define kmemdup(p, size, gfp)		kdp_shim_memdup(p, size)
#define kfree(p)			free((void *)(p))
#define kvmalloc(size, gfp)		kzalloc(size, gfp)
#define kvfree(p)			free((void *)(p))

void *kdp_shim_memdup(const void *p, size_t size);

#endif
