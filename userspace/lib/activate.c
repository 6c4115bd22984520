// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "activate.h"
#include "diagnose.h"
#include "device.h"
#include "engine/super.h"
#include "fingerprint.h"
#include "ident.h"
#include "rawdev.h"
#include "remnants.h"
#include "scheduler.h"

#define LOCK_MS		120000

/* What is on the disk, before device-mapper is asked. */
static int read_super(const char *path, struct kdpu_super *super,
		      uint64_t *bytes, dev_t *dev, struct kdpu_err *err)
{
	struct kdpu_disk d;
	struct stat st;
	int ret = kdpu_disk_open(&d, path, err);

	if (ret)
		return ret;
	*bytes = d.bytes;
	ret = fstat(d.fd, &st) ? -errno : 0;
	if (ret) {
		kdpu_fail_errno(err, ret, "cannot look at %s", path);
	} else if (!S_ISBLK(st.st_mode)) {
		ret = kdpu_fail(err, -ENOTBLK, "%s is not a block device", path);
		kdpu_todo(err, "losetup --find --show %s, then activate that",
			  path);
	} else {
		*dev = st.st_rdev;
		ret = kdpu_super_read(&d, super, err);
		if (ret || super->mixed || super->bytes > d.bytes)
			ret = kdpu_diagnose(&d, path, err);
	}
	kdpu_disk_close(&d);
	return ret;
}

static int check_name(const struct kdpu_super *super, const char *name,
		      const char *path, struct kdpu_err *err)
{
	if (!name || !strcmp(name, super->name))
		return 0;
	kdpu_fail(err, -EINVAL, "the pool on %s is called %s, not %s", path,
		  super->name, name);
	return kdpu_expected(err, "the name that the pool has");
}

/* Another active pool may have the same name: device-mapper allows one. */
static int name_is_free(const char *dm_name, const struct kdpu_super *super,
			struct kdpu_err *err)
{
	int ret = kdpu_dm_exists(dm_name, err);

	if (ret <= 0)
		return ret;
	kdpu_fail(err, -EEXIST, "a device called %s exists already; it belongs to something else than this pool",
		  dm_name);
	return kdpu_todo(err, "deactivate the other pool \"%s\" first",
			 super->name);
}

/* The kernel said no: find out why with its own code. */
static int explain(const char *path, struct kdpu_err *err)
{
	struct kdpu_err why = { };
	struct kdpu_disk d;
	int error = err->error;

	if (kdpu_disk_open(&d, path, &why))
		return error;
	if (kdpu_diagnose(&d, path, &why)) {
		*err = why;
	} else if (error == -EBUSY) {
		kdpu_fail(err, error, "%s is in use", path);
		kdpu_expected(err, "a device that nothing else has claimed");
		kdpu_todo(err, "see what uses it: lsblk %s", path);
	} else {
		kdpu_todo(err, "the kernel log has the reason: dmesg | tail");
	}
	kdpu_disk_close(&d);
	return error;
}

/* The disk, and what the superblock is to say of this machine and the disk. */
static void pool_table(char *buf, size_t size, dev_t dev, bool read_only,
		       const char *serial)
{
	uint8_t id[KDPU_UUID_SIZE], none[KDPU_UUID_SIZE] = { };
	bool known;
	char hex[KDPU_UUID_HEX], options[160] = "";
	int n = 0;

	kdpu_machine_id(id);
	known = memcmp(id, none, sizeof(id));
	if (read_only)
		n += snprintf(options, sizeof(options), " read_only");
	if (known)
		n += snprintf(options + n, sizeof(options) - n,
			      " machine_id %s", kdpu_uuid_hex(id, hex));
	if (serial[0])
		snprintf(options + n, sizeof(options) - n, " serial %.63s",
			 serial);
	n = read_only + 2 * known + 2 * !!serial[0];
	if (n)
		snprintf(buf, size, "%u:%u %d%s", major(dev), minor(dev), n,
			 options);
	else
		snprintf(buf, size, "%u:%u", major(dev), minor(dev));
}

/* What the superblock is to say instead of what it says of the disk, or "". */
static void new_serial(const char *path, dev_t dev,
		       const struct kdpu_super *super, char word[64])
{
	enum kdpu_serial is = kdpu_fingerprint(&kdpu_this_host, dev,
					       super->serial);
	struct kdpu_device d;
	struct kdpu_err ignored;

	word[0] = 0;
	if ((is != KDPU_SERIAL_OTHER && is != KDPU_SERIAL_LOST) ||
	    kdpu_device_read(&kdpu_this_host, path, &d, &ignored))
		return;
	kdpu_serial_word(d.serial, word);
	kdpu_device_free(&d);
}

static int make_pool(struct kdpu_dm_batch *b, const char *path,
		     const struct kdpu_super *super,
		     uint64_t bytes, dev_t dev,
		     const struct kdpu_activate_how *how, struct kdpu_err *err)
{
	char name[KDPU_DM_NAME_SIZE], uuid[KDPU_DM_UUID_SIZE], params[256];
	char serial[64] = "";
	struct kdpu_dm_new n = {
		.name = name,
		.uuid = uuid,
		.sectors = bytes / 512,
		.target = "kdevpool-pool",
		.params = params,
	};

	kdpu_dm_name(name, super->name, NULL);
	kdpu_dm_uuid(uuid, super->uuid, 0);
	if (how->adopt)
		new_serial(path, dev, super, serial);
	pool_table(params, sizeof(params), dev, how->read_only, serial);
	return kdpu_dm_create(b, &n, NULL, err);
}

/* The volumes without a device; free() it. */
static struct kdpu_volume **missing(struct kdpu_pool *p, size_t *nr)
{
	struct kdpu_volume **v = calloc(p->nr + 1, sizeof(*v));
	size_t i;

	*nr = 0;
	for (i = 0; v && i < p->nr; i++)
		if (!p->volumes[i].has_device)
			v[(*nr)++] = &p->volumes[i];
	return v;
}

static size_t count_unlinked(const struct kdpu_pool *p)
{
	size_t i, n = 0;

	for (i = 0; i < p->nr; i++)
		n += !!strncmp(p->volumes[i].node, "/dev/kdevpool/", 14);
	return n;
}

static int make_missing(struct kdpu_pool *p, bool read_only, size_t *made,
			struct kdpu_err *err)
{
	size_t nr;
	struct kdpu_volume **v = missing(p, &nr);
	int ret;

	if (!v)
		return kdpu_fail_memory(err);
	ret = kdpu_devices_make(p, v, nr, read_only, err);
	*made = ret ? 0 : nr;
	free(v);
	return ret;
}

/* The pool's device, then those of its volumes, under one cookie. */
static int bring_up(const char *path, const struct kdpu_super *super,
		    uint64_t bytes, dev_t dev,
		    const struct kdpu_activate_how *how,
		    struct kdpu_pool *p, size_t *made, struct kdpu_err *err)
{
	struct kdpu_volume **v = NULL;
	struct kdpu_dm_batch b;
	size_t nr = 0;
	int ret = kdpu_dm_batch_begin(&b, err);

	if (ret)
		return ret;
	ret = make_pool(&b, path, super, bytes, dev, how, err);
	if (ret) {
		kdpu_dm_batch_end(&b);
		return explain(path, err);
	}
	ret = kdpu_pool_find_uuid(super->uuid, p, err);
	if (!ret) {
		v = missing(p, &nr);
		ret = v ? 0 : kdpu_fail_memory(err);
	}
	if (!ret)
		ret = kdpu_devices_add(&b, p, v, nr, how->read_only ||
				       !strcmp(p->mode, "read-only"), err);
	kdpu_dm_batch_end(&b);
	if (!ret)
		ret = kdpu_devices_link(p, v, nr, err);
	*made = nr;
	free(v);
	return ret;
}

/* After a failure; its own errors are of no use. */
static void take_down(const struct kdpu_super *super, struct kdpu_pool *p)
{
	char name[KDPU_DM_NAME_SIZE];
	struct kdpu_dm_batch b;
	struct kdpu_err ignored;

	if (p->device.name[0]) {
		kdpu_deactivate(p, &ignored);
		return;
	}
	/* the pool could not even be asked about itself */
	kdpu_dm_name(name, super->name, NULL);
	if (kdpu_dm_exists(name, &ignored) == 1 &&
	    !kdpu_dm_batch_begin(&b, &ignored)) {
		kdpu_dm_remove(&b, name, &ignored);
		kdpu_dm_batch_end(&b);
	}
}

static int same_disk(const struct kdpu_pool *p, dev_t dev, const char *path,
		     struct kdpu_err *err)
{
	if (p->disk_dev == dev)
		return 0;
	kdpu_fail(err, -EEXIST, "the pool %s is active already, from %s; %s holds a copy of it",
		  p->name, p->disk, path);
	return kdpu_expected(err, "every pool on one device only");
}

static int activate_new(const char *path, const struct kdpu_super *super,
			uint64_t bytes, dev_t dev,
			const struct kdpu_activate_how *how,
			struct kdpu_pool *p, size_t *made, struct kdpu_err *err)
{
	char name[KDPU_DM_NAME_SIZE];
	int ret;

	if (kdpu_dm_name(name, super->name, NULL))
		return kdpu_fail(err, -ENAMETOOLONG, "device-mapper has no room for the name of pool %s",
				 super->name);
	ret = name_is_free(name, super, err);
	if (ret)
		return ret;
	ret = bring_up(path, super, bytes, dev, how, p, made, err);
	if (ret)
		take_down(super, p);
	return ret;
}

static struct kdpu_volume **all_volumes(struct kdpu_pool *p)
{
	struct kdpu_volume **v = calloc(p->nr + 1, sizeof(*v));
	size_t i;

	for (i = 0; v && i < p->nr; i++)
		v[i] = &p->volumes[i];
	return v;
}

/* What is missing: devices, and nodes and links where udev makes none. */
static int complete(struct kdpu_pool *p, size_t *made, struct kdpu_err *err)
{
	struct kdpu_volume **v;
	size_t i;
	int ret = make_missing(p, !strcmp(p->mode, "read-only"), made, err);

	if (ret)
		return ret;
	kdpu_dm_node(p->device.name);
	for (i = 0; i < p->nr; i++)
		if (p->volumes[i].has_device)
			kdpu_dm_node(p->volumes[i].device.name);
	v = all_volumes(p);
	ret = v ? kdpu_devices_link(p, v, p->nr, err) : kdpu_fail_memory(err);
	free(v);
	return ret;
}

int kdpu_turn_take(int *fd, struct kdpu_err *err)
{
	int ret = 0;

	*fd = open("/dev/mapper/control", O_RDWR | O_CLOEXEC);
	if (*fd >= 0)
		ret = kdpu_fd_lock(*fd, LOCK_MS);
	if (!ret)
		return 0;
	close(*fd);
	kdpu_fail_errno(err, ret, "another activation or cleanup does not come to an end");
	return kdpu_todo(err, "see what holds /dev/mapper/control: lslocks");
}

void kdpu_turn_give(int fd)
{
	if (fd >= 0)
		close(fd);
}

static int find_or_make(const char *path, const struct kdpu_super *super,
			uint64_t bytes, dev_t dev,
			const struct kdpu_activate_how *how,
			struct kdpu_pool *p, struct kdpu_activation *done,
			struct kdpu_err *err)
{
	int fd, ret = kdpu_turn_take(&fd, err);

	if (ret)
		return ret;
	ret = kdpu_remnants_remove(super->uuid, err);
	if (ret) {
		kdpu_turn_give(fd);
		return ret;
	}
	ret = kdpu_pool_find_uuid(super->uuid, p, err);
	if (!ret && p->disk_dev != dev && kdpu_pool_lost(p)) {
		ret = kdpu_deactivate(p, err);
		kdpu_pool_free(p);
		ret = ret ? ret : -ENOENT;
	}
	if (!ret) {
		done->already = true;
		ret = same_disk(p, dev, path, err);
		if (!ret)
			ret = complete(p, &done->made, err);
	} else if (ret == -ENOENT) {
		ret = activate_new(path, super, bytes, dev, how, p, &done->made,
				   err);
	}
	kdpu_turn_give(fd);
	return ret;
}

int kdpu_activate(const char *path, const struct kdpu_activate_how *how,
		  struct kdpu_pool *p, struct kdpu_activation *done,
		  struct kdpu_err *err)
{
	struct kdpu_super super;
	uint64_t bytes = 0;
	dev_t dev = 0;
	int ret;

	memset(done, 0, sizeof(*done));
	memset(p, 0, sizeof(*p));
	ret = read_super(path, &super, &bytes, &dev, err);
	if (!ret)
		ret = check_name(&super, how->name, path, err);
	if (!ret)
		ret = kdpu_dm_ready(err);
	if (ret)
		return ret;
	ret = find_or_make(path, &super, bytes, dev, how, p, done, err);
	if (ret)
		kdpu_pool_free(p);
	else
		done->links_missing = count_unlinked(p);
	if (!ret)
		kdpu_scheduler_set(&kdpu_this_host, path);
	return ret;
}

/* The volumes, then the pool, whose device they hold open. */
static int remove_all(struct kdpu_pool *p, struct kdpu_volume **v,
		      struct kdpu_err *err)
{
	struct kdpu_dm_batch b;
	int ret = kdpu_dm_batch_begin(&b, err);

	if (ret)
		return ret;
	ret = kdpu_devices_drop(&b, p, v, p->nr, err);
	if (!ret)
		ret = kdpu_dm_remove(&b, p->device.name, err);
	kdpu_dm_batch_end(&b);
	return ret;
}

int kdpu_pool_idle(struct kdpu_pool *p, struct kdpu_err *err)
{
	struct kdpu_volume **v = all_volumes(p);
	int ret = v ? kdpu_devices_idle(p, v, p->nr, err) :
		      kdpu_fail_memory(err);

	free(v);
	return ret;
}

bool kdpu_pool_lost(const struct kdpu_pool *p)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u",
		 major(p->disk_dev), minor(p->disk_dev));
	return p->disk_dev && access(path, F_OK) && errno == ENOENT;
}

int kdpu_deactivate(struct kdpu_pool *p, struct kdpu_err *err)
{
	struct kdpu_volume **v = all_volumes(p);
	struct kdpu_err ignored;
	size_t made;
	int ret;

	if (!v)
		return kdpu_fail_memory(err);
	ret = kdpu_devices_idle(p, v, p->nr, err);
	if (!ret) {
		ret = remove_all(p, v, err);
		/* somebody came in between: as it was before */
		if (ret)
			make_missing(p, !strcmp(p->mode, "read-only"), &made,
				     &ignored);
	}
	free(v);
	return ret;
}
