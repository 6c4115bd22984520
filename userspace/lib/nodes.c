// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "host.h"
#include "nodes.h"

#define LINKS	"/dev/kdevpool"

static int same_device(const char *a, const char *b)
{
	struct stat sa, sb;

	return !stat(a, &sa) && !stat(b, &sb) && S_ISBLK(sa.st_mode) &&
	       S_ISBLK(sb.st_mode) && sa.st_rdev == sb.st_rdev;
}

void kdpu_node_find(const char *pool, const char *volume, const char *dm_name,
		    char *path, size_t size)
{
	char mapper[160];

	snprintf(mapper, sizeof(mapper), "/dev/mapper/%.127s", dm_name);
	snprintf(path, size, LINKS "/%s/%s", pool, volume);
	if (same_device(path, mapper))
		return;
	if (access(mapper, F_OK))
		mapper[0] = 0;
	snprintf(path, size, "%s", mapper);
}

static int make_dir(const char *path)
{
	return mkdir(path, 0755) && errno != EEXIST ? -errno : 0;
}

int kdpu_node_link(const char *pool, const char *volume, const char *dm_name)
{
	char path[160], target[160];
	int ret = make_dir(LINKS);

	snprintf(path, sizeof(path), LINKS "/%.40s", pool);
	if (!ret)
		ret = make_dir(path);
	if (ret)
		return ret;
	snprintf(path, sizeof(path), LINKS "/%.40s/%.60s", pool, volume);
	snprintf(target, sizeof(target), "../../mapper/%.127s", dm_name);
	if (unlink(path) && errno != ENOENT)
		return -errno;
	return symlink(target, path) ? -errno : 0;
}

void kdpu_node_unlink(const char *pool, const char *volume)
{
	char path[160];

	snprintf(path, sizeof(path), LINKS "/%.40s/%.60s", pool, volume);
	unlink(path);
	snprintf(path, sizeof(path), LINKS "/%.40s", pool);
	rmdir(path);	/* only when it is empty */
	rmdir(LINKS);
}

void kdpu_node_reown(dev_t dev, const char *path, uid_t uid)
{
	const struct timespec nap = { .tv_nsec = 10 * 1000 * 1000 };
	char uevent[64];
	struct stat st;
	int fd, i;

	snprintf(uevent, sizeof(uevent), "/sys/dev/block/%u:%u/uevent",
		 major(dev), minor(dev));
	fd = open(uevent, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (write(fd, "change", 6) == 6)
		for (i = 0; i < 200 && !stat(path, &st) && st.st_uid != uid; i++)
			nanosleep(&nap, NULL);
	close(fd);
}

int kdpu_sysfs_devname(unsigned int major, unsigned int minor, char *name,
		       size_t size)
{
	char text[512], *at;
	int ret = kdpu_host_read(&kdpu_this_host, text, sizeof(text),
				 "/sys/dev/block/%u:%u/uevent", major, minor);

	if (ret)
		return ret;
	at = strstr(text, "DEVNAME=");
	if (!at)
		return -ENOENT;
	at += strlen("DEVNAME=");
	at[strcspn(at, "\n")] = 0;
	snprintf(name, size, "%s", at);
	return 0;
}

/* Documentation/block/stat.rst: sectors are 512 bytes. */
static bool parse_counters(const char *text, struct kdpu_node_facts *f)
{
	unsigned long long v[17] = { };
	int n = 0, used, i;

	for (i = 0; i < 17 && sscanf(text, "%llu%n", &v[i], &used) == 1; i++) {
		text += used;
		n++;
	}
	f->reads = v[0];
	f->read_bytes = v[2] * 512;
	f->writes = v[4];
	f->written_bytes = v[6] * 512;
	f->discards = v[11];
	f->discarded_bytes = v[13] * 512;
	f->flushes = v[15];
	return n >= 11;
}

void kdpu_node_facts(const char *path, struct kdpu_node_facts *f)
{
	char text[400];
	struct stat st;

	memset(f, 0, sizeof(*f));
	if (!path[0] || stat(path, &st))
		return;
	f->known = true;
	f->mode = st.st_mode & 07777;
	f->uid = st.st_uid;
	f->gid = st.st_gid;
	if (S_ISBLK(st.st_mode) &&
	    !kdpu_host_read(&kdpu_this_host, text, sizeof(text),
			    "/sys/dev/block/%u:%u/stat", major(st.st_rdev),
			    minor(st.st_rdev)))
		f->counted = parse_counters(text, f);
}
