/* SPDX-License-Identifier: GPL-2.0-only */
/* Which volumes create makes. */
#ifndef CLI_CREATE_VOLUMES_H
#define CLI_CREATE_VOLUMES_H

#include "command.h"
#include "lib/volspec.h"

/*
 * From --volume, or from the profile (NULL: the default).  -EINVAL when both
 * are given, -ENAMETOOLONG when device-mapper has no room for a name.
 */
int create_read_volumes(const struct cli_list *given, const char *profile,
			const char *pool, struct kdpu_volspecs *volumes,
			struct kdpu_err *err);

#endif
