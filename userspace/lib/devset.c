// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/stat.h>
#include <libgen.h>

#include "devset.h"

#define SYSDEV	"/sys/dev/block/%u:%u"

const struct kdpu_member *kdpu_devset_find(const struct kdpu_devset *set,
					   dev_t dev)
{
	size_t i;

	for (i = 0; i < set->nr; i++)
		if (set->m[i].dev == dev)
			return &set->m[i];
	return NULL;
}

void kdpu_devset_free(struct kdpu_devset *set)
{
	free(set->m);
	set->m = NULL;
	set->nr = 0;
}

/* The directory's real name ends with the kernel's name of the device. */
static int kernel_name(const struct kdpu_host *h, dev_t dev, char name[64])
{
	char path[PATH_MAX], real[PATH_MAX];

	kdpu_host_path(h, path, SYSDEV, major(dev), minor(dev));
	if (!realpath(path, real))
		return -errno;
	snprintf(name, 64, "%.63s", basename(real));
	return 0;
}

static void describe(const struct kdpu_host *h, struct kdpu_member *m)
{
	char text[80];

	if (!kdpu_host_read(h, text, sizeof(text), SYSDEV "/dm/name",
			    major(m->dev), minor(m->dev)))
		snprintf(m->label, sizeof(m->label), "%s (%s)", m->name, text);
	else
		snprintf(m->label, sizeof(m->label), "%s", m->name);
}

static int add(const struct kdpu_host *h, struct kdpu_devset *set, dev_t dev,
	       enum kdpu_relation relation, struct kdpu_err *err)
{
	struct kdpu_member *m;
	int ret;

	if (kdpu_devset_find(set, dev))
		return 0;
	m = realloc(set->m, (set->nr + 1) * sizeof(*m));
	if (!m)
		return kdpu_fail_memory(err);
	set->m = m;
	m += set->nr;
	memset(m, 0, sizeof(*m));
	m->dev = dev;
	m->relation = relation;
	ret = kernel_name(h, dev, m->name);
	if (ret)
		return kdpu_fail_errno(err, ret, "cannot read about %u:%u in /sys/dev/block",
				       major(dev), minor(dev));
	describe(h, m);
	set->nr++;
	return 0;
}

static int read_dev(const struct kdpu_host *h, const char *dir,
		    const char *entry, dev_t *dev, struct kdpu_err *err)
{
	unsigned int maj, min;
	char text[32];
	int ret;

	ret = kdpu_host_read(h, text, sizeof(text), "%s/%s/dev", dir, entry);
	if (ret)
		return kdpu_fail_errno(err, ret, "cannot read %s/%s/dev", dir,
				       entry);
	if (sscanf(text, "%u:%u", &maj, &min) != 2)
		return kdpu_fail(err, -EIO, "%s/%s/dev holds \"%s\", no device number",
				 dir, entry, text);
	*dev = makedev(maj, min);
	return 0;
}

/* Add all devices that are entries of @dir; a partition has such a file. */
static int add_entries(const struct kdpu_host *h, struct kdpu_devset *set,
		       const char *dir, bool partitions,
		       enum kdpu_relation relation, struct kdpu_err *err)
{
	char path[PATH_MAX], text[32];
	struct dirent *d;
	int ret = 0;
	dev_t dev;
	DIR *list = opendir(kdpu_host_path(h, path, "%s", dir));

	if (!list && errno == ENOENT)
		return 0;
	if (!list)
		return kdpu_fail_errno(err, -errno, "cannot list %s", path);
	while (!ret && (errno = 0, d = readdir(list))) {
		if (d->d_name[0] == '.')
			continue;
		if (partitions && kdpu_host_read(h, text, sizeof(text),
						 "%s/%s/partition", dir,
						 d->d_name))
			continue;
		ret = read_dev(h, dir, d->d_name, &dev, err);
		if (!ret)
			ret = add(h, set, dev, relation, err);
	}
	if (!ret && errno)
		ret = kdpu_fail_errno(err, -errno, "cannot list %s", path);
	closedir(list);
	return ret;
}

int kdpu_devset_up(const struct kdpu_host *h, dev_t dev,
		   struct kdpu_devset *set, struct kdpu_err *err)
{
	enum kdpu_relation relation;
	char dir[64], sub[80];
	size_t i;
	int ret = add(h, set, dev, KDPU_SELF, err);

	/* the set grows while we walk along it */
	for (i = 0; !ret && i < set->nr; i++) {
		snprintf(dir, sizeof(dir), SYSDEV, major(set->m[i].dev),
			 minor(set->m[i].dev));
		relation = i ? KDPU_HOLDER : KDPU_PARTITION;
		ret = add_entries(h, set, dir, true, relation, err);
		if (ret)
			break;
		snprintf(sub, sizeof(sub), "%s/holders", dir);
		ret = add_entries(h, set, sub, false, KDPU_HOLDER, err);
	}
	if (ret)
		kdpu_devset_free(set);
	return ret;
}

/* The disk that a partition is on. */
static int add_parent(const struct kdpu_host *h, struct kdpu_devset *set,
		      dev_t dev, struct kdpu_err *err)
{
	char path[PATH_MAX], real[PATH_MAX + 8], text[32];
	struct kdpu_host bare = *h;
	int ret;

	if (kdpu_host_read(h, text, sizeof(text), SYSDEV "/partition",
			   major(dev), minor(dev)))
		return 0;
	kdpu_host_path(h, path, SYSDEV, major(dev), minor(dev));
	if (!realpath(path, real))
		return kdpu_fail_errno(err, -errno, "cannot resolve %s", path);
	bare.root = "";
	ret = read_dev(&bare, real, "..", &dev, err);
	return ret ? ret : add(h, set, dev, KDPU_BELOW, err);
}

int kdpu_devset_down(const struct kdpu_host *h, dev_t dev,
		     struct kdpu_devset *set, struct kdpu_err *err)
{
	char dir[64];
	size_t i;
	int ret = add(h, set, dev, KDPU_SELF, err);

	for (i = 0; !ret && i < set->nr; i++) {
		snprintf(dir, sizeof(dir), SYSDEV "/slaves",
			 major(set->m[i].dev), minor(set->m[i].dev));
		ret = add_entries(h, set, dir, false, KDPU_BELOW, err);
		if (!ret)
			ret = add_parent(h, set, set->m[i].dev, err);
	}
	if (ret)
		kdpu_devset_free(set);
	return ret;
}
