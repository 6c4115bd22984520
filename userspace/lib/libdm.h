/* SPDX-License-Identifier: GPL-2.0-only */
/* libdevmapper's functions, loaded when they are needed (loaded.h). */
#ifndef KDPU_LIBDM_H
#define KDPU_LIBDM_H

#include <libdevmapper.h>

#include "loaded.h"

#define KDPU_LIBDM_CALLS(CALL) \
	CALL(get_next_target) CALL(log_with_errno_init) CALL(mknodes) \
	CALL(pool_create) CALL(pool_destroy) CALL(split_lvm_name) \
	CALL(task_add_target) CALL(task_create) CALL(task_destroy) \
	CALL(task_get_errno) CALL(task_get_info) \
	CALL(task_get_message_response) CALL(task_get_names) \
	CALL(task_get_uuid) CALL(task_get_versions) \
	CALL(task_run) CALL(task_set_add_node) CALL(task_set_cookie) \
	CALL(task_set_message) CALL(task_set_name) CALL(task_set_newname) \
	CALL(task_set_ro) CALL(task_set_sector) CALL(task_set_uuid) \
	CALL(task_update_nodes) CALL(udev_complete) \
	CALL(udev_create_cookie) \
	CALL(udev_get_sync_support) CALL(udev_wait)

struct kdpu_libdm {
#define MEMBER(name) __typeof__(&dm_##name) name;
	KDPU_LIBDM_CALLS(MEMBER)
#undef MEMBER
};

extern struct kdpu_loaded kdpu_libdm;

static inline const struct kdpu_libdm *dm(void)
{
	return kdpu_need(&kdpu_libdm);
}

#endif
