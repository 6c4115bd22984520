/* SPDX-License-Identifier: GPL-2.0-only */
/* Kernel types in user space; little more than names. */
#ifndef KDP_SHIM_TYPES_H
#define KDP_SHIM_TYPES_H

#include_next <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s8 s8;
typedef __s16 s16;
typedef __s32 s32;
typedef __s64 s64;
typedef unsigned int gfp_t;

struct list_head {
	struct list_head *next, *prev;
};

struct hlist_node {
	struct hlist_node *next, **pprev;
};

struct hlist_head {
	struct hlist_node *first;
};

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define KDP_SHIM_LE(bits, x)	((u##bits)(x))
#else
#define KDP_SHIM_LE(bits, x)	__builtin_bswap##bits(x)
#endif

#define cpu_to_le16(x)	((__le16)KDP_SHIM_LE(16, x))
#define cpu_to_le32(x)	((__le32)KDP_SHIM_LE(32, x))
#define cpu_to_le64(x)	((__le64)KDP_SHIM_LE(64, x))
#define le16_to_cpu(x)	KDP_SHIM_LE(16, x)
#define le32_to_cpu(x)	KDP_SHIM_LE(32, x)
#define le64_to_cpu(x)	KDP_SHIM_LE(64, x)

#define READ_ONCE(x)		__atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, v)	__atomic_store_n(&(x), v, __ATOMIC_RELAXED)
#define smp_load_acquire(p)	__atomic_load_n(p, __ATOMIC_ACQUIRE)
#define smp_store_release(p, v)	__atomic_store_n(p, v, __ATOMIC_RELEASE)

#ifndef __printf
#define __printf(a, b)	__attribute__((format(printf, a, b)))
#endif
#ifndef __must_check
#define __must_check	__attribute__((warn_unused_result))
#endif

#endif
