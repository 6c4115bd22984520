// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "command.h"
#include "libdm.h"
#include "rawdev.h"
#include "residue.h"

#define SYSDEV		"/sys/dev/block/%u:%u"
#define LVM_PREFIX	"LVM-"
#define GROUP_ID	32	/* characters after the prefix */

static struct kdpu_residue_step *add(struct kdpu_residue *r, bool stop)
{
	struct kdpu_residue_step *s;

	s = realloc(r->step, (r->nr + 1) * sizeof(*s));
	if (!s)
		return NULL;
	r->step = s;
	s += r->nr++;
	memset(s, 0, sizeof(*s));
	s->stop = stop;
	return s;
}

static void set_words(struct kdpu_residue_step *s, const char *a,
		      const char *b, const char *c)
{
	snprintf(s->word[0], sizeof(s->word[0]), "%s", a);
	snprintf(s->word[1], sizeof(s->word[1]), "%s", b);
	snprintf(s->word[2], sizeof(s->word[2]), "%s", c);
}

/* What a device is built on directly: "vda, vdb". */
static void slaves(const struct kdpu_host *h, dev_t dev, char *buf,
		   size_t size)
{
	char path[PATH_MAX];
	struct dirent *e;
	size_t n = 0;
	DIR *dir = opendir(kdpu_host_path(h, path, SYSDEV "/slaves",
					  major(dev), minor(dev)));

	buf[0] = 0;
	if (!dir)
		return;
	while ((e = readdir(dir)))
		if (e->d_name[0] != '.' && n < size)
			n += snprintf(buf + n, size - n, "%s%s",
				      n ? ", " : "", e->d_name);
	closedir(dir);
}

static int add_array(const struct kdpu_host *h, const struct kdpu_member *m,
		     struct kdpu_residue *r, struct kdpu_err *err)
{
	struct kdpu_residue_step *s = add(r, true);
	char level[24], over[96], node[80];

	if (!s)
		return kdpu_fail_memory(err);
	if (kdpu_host_read(h, level, sizeof(level), SYSDEV "/md/level",
			   major(m->dev), minor(m->dev)) || !level[0])
		strcpy(level, "unfinished");
	slaves(h, m->dev, over, sizeof(over));
	snprintf(s->what, sizeof(s->what), "%s: %s array over %s", m->name,
		 level, over);
	snprintf(node, sizeof(node), "/dev/%s", m->name);
	set_words(s, "mdadm", "--stop", node);
	return 0;
}

static bool group_of(const char *dm_name, char *buf, size_t size)
{
	struct dm_pool *pool = dm()->pool_create("residue", 1024);
	char *group = NULL, *volume, *layer;
	bool good = pool && dm()->split_lvm_name(pool, dm_name, &group, &volume,
					      &layer) && group && *group;

	if (good)
		snprintf(buf, size, "%s", group);
	if (pool)
		dm()->pool_destroy(pool);
	return good;
}

static bool is_logical_volume(const struct kdpu_host *h, dev_t dev,
			      char uuid[160])
{
	return !kdpu_host_read(h, uuid, 160, SYSDEV "/dm/uuid", major(dev),
			       minor(dev)) &&
	       !strncmp(uuid, LVM_PREFIX, strlen(LVM_PREFIX));
}

/* A group is stopped as a whole: none of its volumes may be elsewhere. */
static int find_elsewhere(const struct kdpu_host *h,
			  const struct kdpu_device *d, const char *uuid,
			  struct kdpu_residue *r, struct kdpu_err *err)
{
	char path[PATH_MAX], other[160], text[32];
	unsigned int maj, min;
	struct dirent *e;
	DIR *dir = opendir(kdpu_host_path(h, path, "/sys/block"));

	if (!dir)
		return kdpu_fail_errno(err, -errno, "cannot list %s", path);
	while ((e = readdir(dir))) {
		if (kdpu_host_read(h, text, sizeof(text), "/sys/block/%s/dev",
				   e->d_name) ||
		    sscanf(text, "%u:%u", &maj, &min) != 2 ||
		    kdpu_devset_find(&d->up, makedev(maj, min)) ||
		    !is_logical_volume(h, makedev(maj, min), other) ||
		    strncmp(uuid, other, strlen(LVM_PREFIX) + GROUP_ID))
			continue;
		snprintf(r->blocked, sizeof(r->blocked), "%.60s is of the same volume group, and elsewhere",
			 e->d_name);
	}
	closedir(dir);
	return 0;
}

static int add_group(const struct kdpu_host *h, const struct kdpu_device *d,
		     const struct kdpu_member *m, const char *uuid,
		     struct kdpu_residue *r, struct kdpu_err *err)
{
	char name[128], group[128], over[96];
	struct kdpu_residue_step *s;
	size_t i;

	if (kdpu_host_read(h, name, sizeof(name), SYSDEV "/dm/name",
			   major(m->dev), minor(m->dev)) ||
	    !group_of(name, group, sizeof(group)))
		return kdpu_fail(err, -EIO, "cannot tell of which volume group %s is",
				 m->label);
	for (i = 0; i < r->nr; i++)
		if (!strcmp(r->step[i].word[2], group))
			return 0;
	s = add(r, true);
	if (!s)
		return kdpu_fail_memory(err);
	slaves(h, m->dev, over, sizeof(over));
	snprintf(s->what, sizeof(s->what), "%s: logical volume of the group %.40s, over %s",
		 m->label, group, over);
	set_words(s, "vgchange", "-an", group);
	return find_elsewhere(h, d, uuid, r, err);
}

/* What is built on what is built on it comes first. */
static int find_holders(const struct kdpu_host *h, const struct kdpu_device *d,
			struct kdpu_residue *r, struct kdpu_err *err)
{
	const struct kdpu_member *m;
	char uuid[160], state[32];
	int ret = 0;

	for (m = d->up.m + d->up.nr; !ret && m-- > d->up.m;) {
		if (m->relation != KDPU_HOLDER)
			continue;
		if (is_logical_volume(h, m->dev, uuid))
			ret = add_group(h, d, m, uuid, r, err);
		else if (!kdpu_host_read(h, state, sizeof(state),
					 SYSDEV "/md/array_state",
					 major(m->dev), minor(m->dev)))
			ret = add_array(h, m, r, err);
		else if (kdpu_host_read(h, state, sizeof(state),
					SYSDEV "/partition", major(m->dev),
					minor(m->dev)))
			snprintf(r->blocked, sizeof(r->blocked), "%s is neither an array nor a logical volume",
				 m->label);
	}
	return ret;
}

static int add_signature(const struct kdpu_device *d,
			 const struct kdpu_signature *sig,
			 struct kdpu_residue *r, struct kdpu_err *err)
{
	bool array = !strcmp(sig->type, "linux_raid_member");
	struct kdpu_residue_step *s;
	char node[136];
	size_t n;

	if (!array && strncmp(sig->type, "LVM", 3)) {
		if (!strcmp(sig->usage, "raid"))
			snprintf(r->blocked, sizeof(r->blocked), "%s is of no array of md",
				 sig->type);
		return 0;
	}
	s = add(r, false);
	if (!s)
		return kdpu_fail_memory(err);
	kdpu_signature_text(sig, s->what, sizeof(s->what));
	n = snprintf(node, sizeof(node), "%.100s", d->path);
	if (sig->partition)
		snprintf(node + n, sizeof(node) - n, "%s%d",
			 n && node[n - 1] >= '0' && node[n - 1] <= '9' ?
			 "p" : "", sig->partition);
	if (array)
		set_words(s, "mdadm", "--zero-superblock", node);
	else
		set_words(s, "pvremove", "-ffy", node);
	return 0;
}

int kdpu_residue_find(const struct kdpu_host *h, const struct kdpu_device *d,
		      const struct kdpu_signatures *sig,
		      struct kdpu_residue *r, struct kdpu_err *err)
{
	size_t i;
	int ret;

	memset(r, 0, sizeof(*r));
	ret = find_holders(h, d, r, err);
	for (i = 0; !ret && sig && i < sig->nr; i++)
		ret = add_signature(d, &sig->s[i], r, err);
	if (ret)
		kdpu_residue_free(r);
	return ret;
}

void kdpu_residue_free(struct kdpu_residue *r)
{
	free(r->step);
	memset(r, 0, sizeof(*r));
}

char *kdpu_residue_command(const struct kdpu_residue_step *s, char *buf,
			   size_t size)
{
	size_t i, n = 0;

	buf[0] = 0;
	for (i = 0; i < KDPU_RESIDUE_WORDS && s->word[i][0] && n < size; i++)
		n += snprintf(buf + n, size - n, "%s%s", i ? " " : "",
			      s->word[i]);
	return buf;
}

static int run_step(const struct kdpu_residue_step *s, struct kdpu_err *err)
{
	const char *argv[KDPU_RESIDUE_WORDS + 1] = { };
	char text[400];
	size_t i;
	int ret;

	for (i = 0; i < KDPU_RESIDUE_WORDS && s->word[i][0]; i++)
		argv[i] = s->word[i];
	ret = kdpu_command_run(argv);
	if (!ret)
		return 0;
	kdpu_residue_command(s, text, sizeof(text));
	if (ret < 0)
		return kdpu_fail_errno(err, ret, "cannot run %s", text);
	kdpu_fail(err, -EBUSY, "\"%.300s\" ended with exit status %d", text,
		  ret);
	kdpu_expected(err, "that it can be stopped: nothing uses it");
	return kdpu_todo(err, "find out why; what was stopped before stays stopped, no byte was changed");
}

int kdpu_residue_stop(const struct kdpu_residue *r,
		      const struct kdpu_device *d, struct kdpu_err *err)
{
	int fd, ret;
	size_t i;

	if (!r->nr)
		return 0;
	fd = open(d->path, O_RDONLY | O_CLOEXEC);
	ret = fd < 0 ? -errno : kdpu_fd_lock(fd, 3000);
	if (ret)
		kdpu_fail_errno(err, ret, "cannot lock %s", d->path);
	for (i = 0; !ret && i < r->nr; i++)
		if (r->step[i].stop)
			ret = run_step(&r->step[i], err);
	if (fd >= 0)
		close(fd);
	return ret;
}
