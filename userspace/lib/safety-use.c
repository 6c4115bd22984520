// SPDX-License-Identifier: GPL-2.0-only
/* Checks of what the system does with a device. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <strings.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "mounts.h"
#include "safety-private.h"

static const char *const system_places[] = {
	"/", "/boot", "/boot/efi", "/efi", "/home", "/usr", "/var", NULL,
};

static bool is_system_place(const char *target)
{
	const char *const *p;

	for (p = system_places; *p; p++)
		if (!strcmp(*p, target))
			return true;
	return false;
}

struct search {
	struct kdpu_subject *s;
	struct kdpu_finding *f;
};

/* The member of the device's stack that a mount uses, or NULL. */
static const struct kdpu_member *mount_uses(const struct search *q,
					    const struct kdpu_mount *m)
{
	const struct kdpu_devset *up = &q->s->device->up;
	const struct kdpu_member *u = kdpu_devset_find(up, m->dev);

	if (!u && m->source_dev)
		u = kdpu_devset_find(up, m->source_dev);
	return u;
}

static int on_mount(const struct kdpu_mount *m, void *data,
		    struct kdpu_err *err)
{
	struct search *q = data;
	const struct kdpu_member *u = mount_uses(q, m);

	(void)err;
	if (!u)
		return 0;
	kdpu_finding_set(q->f, KDPU_REFUSED, "%s is mounted on %.200s%s",
			 u->label, m->target, m->where);
	kdpu_finding_todo(q->f, "umount %.200s", m->target);
	return 1;
}

KDPU_CHECK(mounts)
{
	struct search q = { .s = s, .f = f };
	int ret = kdpu_mounts_each(s->host, on_mount, &q, err);

	if (ret < 0)
		return ret;
	if (!ret)
		kdpu_finding_set(f, KDPU_PASS, "not mounted anywhere");
	return 0;
}

static int on_swap(const struct kdpu_mount *m, void *data,
		   struct kdpu_err *err)
{
	struct search *q = data;

	if (m->source_error)
		return kdpu_fail_errno(err, m->source_error,
				       "cannot tell what the swap area %s is",
				       m->source);
	if (!m->source_dev ||
	    !kdpu_devset_find(&q->s->device->up, m->source_dev))
		return 0;
	kdpu_finding_set(q->f, KDPU_REFUSED, "%s is swap space in use",
			 m->source);
	kdpu_finding_todo(q->f, "swapoff %s", m->source);
	return 1;
}

KDPU_CHECK(swap)
{
	struct search q = { .s = s, .f = f };
	int ret = kdpu_swaps_each(s->host, on_swap, &q, err);

	if (ret < 0)
		return ret;
	if (!ret)
		kdpu_finding_set(f, KDPU_PASS, "no swap space in use");
	return 0;
}

/* Do "UUID=..." and the like of fstab name what is on the device? */
static bool tag_names(const struct kdpu_signature *sig, const char *source)
{
	const struct {
		const char *tag, *value;
	} tags[] = {
		{ "UUID=", sig->uuid },
		{ "LABEL=", sig->label },
		{ "PARTUUID=", sig->part_uuid },
		{ "PARTLABEL=", sig->part_label },
	};
	char value[128];
	size_t i, n;

	for (i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		n = strlen(tags[i].tag);
		if (strncmp(source, tags[i].tag, n))
			continue;
		snprintf(value, sizeof(value), "%s", source + n);
		n = strlen(value);
		if (n > 1 && value[0] == '"' && value[n - 1] == '"') {
			value[n - 1] = 0;
			memmove(value, value + 1, n - 1);
		}
		return tags[i].value[0] && !strcasecmp(value, tags[i].value);
	}
	return false;
}

static int on_fstab(const struct kdpu_mount *m, void *data,
		    struct kdpu_err *err)
{
	struct search *q = data;
	const struct kdpu_signatures *sigs = &q->s->signatures;
	bool hit = m->source_dev &&
		   kdpu_devset_find(&q->s->device->up, m->source_dev);
	size_t i;

	if (m->source_error && m->source_error != -ENOENT)
		return kdpu_fail_errno(err, m->source_error,
				       "cannot tell what %s in /etc/fstab is",
				       m->source);
	for (i = 0; !hit && i < sigs->nr; i++)
		hit = tag_names(&sigs->s[i], m->source);
	if (!hit)
		return 0;
	kdpu_finding_set(q->f, KDPU_REFUSED, "/etc/fstab mounts it on %.200s (as %.100s)",
			 m->target, m->source);
	kdpu_finding_todo(q->f, "remove that line from /etc/fstab");
	return 1;
}

KDPU_CHECK(fstab)
{
	struct search q = { .s = s, .f = f };
	int ret = kdpu_subject_signatures(s, err);

	if (ret)
		return ret;
	ret = kdpu_fstab_each(s->host, on_fstab, &q, err);
	if (ret < 0)
		return ret;
	if (!ret)
		kdpu_finding_set(f, KDPU_PASS, "not named in /etc/fstab");
	return 0;
}

/* A system mount whose device cannot be told might be on this disk. */
static int system_unknown(const struct search *q, const struct kdpu_mount *m,
			  struct kdpu_err *err)
{
	int nodev;

	if (major(m->dev) || m->source_dev)
		return 0;
	nodev = kdpu_fstype_nodev(q->s->host, m->type);
	if (nodev < 0)
		return kdpu_fail_errno(err, nodev, "cannot read /proc/filesystems");
	if (nodev)
		return 0;
	return kdpu_fail(err, -EIO, "cannot tell which disk %s (%s) is on",
			 m->target, m->source);
}

static void carries(const struct search *q, const char *what,
		    const char *target)
{
	kdpu_finding_set(q->f, KDPU_REFUSED, "%s%scarries %s of this system",
			 what, *what ? " " : "", target);
	kdpu_finding_todo(q->f, "name another disk; lsblk shows which are free");
}

static int on_system(const struct kdpu_mount *m, void *data,
		     struct kdpu_err *err)
{
	struct search *q = data;
	const struct kdpu_member *u;
	struct kdpu_devset down = { };
	dev_t dev = major(m->dev) ? m->dev : m->source_dev;
	int ret;

	if (!is_system_place(m->target))
		return 0;
	u = mount_uses(q, m);
	if (u) {
		carries(q, u->label, m->target);
		return 1;
	}
	if (!dev)
		return system_unknown(q, m, err);
	/* the other way round, and for a partition of the system's disk */
	ret = kdpu_devset_down(q->s->host, dev, &down, err);
	if (ret)
		return ret;
	u = kdpu_devset_find(&down, q->s->device->dev);
	if (u) {
		carries(q, "", m->target);
		ret = 1;
	}
	kdpu_devset_free(&down);
	return ret;
}

/* A free partition of the disk that the system is on: allowed, but said. */
static int on_same_disk(const struct kdpu_mount *m, void *data,
			struct kdpu_err *err)
{
	struct search *q = data;
	struct kdpu_devset down = { }, mine = { };
	dev_t dev = major(m->dev) ? m->dev : m->source_dev;
	size_t i;
	int ret;

	if (!is_system_place(m->target) || !dev)
		return 0;
	ret = kdpu_devset_down(q->s->host, dev, &down, err);
	if (!ret)
		ret = kdpu_devset_down(q->s->host, q->s->device->dev, &mine,
				       err);
	for (i = 0; !ret && i < mine.nr; i++) {
		if (!kdpu_devset_find(&down, mine.m[i].dev))
			continue;
		kdpu_finding_set(q->f, KDPU_NOTE, "no, but it is on %s, the disk that carries %s",
				 mine.m[i].name, m->target);
		ret = 1;
	}
	kdpu_devset_free(&down);
	kdpu_devset_free(&mine);
	return ret;
}

KDPU_CHECK(system)
{
	struct search q = { .s = s, .f = f };
	int ret = kdpu_mounts_each(s->host, on_system, &q, err);

	if (!ret)
		ret = kdpu_mounts_each(s->host, on_same_disk, &q, err);
	if (ret < 0)
		return ret;
	if (!ret)
		kdpu_finding_set(f, KDPU_PASS, "nothing of this system is on it");
	return 0;
}

static bool same_file(const struct kdpu_subject *s, const char *path)
{
	struct stat st;
	dev_t dev;

	if (s->device->block)
		return !s->host->resolve(path, &dev) &&
		       kdpu_devset_find(&s->device->up, dev);
	return !stat(path, &st) && S_ISREG(st.st_mode) &&
	       st.st_dev == s->device->file_dev &&
	       st.st_ino == s->device->file_ino;
}

KDPU_CHECK(loop)
{
	char path[PATH_MAX], backing[PATH_MAX];
	struct dirent *d;
	DIR *dir = opendir(kdpu_host_path(s->host, path, "/sys/block"));

	if (!dir)
		return kdpu_fail_errno(err, -errno, "cannot list %s", path);
	kdpu_finding_set(f, KDPU_PASS, "no loop device uses it");
	while ((d = readdir(dir))) {
		if (strncmp(d->d_name, "loop", 4) ||
		    kdpu_host_read(s->host, backing, sizeof(backing),
				   "/sys/block/%s/loop/backing_file",
				   d->d_name) ||
		    !same_file(s, backing))
			continue;
		kdpu_finding_set(f, KDPU_REFUSED, "/dev/%s is a loop device over it",
				 d->d_name);
		kdpu_finding_todo(f, "losetup -d /dev/%s", d->d_name);
		break;
	}
	closedir(dir);
	return 0;
}
