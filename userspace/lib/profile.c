// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "profile.h"

static const char *const fstests_volumes[] = {
	"test", "pool1", "pool2", "pool3", "pool4", "pool5", "logwrites", NULL,
};

static const char *const no_volumes[] = { NULL };

static const struct kdpu_profile profiles[] = {
	{ "fstests_default", "7 volumes of 10 GiB for fstests",
	  fstests_volumes, "10G" },
	{ "fstests_small", "7 volumes of 5 GiB for fstests",
	  fstests_volumes, "5G" },
	{ "fstests_large", "7 volumes of 50 GiB for fstests",
	  fstests_volumes, "50G" },
	{ "empty", "a pool without volumes", no_volumes, "0" },
	{ NULL, NULL, NULL, NULL },
};

const struct kdpu_profile *kdpu_profiles(void)
{
	return profiles;
}

const struct kdpu_profile *kdpu_profile_find(const char *name)
{
	const struct kdpu_profile *p;

	for (p = profiles; p->name; p++)
		if (!strcmp(p->name, name))
			return p;
	return NULL;
}

static int unknown_profile(const char *name, struct kdpu_err *err)
{
	const struct kdpu_profile *p;
	char names[256] = "";
	size_t n = 0;

	for (p = profiles; p->name && n < sizeof(names); p++)
		n += snprintf(names + n, sizeof(names) - n, "%s%s",
			      n ? ", " : "", p->name);
	kdpu_fail(err, -ENOENT, "there is no profile \"%.80s\"", name);
	return kdpu_expected(err, "one of %s", names);
}

int kdpu_profile_expand(const char *name, struct kdpu_volspecs *l,
			struct kdpu_err *err)
{
	const struct kdpu_profile *p = kdpu_profile_find(name);
	const char *const *v;
	int ret;

	if (!p)
		return unknown_profile(name, err);
	for (v = p->volumes; *v; v++) {
		ret = kdpu_volspecs_add(l, *v, p->size, err);
		if (ret)
			return ret;
	}
	return 0;
}
