/* SPDX-License-Identifier: GPL-2.0-only */
/* Named sets of volumes. */
#ifndef KDPU_PROFILE_H
#define KDPU_PROFILE_H

#include "volspec.h"

#define KDPU_DEFAULT_PROFILE	"fstests_default"

struct kdpu_profile {
	const char *name;
	const char *summary;
	const char *const *volumes;	/* NULL terminated */
	const char *size;		/* of each */
};

/* The profiles that are built in, up to one whose name is NULL. */
const struct kdpu_profile *kdpu_profiles(void);

/* NULL if there is none of that name. */
const struct kdpu_profile *kdpu_profile_find(const char *name);

/* Add the profile's volumes to @l. */
int kdpu_profile_expand(const char *name, struct kdpu_volspecs *l,
			struct kdpu_err *err);

#endif
