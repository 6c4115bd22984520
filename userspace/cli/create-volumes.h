/* SPDX-License-Identifier: GPL-2.0-only */
/* Which volumes create makes. */
#ifndef CLI_CREATE_VOLUMES_H
#define CLI_CREATE_VOLUMES_H

#include "command.h"
#include "lib/volspec.h"

/* One of them, or none: the default profile. */
struct create_volumes {
	const struct cli_list *given;	/* --volume */
	const char *profile;		/* --profile, or NULL */
	const char *file;		/* --volumes, or NULL */
};

/*
 * -EINVAL when more than one is given or one is wrong, -ENAMETOOLONG when
 * device-mapper has no room for a name.
 */
int create_read_volumes(const struct create_volumes *from, const char *pool,
			struct kdpu_volspecs *volumes, struct kdpu_err *err);

#endif
