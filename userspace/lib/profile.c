// SPDX-License-Identifier: GPL-2.0-only
/* Profiles by name: built in, and the folder of files. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/text.h"
#include "newfile.h"
#include "profile.h"
#include "size.h"

#define SUFFIX	".conf"

static const char *const fstests_volumes[] = {
	"test", "pool1", "pool2", "pool3", "pool4", "pool5", "logwrites", NULL,
};

static const char *const no_volumes[] = { NULL };

static const struct builtin {
	const char *name;
	const char *summary;
	const char *const *volumes;
	const char *size;		/* of each */
} builtins[] = {
	{ "fstests_default", "7 volumes of 10 GiB for fstests",
	  fstests_volumes, "10G" },
	{ "fstests_small", "7 volumes of 5 GiB for fstests",
	  fstests_volumes, "5G" },
	{ "fstests_large", "7 volumes of 50 GiB for fstests",
	  fstests_volumes, "50G" },
	{ "empty", "a pool without volumes", no_volumes, "0" },
};

#define NR_BUILTINS	(sizeof(builtins) / sizeof(builtins[0]))

static const struct builtin *find_builtin(const char *name)
{
	size_t i;

	for (i = 0; i < NR_BUILTINS; i++)
		if (!strcmp(builtins[i].name, name))
			return &builtins[i];
	return NULL;
}

static int load_builtin(const struct builtin *b, struct kdpu_profile *p,
			struct kdpu_err *err)
{
	const char *const *v;
	int ret = 0;

	memset(p, 0, sizeof(*p));
	snprintf(p->name, sizeof(p->name), "%s", b->name);
	snprintf(p->summary, sizeof(p->summary), "%s", b->summary);
	p->builtin = true;
	for (v = b->volumes; !ret && *v; v++)
		ret = kdpu_volspecs_add(&p->volumes, *v, b->size, err);
	if (ret)
		kdpu_profile_free(p);
	return ret;
}

void kdpu_profile_free(struct kdpu_profile *p)
{
	kdpu_volspecs_free(&p->volumes);
}

const char *kdpu_profile_dir(void)
{
	const char *dir = getenv("KDEVPOOL_PROFILES");

	return dir && dir[0] ? dir : KDPU_PROFILE_DIR;
}

static int check_name(const char *name, struct kdpu_err *err)
{
	if (kdpu_pool_name_ok(name))
		return 0;
	kdpu_fail(err, -EINVAL, "\"%.80s\" is no name for a profile", name);
	return kdpu_expected(err, "1 to 31 of A-Z a-z 0-9 . _ + -, not starting with . or -");
}

static void path_of(const char *name, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/%.*s" SUFFIX, kdpu_profile_dir(),
		 KDPU_PROFILE_NAME, name);
}

static int unknown(const char *name, const char *path, struct kdpu_err *err)
{
	char names[200] = "";
	size_t i, n = 0;

	for (i = 0; i < NR_BUILTINS; i++)
		n += snprintf(names + n, sizeof(names) - n, "%s, ",
			      builtins[i].name);
	kdpu_fail(err, -ENOENT, "there is no profile \"%s\"", name);
	kdpu_expected(err, "one of %sor a file %.120s", names, path);
	return kdpu_todo(err, "kdevpool-admin profile list");
}

int kdpu_profile_load(const char *name, struct kdpu_profile *p,
		      struct kdpu_err *err)
{
	const struct builtin *b = find_builtin(name);
	char path[PATH_MAX];
	int ret = check_name(name, err);

	if (ret)
		return ret;
	if (b)
		return load_builtin(b, p, err);
	path_of(name, path);
	if (access(path, F_OK) && errno == ENOENT)
		return unknown(name, path, err);
	return kdpu_profile_read(path, p, err);
}

static int add(struct kdpu_profiles *l, const struct kdpu_profile *p,
	       struct kdpu_err *err)
{
	struct kdpu_profile *n = realloc(l->p, (l->nr + 1) * sizeof(*n));

	if (!n)
		return kdpu_fail_memory(err);
	l->p = n;
	n[l->nr++] = *p;
	return 0;
}

/* A file of the folder; what is wrong with it goes into the list. */
static int add_file(struct kdpu_profiles *l, const char *file,
		    struct kdpu_err *err)
{
	size_t n = strlen(file) - strlen(SUFFIX);
	struct kdpu_profile p = { };
	char name[NAME_MAX + 1], path[PATH_MAX];
	struct kdpu_err why;
	int ret;

	snprintf(name, sizeof(name), "%.*s", (int)n, file);
	snprintf(path, sizeof(path), "%s/%s", kdpu_profile_dir(), file);
	ret = check_name(name, &why);
	if (!ret && find_builtin(name))
		ret = kdpu_fail(&why, -EPERM, "%s: the built in profile of this name is taken instead",
				path);
	if (!ret)
		ret = kdpu_profile_read(path, &p, &why);
	if (ret == -ENOMEM)
		return kdpu_fail_memory(err);
	snprintf(p.name, sizeof(p.name), "%.*s", KDPU_PROFILE_NAME - 1, name);
	if (ret)
		snprintf(p.fault, sizeof(p.fault), "%.*s",
			 (int)sizeof(p.fault) - 1, why.what);
	ret = add(l, &p, err);
	if (ret)
		kdpu_profile_free(&p);
	return ret;
}

static int is_profile(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return d->d_name[0] != '.' && n > strlen(SUFFIX) &&
	       !strcmp(d->d_name + n - strlen(SUFFIX), SUFFIX);
}

static int add_files(struct kdpu_profiles *l, struct kdpu_err *err)
{
	struct dirent **d;
	int i, ret = 0, n = scandir(kdpu_profile_dir(), &d, is_profile,
				    alphasort);

	if (n < 0)
		return errno == ENOENT ? 0 :
		       kdpu_fail_errno(err, -errno, "cannot list %s",
				       kdpu_profile_dir());
	for (i = 0; i < n; i++) {
		if (!ret)
			ret = add_file(l, d[i]->d_name, err);
		free(d[i]);
	}
	free(d);
	return ret;
}

int kdpu_profiles_read(struct kdpu_profiles *l, struct kdpu_err *err)
{
	struct kdpu_profile p;
	size_t i;
	int ret = 0;

	memset(l, 0, sizeof(*l));
	for (i = 0; !ret && i < NR_BUILTINS; i++) {
		ret = load_builtin(&builtins[i], &p, err);
		if (!ret)
			ret = add(l, &p, err);
	}
	if (!ret)
		ret = add_files(l, err);
	if (ret)
		kdpu_profiles_free(l);
	return ret;
}

void kdpu_profiles_free(struct kdpu_profiles *l)
{
	while (l->nr)
		kdpu_profile_free(&l->p[--l->nr]);
	free(l->p);
	l->p = NULL;
}

void kdpu_profile_write(const struct kdpu_profile *p, FILE *f)
{
	char size[KDPU_SIZE_TEXT];
	size_t i;

	fprintf(f, "# profile %s of kdevpool-admin\n", p->name);
	if (p->summary[0])
		fprintf(f, "summary = %s\n", p->summary);
	fprintf(f, "\n[volumes]\n");
	for (i = 0; i < p->volumes.nr; i++)
		fprintf(f, "%s = %s%s\n", p->volumes.v[i].name,
			kdpu_size_exact(p->volumes.v[i].bytes, size),
			p->volumes.v[i].thin ? ":thin" : "");
}

static int make_dir(struct kdpu_err *err)
{
	char path[PATH_MAX], *slash;
	int last;

	snprintf(path, sizeof(path), "%s", kdpu_profile_dir());
	for (slash = path + 1; ; slash++) {
		slash += strcspn(slash, "/");
		last = !*slash;
		*slash = 0;
		if (mkdir(path, 0755) && errno != EEXIST)
			return kdpu_fail_errno(err, -errno, "cannot make %s",
					       path);
		if (last)
			return 0;
		*slash = '/';
	}
}

static void write_profile(FILE *f, const void *data)
{
	kdpu_profile_write(data, f);
}

int kdpu_profile_save(const struct kdpu_profile *p, bool replace,
		      struct kdpu_err *err)
{
	char path[PATH_MAX];
	int ret = check_name(p->name, err);

	if (!ret && find_builtin(p->name)) {
		kdpu_fail(err, -EPERM, "%s is built in", p->name);
		ret = kdpu_expected(err, "another name: --name NAME");
	}
	if (!ret)
		ret = make_dir(err);
	if (ret)
		return ret;
	path_of(p->name, path);
	if (!replace && !access(path, F_OK)) {
		kdpu_fail(err, -EEXIST, "there is a file %s", path);
		return kdpu_todo(err, "another --name NAME, or --force to replace it");
	}
	return kdpu_newfile(path, 0644, write_profile, p, err);
}

static int move_volumes(struct kdpu_profile *p, struct kdpu_volspecs *l,
			struct kdpu_err *err)
{
	int ret = kdpu_volspecs_append(l, &p->volumes, err);

	kdpu_profile_free(p);
	return ret;
}

int kdpu_profile_expand(const char *name, struct kdpu_volspecs *l,
			struct kdpu_err *err)
{
	struct kdpu_profile p;
	int ret = kdpu_profile_load(name, &p, err);

	return ret ? ret : move_volumes(&p, l, err);
}

int kdpu_profile_expand_file(const char *path, struct kdpu_volspecs *l,
			     struct kdpu_err *err)
{
	struct kdpu_profile p;
	int ret = kdpu_profile_read(path, &p, err);

	return ret ? ret : move_volumes(&p, l, err);
}
