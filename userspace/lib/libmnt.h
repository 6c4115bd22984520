/* SPDX-License-Identifier: GPL-2.0-only */
/* libmount's functions, loaded when they are needed (loaded.h). */
#ifndef KDPU_LIBMNT_H
#define KDPU_LIBMNT_H

#include <libmount.h>

#include "loaded.h"

#define KDPU_LIBMNT_CALLS(CALL) \
	CALL(free_iter) CALL(fs_get_devno) CALL(fs_get_fstype) \
	CALL(fs_get_options) CALL(fs_get_source) CALL(fs_get_target) \
	CALL(new_iter) CALL(new_table) CALL(table_next_fs) \
	CALL(table_parse_fstab) CALL(table_parse_stream) \
	CALL(table_parse_swaps) CALL(unref_table)

struct kdpu_libmnt {
#define MEMBER(name) __typeof__(&mnt_##name) name;
	KDPU_LIBMNT_CALLS(MEMBER)
#undef MEMBER
};

extern struct kdpu_loaded kdpu_libmnt;

static inline const struct kdpu_libmnt *mnt(void)
{
	return kdpu_need(&kdpu_libmnt);
}

#endif
