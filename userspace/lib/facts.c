// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "activate.h"
#include "active.h"
#include "devset.h"
#include "facts.h"
#include "fingerprint.h"
#include "ident.h"

#define MIN_SECTORS	(64ull << 11)	/* of the smallest pool */

static enum kdpu_owner owner_of(const struct kdpu_host *h,
				const struct kdpu_super *s)
{
	uint8_t id[KDPU_UUID_SIZE], none[KDPU_UUID_SIZE] = { };

	kdpu_host_machine_id(h, id);
	if (!memcmp(id, none, sizeof(id)))
		return KDPU_OWNER_NO_ID;
	if (!memcmp(s->machine_id, none, sizeof(none)))
		return KDPU_OWNER_UNKNOWN;
	return memcmp(id, s->machine_id, sizeof(id)) ? KDPU_OWNER_OTHER :
						       KDPU_OWNER_THIS;
}

void kdpu_facts_disk(const struct kdpu_host *h, const char *path, dev_t dev,
		     uint64_t bytes, const struct kdpu_super *s,
		     struct kdpu_facts *f)
{
	memset(f, 0, sizeof(*f));
	snprintf(f->device, sizeof(f->device), "%s", path);
	if (!s->nr_valid)
		return;
	f->found = true;
	f->mixed = s->mixed;
	f->copies = s->copies;
	f->clean = s->clean;
	memcpy(f->pool, s->name, sizeof(f->pool));
	memcpy(f->host, s->host, sizeof(f->host));
	kdpu_uuid_text(s->uuid, f->uuid);
	f->owner = owner_of(h, s);
	f->serial = dev ? kdpu_fingerprint(h, dev, s->serial) :
		    s->serial[0] ? KDPU_SERIAL_LOST : KDPU_SERIAL_NONE;
	f->size = bytes < s->bytes ? KDPU_SIZE_SHRUNK :
		  bytes >> 12 > s->bytes >> 12 ? KDPU_SIZE_GROWN :
		  KDPU_SIZE_SAME;
}

struct scan {
	const struct kdpu_host *h;
	const struct kdpu_super *super;
	struct kdpu_facts *facts;
	struct kdpu_devset up, down;	/* one disk with the device itself */
	dev_t dev;
};

static bool starts_with(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

/* Memory, volumes of ours, what holds no pool or would not answer. */
static bool is_no_candidate(const struct scan *s, const char *number,
			    const char *name)
{
	static const char *const never[] = {
		"ram", "zram", "fd", "sr", "mtd",
	};
	char text[96];
	size_t i;

	for (i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		if (starts_with(name, never[i]))
			return true;
	if (kdpu_host_read(s->h, text, sizeof(text), "/sys/dev/block/%s/size",
			   number) || strtoull(text, NULL, 10) < MIN_SECTORS)
		return true;
	if (!kdpu_host_read(s->h, text, sizeof(text),
			    "/sys/dev/block/%s/dm/uuid", number) &&
	    starts_with(text, KDPU_DM_PREFIX))
		return true;
	return !kdpu_host_read(s->h, text, sizeof(text),
			       "/sys/dev/block/%s/dm/suspended", number) &&
	       strcmp(text, "0");
}

/* "8:16" in /sys/dev/block; its name is the last part of where that leads. */
static bool name_of(const struct scan *s, const char *number, char *name,
		    size_t size)
{
	char path[PATH_MAX], real[PATH_MAX], *slash, *p;

	if (!realpath(kdpu_host_path(s->h, path, "/sys/dev/block/%s", number),
		      real))
		return false;
	slash = strrchr(real, '/');
	snprintf(name, size, "%.60s", slash ? slash + 1 : real);
	for (p = name; *p; p++)
		*p = *p == '!' ? '/' : *p;
	return true;
}

static bool holds_same(const char *path, const struct kdpu_super *super)
{
	struct kdpu_super other;
	struct kdpu_err ignored;
	struct kdpu_disk d;
	bool same;

	if (kdpu_disk_open(&d, path, &ignored))
		return false;
	same = !kdpu_super_read(&d, &other, &ignored) &&
	       !memcmp(other.uuid, super->uuid, sizeof(other.uuid));
	kdpu_disk_close(&d);
	return same;
}

static void look_at(struct scan *s, const char *number)
{
	char name[64], path[PATH_MAX];
	unsigned int maj, min;
	dev_t dev;

	if (sscanf(number, "%u:%u", &maj, &min) != 2)
		return;
	dev = makedev(maj, min);
	if (dev == s->dev || kdpu_devset_find(&s->up, dev) ||
	    kdpu_devset_find(&s->down, dev) ||
	    !name_of(s, number, name, sizeof(name)) ||
	    is_no_candidate(s, number, name) ||
	    !holds_same(kdpu_host_path(s->h, path, "/dev/%s", name), s->super))
		return;
	s->facts->clone = true;
	snprintf(s->facts->other, sizeof(s->facts->other), "/dev/%s", name);
}

static int scan_all(struct scan *s)
{
	char path[PATH_MAX];
	struct dirent *e;
	DIR *dir = opendir(kdpu_host_path(s->h, path, "/sys/dev/block"));

	if (!dir)
		return -errno;
	while (!s->facts->clone && (e = readdir(dir)))
		look_at(s, e->d_name);
	closedir(dir);
	return 0;
}

void kdpu_facts_clones(const struct kdpu_host *h, dev_t dev,
		       const struct kdpu_super *super, struct kdpu_facts *f)
{
	struct scan s = { .h = h, .super = super, .facts = f, .dev = dev };
	struct kdpu_err err;
	int ret = kdpu_devset_up(h, dev, &s.up, &err);

	if (!ret) {
		ret = kdpu_devset_down(h, dev, &s.down, &err);
		if (!ret && scan_all(&s))
			ret = kdpu_fail_errno(&err, -errno, "cannot list /sys/dev/block");
		kdpu_devset_free(&s.down);
		kdpu_devset_free(&s.up);
	}
	if (ret)
		snprintf(f->unknown, sizeof(f->unknown), "%.255s", err.what);
}

/* No device-mapper, or none of ours: nothing is active. */
void kdpu_facts_active(dev_t dev, const struct kdpu_super *s,
		       struct kdpu_facts *f)
{
	struct kdpu_err err;
	struct kdpu_pool p;
	int ret = kdpu_pool_find_uuid(s->uuid, &p, &err);

	if (ret == -ENOENT || ret == -ENODEV)
		return;
	if (ret) {
		snprintf(f->unknown, sizeof(f->unknown), "%.255s", err.what);
		return;
	}
	f->active = p.disk_dev == dev;
	f->active_elsewhere = !f->active;
	/* pulled out, and here again: only what is in use is in the way */
	if (f->active_elsewhere && kdpu_pool_lost(&p)) {
		f->active_elsewhere = kdpu_pool_idle(&p, &err);
		snprintf(p.disk, sizeof(p.disk), "a disk that is gone (%.100s)",
			 err.what);
	}
	if (f->active_elsewhere)
		snprintf(f->other, sizeof(f->other), "%s", p.disk);
	kdpu_pool_free(&p);
}

/* -ENODEV of the superblocks means none of them is valid, an answer. */
static int read_disk(const struct kdpu_host *h, const char *path,
		     struct kdpu_facts *f, struct kdpu_super *s, dev_t *dev,
		     struct kdpu_err *err)
{
	struct kdpu_disk d;
	struct stat st;
	int ret = kdpu_disk_open(&d, path, err);

	if (ret)
		return ret;
	ret = kdpu_super_read(&d, s, err);
	if (!ret || ret == -ENODEV) {
		*dev = fstat(d.fd, &st) || !S_ISBLK(st.st_mode) ? 0 : st.st_rdev;
		kdpu_facts_disk(h, path, *dev, d.bytes, s, f);
		ret = 0;
	}
	kdpu_disk_close(&d);
	return ret;
}

int kdpu_facts_read(const struct kdpu_host *h, const char *path,
		    struct kdpu_facts *f, struct kdpu_super *s,
		    struct kdpu_err *err)
{
	dev_t dev = 0;
	int ret = read_disk(h, path, f, s, &dev, err);

	if (ret || !f->found || f->mixed)
		return ret;
	if (!dev) {
		snprintf(f->unknown, sizeof(f->unknown), "%.200s is not a block device",
			 path);
		return 0;
	}
	kdpu_facts_active(dev, s, f);
	if (!f->active && !f->active_elsewhere)
		kdpu_facts_clones(h, dev, s, f);
	return 0;
}
