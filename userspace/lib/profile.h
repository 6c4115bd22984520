/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Named sets of volumes: those that are built in, and files NAME.conf in a
 * folder of the administrator's, such as
 *
 *	summary = for blktests
 *
 *	[volumes]
 *	test = 10G
 *	scratch = 20G:thin
 *
 * Parsed by libeconf; "#" begins a comment.  A profile's name is made of what a
 * pool's name is made of; a file cannot replace one that is built in.
 */
#ifndef KDPU_PROFILE_H
#define KDPU_PROFILE_H

#include <stdio.h>

#include "volspec.h"

#define KDPU_DEFAULT_PROFILE	"fstests_default"
#define KDPU_PROFILE_DIR	"/etc/kdevpool/profiles.d"
#define KDPU_PROFILE_NAME	32

struct kdpu_profile {
	char name[KDPU_PROFILE_NAME];
	char summary[160];		/* "" if there is none */
	bool builtin;
	struct kdpu_volspecs volumes;
	char fault[400];		/* in a list: why it cannot be used */
};

struct kdpu_profiles {
	struct kdpu_profile *p;		/* built in ones first, then by name */
	size_t nr;
};

/* $KDEVPOOL_PROFILES, or KDPU_PROFILE_DIR. */
const char *kdpu_profile_dir(void);

/*
 * The profile of that name; kdpu_profile_free() it.  -ENOENT, -EINVAL (the
 * error names file and line), -EACCES and the like.
 */
int kdpu_profile_load(const char *name, struct kdpu_profile *p,
		      struct kdpu_err *err);

/* The same of any file; its name is the file's without ".conf". */
int kdpu_profile_read(const char *path, struct kdpu_profile *p,
		      struct kdpu_err *err);
void kdpu_profile_free(struct kdpu_profile *p);

/*
 * All of them.  A file that cannot be used is in the list with its fault.
 * -ENOMEM, or why the folder cannot be read; that there is none is no error.
 */
int kdpu_profiles_read(struct kdpu_profiles *l, struct kdpu_err *err);
void kdpu_profiles_free(struct kdpu_profiles *l);

/* Write it as a file of its own; an error shows at ferror(@f). */
void kdpu_profile_write(const struct kdpu_profile *p, FILE *f);

/*
 * Put it into the folder, which is made if needed; either all of the file is
 * there or nothing.  -EEXIST unless @replace, -EPERM for a built in name.
 */
int kdpu_profile_save(const struct kdpu_profile *p, bool replace,
		      struct kdpu_err *err);

/* Add the volumes of a profile, or of a file, to @l. */
int kdpu_profile_expand(const char *name, struct kdpu_volspecs *l,
			struct kdpu_err *err);
int kdpu_profile_expand_file(const char *path, struct kdpu_volspecs *l,
			     struct kdpu_err *err);

#endif
