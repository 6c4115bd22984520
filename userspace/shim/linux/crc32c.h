/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KDP_SHIM_CRC32C_H
#define KDP_SHIM_CRC32C_H

#include <linux/types.h>

/* Castagnoli's polynomial, reflected, no inversion before or after. */
u32 crc32c(u32 crc, const void *p, size_t size);

#endif
