// SPDX-License-Identifier: GPL-2.0-only
#include <blkid/blkid.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "libmnt.h"
#include "mounts.h"

/* "UUID=..." and the like, by udev's links; -ENOENT when there is none. */
static int resolve_tag(const struct kdpu_host *h, const char *source,
		       dev_t *dev)
{
	static const struct {
		const char *tag, *folder;
	} tags[] = {
		{ "UUID=", "by-uuid" },
		{ "LABEL=", "by-label" },
		{ "PARTUUID=", "by-partuuid" },
		{ "PARTLABEL=", "by-partlabel" },
	};
	char value[256], link[1100], path[PATH_MAX];
	size_t i, n;
	int ret;

	for (i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		n = strlen(tags[i].tag);
		if (strncmp(source, tags[i].tag, n))
			continue;
		source += n + (source[n] == '"');
		snprintf(value, sizeof(value), "%.*s",
			 (int)strcspn(source, "\""), source);
		if (blkid_encode_string(value, link, sizeof(link)))
			return -ENAMETOOLONG;
		ret = h->resolve(kdpu_host_path(h, path, "/dev/disk/%s/%s",
						tags[i].folder, link), dev);
		return ret == -ENOTBLK ? 0 : ret;
	}
	return 0;
}

/* A source whose node is not there may still be known by its kernel name. */
static int resolve_source(const struct kdpu_host *h, const char *source,
			  dev_t *dev)
{
	char copy[PATH_MAX], text[32];
	unsigned int maj, min;
	int ret;

	*dev = 0;
	if (!source)
		return 0;
	if (source[0] != '/')
		return resolve_tag(h, source, dev);
	ret = h->resolve(source, dev);
	if (ret == -ENOTBLK)
		return 0;
	if (ret != -ENOENT)
		return ret;
	snprintf(copy, sizeof(copy), "%s", source);
	if (!kdpu_host_read(h, text, sizeof(text), "/sys/class/block/%s/dev",
			    basename(copy)) &&
	    sscanf(text, "%u:%u", &maj, &min) == 2) {
		*dev = makedev(maj, min);
		return 0;
	}
	return ret;
}

static int each_entry(const struct kdpu_host *h, struct libmnt_table *tb,
		      const char *where, kdpu_mount_fn fn, void *data,
		      struct kdpu_err *err)
{
	struct libmnt_iter *it = mnt()->new_iter(MNT_ITER_FORWARD);
	struct libmnt_fs *fs;
	int ret = 0;

	if (!it)
		return kdpu_fail_memory(err);
	while (!ret && !mnt()->table_next_fs(tb, it, &fs)) {
		struct kdpu_mount m = {
			.dev = mnt()->fs_get_devno(fs),
			.source = mnt()->fs_get_source(fs),
			.target = mnt()->fs_get_target(fs),
			.type = mnt()->fs_get_fstype(fs),
			.options = mnt()->fs_get_options(fs),
			.where = where,
		};

		m.source_error = resolve_source(h, m.source, &m.source_dev);
		m.source = m.source ? m.source : "";
		m.target = m.target ? m.target : "";
		m.type = m.type ? m.type : "";
		m.options = m.options ? m.options : "";
		ret = fn(&m, data, err);
	}
	mnt()->free_iter(it);
	return ret;
}

/*
 * libmount takes a missing or unreadable file for an empty table at places;
 * so the file is opened here.
 */
static int parse(const char *path, int (*parser)(struct libmnt_table *,
						 FILE *, const char *),
		 struct libmnt_table **tb)
{
	FILE *f = fopen(path, "re");
	int ret = 0;

	if (!f)
		return -errno;
	*tb = mnt()->new_table();
	if (!*tb)
		ret = -ENOMEM;
	else if (parser(*tb, f, path) || ferror(f))
		ret = -EIO;
	fclose(f);
	if (ret && *tb)
		mnt()->unref_table(*tb);
	return ret;
}

static bool process_gone(int error)
{
	/* EINVAL: a zombie has no mount namespace any more */
	return error == -ENOENT || error == -ESRCH || error == -EINVAL;
}

static int each_in(const struct kdpu_host *h, const char *pid,
		   const char *where, kdpu_mount_fn fn, void *data,
		   struct kdpu_err *err)
{
	struct libmnt_table *tb = NULL;
	char path[PATH_MAX];
	int ret;

	kdpu_host_path(h, path, "/proc/%s/mountinfo", pid);
	ret = parse(path, mnt()->table_parse_stream, &tb);
	if (ret && *where && process_gone(ret))
		return 0;
	if (ret) {
		kdpu_fail_errno(err, ret, "cannot read the mounts in %s", path);
		return ret == -EACCES ? kdpu_todo(err, "run this as root") :
					ret;
	}
	ret = each_entry(h, tb, where, fn, data, err);
	mnt()->unref_table(tb);
	return ret;
}

/* Mount namespaces that were looked at, by the text of their links. */
struct seen {
	char (*ns)[40];
	size_t nr;
};

static int see(const struct kdpu_host *h, struct seen *s, const char *pid,
	       bool *is_new)
{
	char path[PATH_MAX], ns[40];
	ssize_t n = readlink(kdpu_host_path(h, path, "/proc/%s/ns/mnt", pid),
			     ns, sizeof(ns) - 1);
	size_t i;
	void *p;

	*is_new = true;
	if (n < 0)
		return 0;	/* reading its mounts will tell why */
	ns[n] = 0;
	for (i = 0; i < s->nr; i++) {
		if (!strcmp(s->ns[i], ns)) {
			*is_new = false;
			return 0;
		}
	}
	p = realloc(s->ns, (s->nr + 1) * sizeof(*s->ns));
	if (!p)
		return -ENOMEM;
	s->ns = p;
	memcpy(s->ns[s->nr++], ns, sizeof(ns));
	return 0;
}

static int each_process(const struct kdpu_host *h, DIR *proc, struct seen *seen,
			kdpu_mount_fn fn, void *data, struct kdpu_err *err)
{
	struct dirent *d;
	char where[48];
	bool is_new;
	int ret = 0;

	while (!ret && (errno = 0, d = readdir(proc))) {
		if (!isdigit((unsigned char)d->d_name[0]))
			continue;
		if (see(h, seen, d->d_name, &is_new))
			return kdpu_fail_memory(err);
		snprintf(where, sizeof(where), " (in process %.12s)",
			 d->d_name);
		if (is_new)
			ret = each_in(h, d->d_name, where, fn, data, err);
	}
	if (!ret && errno)
		ret = kdpu_fail_errno(err, -errno, "cannot list /proc");
	return ret;
}

int kdpu_mounts_each(const struct kdpu_host *h, kdpu_mount_fn fn, void *data,
		     struct kdpu_err *err)
{
	struct seen seen = { };
	char path[PATH_MAX];
	bool is_new;
	DIR *proc;
	int ret;

	ret = each_in(h, "self", "", fn, data, err);
	if (ret)
		return ret;
	if (see(h, &seen, "self", &is_new))
		return kdpu_fail_memory(err);
	proc = opendir(kdpu_host_path(h, path, "/proc"));
	if (!proc) {
		free(seen.ns);
		return kdpu_fail_errno(err, -errno, "cannot list %s", path);
	}
	ret = each_process(h, proc, &seen, fn, data, err);
	closedir(proc);
	free(seen.ns);
	return ret;
}

/* Every entry of a table that need not be there. */
static int each_of_table(const struct kdpu_host *h, const char *file,
			 int (*parser)(struct libmnt_table *, FILE *,
				       const char *),
			 kdpu_mount_fn fn, void *data, struct kdpu_err *err)
{
	struct libmnt_table *tb = NULL;
	char path[PATH_MAX];
	int ret = parse(kdpu_host_path(h, path, "%s", file), parser,
			&tb);

	if (ret == -ENOENT)
		return 0;
	if (ret)
		return kdpu_fail_errno(err, ret, "cannot read %s", path);
	ret = each_entry(h, tb, "", fn, data, err);
	mnt()->unref_table(tb);
	return ret;
}

static int parse_swaps(struct libmnt_table *tb, FILE *f, const char *path)
{
	(void)f;
	return mnt()->table_parse_swaps(tb, path);
}

/* There is no such file on a kernel without swap. */
int kdpu_swaps_each(const struct kdpu_host *h, kdpu_mount_fn fn, void *data,
		    struct kdpu_err *err)
{
	return each_of_table(h, "/proc/swaps", parse_swaps, fn, data, err);
}

static int parse_fstab(struct libmnt_table *tb, FILE *f, const char *path)
{
	(void)f;
	return mnt()->table_parse_fstab(tb, path);
}

int kdpu_fstab_each(const struct kdpu_host *h, kdpu_mount_fn fn, void *data,
		    struct kdpu_err *err)
{
	return each_of_table(h, "/etc/fstab", parse_fstab, fn, data, err);
}

int kdpu_fstype_nodev(const struct kdpu_host *h, const char *type)
{
	char path[PATH_MAX], line[128], name[64], flag[16];
	FILE *f = fopen(kdpu_host_path(h, path, "/proc/filesystems"), "re");
	int ret = !strcmp(type, "rootfs");	/* memory, and never listed */

	if (!f)
		return -errno;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%15[^\t \n]\t%63s", flag, name) == 2 &&
		    !strcmp(name, type))
			ret = 1;
	}
	fclose(f);
	return ret;
}
