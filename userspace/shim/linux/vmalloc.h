/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KDP_SHIM_VMALLOC_H
#define KDP_SHIM_VMALLOC_H

#include <linux/types.h>

/* Zeroed, aligned to a page. */
void *vzalloc(size_t size);
void vfree(const void *p);

#endif
