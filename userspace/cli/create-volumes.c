// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "create-volumes.h"
#include "lib/dmname.h"
#include "lib/profile.h"

static int check_dm_names(const char *pool, const struct kdpu_volspecs *volumes,
			  struct kdpu_err *err)
{
	char name[KDPU_DM_NAME_SIZE];
	size_t i;

	for (i = 0; i < volumes->nr; i++) {
		if (!kdpu_dm_name(name, pool, volumes->v[i].name))
			continue;
		kdpu_fail(err, -ENAMETOOLONG, "pool and volume name %s %s are too long for device-mapper together",
			  pool, volumes->v[i].name);
		return kdpu_expected(err, "fewer hyphens: each counts twice");
	}
	return 0;
}

int create_read_volumes(const struct cli_list *given, const char *profile,
			const char *pool, struct kdpu_volspecs *volumes,
			struct kdpu_err *err)
{
	size_t i;
	int ret = 0;

	if (given->nr && profile) {
		kdpu_fail(err, -EINVAL, "--profile and --volume are both given");
		return kdpu_expected(err, "one of them");
	}
	if (!given->nr)
		ret = kdpu_profile_expand(profile ? profile :
					  KDPU_DEFAULT_PROFILE, volumes, err);
	for (i = 0; !ret && i < given->nr; i++)
		ret = kdpu_volspecs_parse(volumes, given->v[i], err);
	return ret ? ret : check_dm_names(pool, volumes, err);
}
