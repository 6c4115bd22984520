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

static int expand(const struct create_volumes *from,
		  struct kdpu_volspecs *volumes, struct kdpu_err *err)
{
	size_t i;
	int ret = 0;

	if (!!from->given->nr + !!from->profile + !!from->file > 1) {
		kdpu_fail(err, -EINVAL, "two of --profile, --volumes and --volume are given");
		return kdpu_expected(err, "one of them");
	}
	if (from->file)
		return kdpu_profile_expand_file(from->file, volumes, err);
	if (!from->given->nr)
		return kdpu_profile_expand(from->profile ? from->profile :
					   KDPU_DEFAULT_PROFILE, volumes, err);
	for (i = 0; !ret && i < from->given->nr; i++)
		ret = kdpu_volspecs_parse(volumes, from->given->v[i], err);
	return ret;
}

int create_read_volumes(const struct create_volumes *from, const char *pool,
			struct kdpu_volspecs *volumes, struct kdpu_err *err)
{
	int ret = expand(from, volumes, err);

	return ret ? ret : check_dm_names(pool, volumes, err);
}
