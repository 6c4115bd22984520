/* SPDX-License-Identifier: GPL-2.0-only */
/* Names that the linker gives to functions of the shim (--wrap). */
#ifndef KDP_FUZZ_CHECKED_H
#define KDP_FUZZ_CHECKED_H

#include <linux/types.h>

u32 __real_crc32c(u32 crc, const void *p, size_t size);
u32 __wrap_crc32c(u32 crc, const void *p, size_t size);
void *__real_memchr_inv(const void *p, int c, size_t size);
void *__wrap_memchr_inv(const void *p, int c, size_t size);

#endif
