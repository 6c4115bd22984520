/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KDP_SHIM_STRING_H
#define KDP_SHIM_STRING_H

#include_next <linux/string.h>
#include <linux/types.h>
#include <string.h>

void *memchr_inv(const void *p, int c, size_t size);
ssize_t strscpy(char *dst, const char *src, size_t size);

#endif
