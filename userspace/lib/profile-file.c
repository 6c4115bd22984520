// SPDX-License-Identifier: GPL-2.0-only
/*
 * A file of a profile, read by libeconf.  That tells the line of what it cannot
 * parse; the line of a wrong name or size is looked for here, for the error.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conffile.h"
#include "profile.h"

#define GROUP		"volumes"

/* A profile being read. */
struct file {
	struct kdpu_conf conf;
	econf_file *parsed;
};

static int locate(const struct file *f, const char *key, struct kdpu_err *err)
{
	return kdpu_conf_locate(&f->conf, kdpu_conf_line_of(&f->conf, key), err);
}

static int wrong_key(const struct file *f, const char *key, const char *what,
		     struct kdpu_err *err)
{
	kdpu_fail(err, -EINVAL, what, key);
	kdpu_expected(err, "\"summary = TEXT\", then \"[volumes]\" and its lines");
	return locate(f, key, err);
}

static int read_summary(struct file *f, struct kdpu_profile *p,
			struct kdpu_err *err)
{
	char **keys = NULL, *value = NULL;
	size_t i, nr = 0;
	int ret = 0;

	if (econf_getKeys(f->parsed, NULL, &nr, &keys))
		return 0;
	for (i = 0; !ret && i < nr; i++)
		if (strcmp(keys[i], "summary"))
			ret = wrong_key(f, keys[i], "\"%.60s\" is unknown", err);
	econf_free(keys);
	if (ret)
		return ret;
	if (!econf_getStringValue(f->parsed, NULL, "summary", &value) && value)
		snprintf(p->summary, sizeof(p->summary), "%.*s",
			 (int)sizeof(p->summary) - 1, value);
	free(value);
	p->summary[strcspn(p->summary, "\n")] = 0;
	return 0;
}

static int add_volume(struct file *f, struct kdpu_profile *p, const char *name,
		      struct kdpu_err *err)
{
	struct kdpu_volspecs *l = &p->volumes;
	char *size = NULL;
	int ret;

	if (econf_getStringValue(f->parsed, GROUP, name, &size) || !size ||
	    !size[0]) {
		kdpu_fail(err, -EINVAL, "%.60s has no size", name);
		ret = kdpu_expected(err, "NAME = SIZE or NAME = SIZE:thin");
	} else {
		ret = kdpu_volspecs_add(l, name, size, err);
	}
	if (!ret && (!l->v[l->nr - 1].bytes || l->v[l->nr - 1].bytes % 4096)) {
		kdpu_fail(err, -EINVAL, "%s is no size for a volume", size);
		ret = kdpu_expected(err, "a multiple of 4 KiB");
	}
	free(size);
	if (!ret || ret == -ENOMEM)
		return ret;
	return locate(f, name, err);
}

static int read_volumes(struct file *f, struct kdpu_profile *p,
			struct kdpu_err *err)
{
	char **keys = NULL;
	size_t i, nr = 0;
	int ret = 0;

	if (econf_getKeys(f->parsed, GROUP, &nr, &keys))
		return 0;
	for (i = 0; !ret && i < nr; i++)
		ret = add_volume(f, p, keys[i], err);
	econf_free(keys);
	return ret;
}

/* Exactly one group, and it is ours; it may be without lines. */
static int check_groups(struct file *f, struct kdpu_err *err)
{
	char **groups = NULL;
	const char *end;
	size_t i, nr = 0;
	int ret = 0;

	if (econf_getGroups(f->parsed, &nr, &groups))
		nr = 0;
	for (i = 0; !ret && i < nr; i++)
		if (strcmp(groups[i], GROUP)) {
			kdpu_fail(err, -EINVAL, "the section [%.60s] is unknown",
				  groups[i]);
			kdpu_expected(err, "[" GROUP "]");
			ret = locate(f, "[", err);
		}
	if (groups)
		econf_free(groups);
	if (!ret && !strstr(f->conf.text, "[" GROUP "]")) {
		kdpu_fail(err, -EINVAL, "there is no section [" GROUP "]");
		kdpu_expected(err, "[" GROUP "], and a line \"NAME = SIZE\" for each volume");
		end = f->conf.text + strlen(f->conf.text);
		ret = kdpu_conf_locate(&f->conf,
				       kdpu_conf_line_at(&f->conf, end), err);
	}
	return ret;
}

static void set_name(const char *path, struct kdpu_profile *p)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	size_t n = strlen(base);

	if (n > 5 && !strcmp(base + n - 5, ".conf"))
		n -= 5;
	snprintf(p->name, sizeof(p->name), "%.*s", (int)n, base);
}

int kdpu_profile_read(const char *path, struct kdpu_profile *p,
		      struct kdpu_err *err)
{
	struct file f = { };
	int ret;

	memset(p, 0, sizeof(*p));
	set_name(path, p);
	ret = kdpu_conf_read(&f.conf, path, err);
	if (!ret)
		ret = kdpu_conf_parse(&f.conf, "\"summary = TEXT\", \"[volumes]\", and lines \"NAME = SIZE\" or \"NAME = SIZE:thin\"",
				      &f.parsed, err);
	if (!ret)
		ret = check_groups(&f, err);
	if (!ret)
		ret = read_summary(&f, p, err);
	if (!ret)
		ret = read_volumes(&f, p, err);
	if (f.parsed)
		econf_free(f.parsed);
	kdpu_conf_free(&f.conf);
	if (ret)
		kdpu_profile_free(p);
	return ret;
}
