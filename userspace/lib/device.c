// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "device.h"

#define SYSDEV	"/sys/dev/block/%u:%u"

static int read_number(const struct kdpu_host *h, dev_t dev, const char *attr,
		       uint64_t *n)
{
	char text[32], *end;
	int ret = kdpu_host_read(h, text, sizeof(text), SYSDEV "/%s",
				 major(dev), minor(dev), attr);

	/* a partition has no queue of its own */
	if (ret == -ENOENT)
		ret = kdpu_host_read(h, text, sizeof(text), SYSDEV "/../%s",
				     major(dev), minor(dev), attr);
	if (ret)
		return ret;
	*n = strtoull(text, &end, 10);
	return *end || !*text ? -EIO : 0;
}

/* The first of several attributes that is there; drivers differ. */
static void read_text(const struct kdpu_host *h, dev_t dev,
		      const char *const *attrs, char *buf, size_t size)
{
	char text[128], *p, *to;

	buf[0] = 0;
	for (; *attrs && !buf[0]; attrs++) {
		if (kdpu_host_read(h, text, sizeof(text), SYSDEV "/%s",
				   major(dev), minor(dev), *attrs) &&
		    kdpu_host_read(h, text, sizeof(text), SYSDEV "/../%s",
				   major(dev), minor(dev), *attrs))
			continue;
		for (p = text; *p == ' '; p++)
			;
		for (to = buf; *p && to < buf + size - 1; p++)
			/* fields are padded; one blank is as good as ten */
			if (*p > ' ' || (*p == ' ' && to > buf && to[-1] != ' '))
				*to++ = *p > 126 ? '?' : *p;
		*to = 0;
	}
}

/* What udev found out about a disk, when the driver does not tell itself. */
static void read_udev_serial(const struct kdpu_host *h, dev_t dev, char *buf,
			     size_t size)
{
	char path[PATH_MAX], line[512];
	FILE *f = fopen(kdpu_host_path(h, path, "/run/udev/data/b%u:%u",
				       major(dev), minor(dev)), "re");

	if (!f)
		return;
	while (!buf[0] && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = 0;
		if (!strncmp(line, "E:ID_SERIAL_SHORT=", 18))
			snprintf(buf, size, "%.*s", (int)size - 1, line + 18);
	}
	fclose(f);
}

static int read_limits(const struct kdpu_host *h, struct kdpu_device *d,
		       struct kdpu_err *err)
{
	static const struct {
		const char *attr;
		size_t size, offset;
	} limits[] = {
#define LIMIT(attr, field) { attr, sizeof(((struct kdpu_device *)0)->field), \
			     offsetof(struct kdpu_device, field) }
		LIMIT("size", bytes),
		LIMIT("queue/logical_block_size", logical),
		LIMIT("queue/physical_block_size", physical),
		LIMIT("queue/rotational", rotational),
		LIMIT("removable", removable),
		LIMIT("ro", read_only),
#undef LIMIT
	};
	uint64_t n;
	size_t i;
	int ret;

	for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		char *to = (char *)d + limits[i].offset;

		ret = read_number(h, d->dev, limits[i].attr, &n);
		if (ret)
			return kdpu_fail_errno(err, ret, "cannot read \"%s\" of %s in /sys",
					       limits[i].attr, d->path);
		if (limits[i].size == sizeof(bool))
			*(bool *)to = n;
		else if (limits[i].size == sizeof(uint32_t))
			*(uint32_t *)to = n;
		else
			*(uint64_t *)to = n;
	}
	d->bytes *= 512;
	return 0;
}

static int read_block(const struct kdpu_host *h, struct kdpu_device *d,
		      struct kdpu_err *err)
{
	static const char *const models[] = { "device/model", NULL };
	static const char *const serials[] = {
		"device/serial", "serial", "device/wwid", NULL
	};
	char text[32];
	int ret = read_limits(h, d, err);

	if (!ret)
		ret = kdpu_devset_up(h, d->dev, &d->up, err);
	if (ret)
		return ret;
	memcpy(d->name, d->up.m[0].name, sizeof(d->name));
	d->partition = !kdpu_host_read(h, text, sizeof(text),
				       SYSDEV "/partition", major(d->dev),
				       minor(d->dev));
	read_text(h, d->dev, models, d->model, sizeof(d->model));
	read_text(h, d->dev, serials, d->serial, sizeof(d->serial));
	if (!d->serial[0])
		read_udev_serial(h, d->dev, d->serial, sizeof(d->serial));
	return 0;
}

static int read_file(struct kdpu_device *d, struct kdpu_err *err)
{
	struct stat st;

	if (stat(d->path, &st))
		return kdpu_fail_errno(err, -errno, "cannot look at %s",
				       d->given);
	if (!S_ISREG(st.st_mode)) {
		kdpu_fail(err, -ENOTBLK, "%s is not a block device", d->given);
		return kdpu_expected(err, "a disk or a partition, such as /dev/sdb");
	}
	d->file_dev = st.st_dev;
	d->file_ino = st.st_ino;
	d->bytes = st.st_size;
	d->logical = 512;
	d->physical = 4096;
	return 0;
}

int kdpu_device_read(const struct kdpu_host *h, const char *path,
		     struct kdpu_device *d, struct kdpu_err *err)
{
	int ret;

	memset(d, 0, sizeof(*d));
	snprintf(d->given, sizeof(d->given), "%s", path);
	if (!realpath(path, d->path))
		return kdpu_fail_errno(err, -errno, "cannot look at %s", path);
	ret = h->resolve(d->path, &d->dev);
	d->block = !ret;
	if (ret == -ENOTBLK)
		return read_file(d, err);
	if (ret)
		return kdpu_fail_errno(err, ret, "cannot look at %s", path);
	ret = read_block(h, d, err);
	if (ret)
		kdpu_device_free(d);
	return ret;
}

void kdpu_device_free(struct kdpu_device *d)
{
	kdpu_devset_free(&d->up);
}
