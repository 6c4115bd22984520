// SPDX-License-Identifier: GPL-2.0-only
/*
 * The order of the table is the order of the report.  A check returns 0 after
 * it has filled in the finding, or a negative errno: it could not find out.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "handles.h"
#include "mounts.h"
#include "safety.h"
#include "safety-private.h"
#include "size.h"

void kdpu_finding_set(struct kdpu_finding *f, enum kdpu_verdict v,
		      const char *fmt, ...)
{
	va_list args;

	f->verdict = v;
	va_start(args, fmt);
	vsnprintf(f->text, sizeof(f->text), fmt, args);
	va_end(args);
}

void kdpu_finding_todo(struct kdpu_finding *f, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(f->todo, sizeof(f->todo), fmt, args);
	va_end(args);
}

static int check_block(struct kdpu_subject *s, struct kdpu_finding *f,
		       struct kdpu_err *err)
{
	const struct kdpu_device *d = s->device;
	char size[KDPU_SIZE_TEXT];

	(void)err;
	kdpu_size_text(d->bytes, size);
	if (d->block && !s->image) {
		kdpu_finding_set(f, KDPU_PASS, "%s of %s",
				 d->partition ? "a partition" : "a disk", size);
	} else if (d->block) {
		kdpu_finding_set(f, KDPU_REFUSED, "is a block device, but --image was given");
		kdpu_finding_todo(f, "leave out --image");
	} else if (s->image) {
		kdpu_finding_set(f, KDPU_PASS, "an image file of %s", size);
	} else {
		kdpu_finding_set(f, KDPU_REFUSED, "is a regular file");
		kdpu_finding_todo(f, "name a disk, or give --image for an image file");
	}
	return 0;
}

static int check_writable(struct kdpu_subject *s, struct kdpu_finding *f,
			  struct kdpu_err *err)
{
	(void)err;
	if (s->device->read_only) {
		kdpu_finding_set(f, KDPU_REFUSED, "the kernel says that it is read-only");
		kdpu_finding_todo(f, "blockdev --setrw %s, if it can be written at all",
				  s->device->path);
	} else if (s->device->removable) {
		kdpu_finding_set(f, KDPU_NOTE, "yes; it is a REMOVABLE medium: is it the right one?");
	} else {
		kdpu_finding_set(f, KDPU_PASS, "yes");
	}
	return 0;
}

static int check_holders(struct kdpu_subject *s, struct kdpu_finding *f,
			 struct kdpu_err *err)
{
	const struct kdpu_devset *up = &s->device->up;
	size_t i, n = 0;

	(void)err;
	for (i = 0; i < up->nr; i++) {
		if (up->m[i].relation != KDPU_HOLDER)
			continue;
		if (!n++)
			kdpu_finding_set(f, s->clear == KDPU_WILL_CLEAR ?
					 KDPU_FORCED : KDPU_REFUSED,
					 "%s is built on it", up->m[i].label);
	}
	if (!n) {
		kdpu_finding_set(f, KDPU_PASS, "nothing is built on it");
		return 0;
	}
	kdpu_finding_todo(f, "take it apart first (dmsetup remove, vgchange -an, mdadm --stop, kdevpool-admin deactivate); see lsblk %s",
			  s->device->path);
	return 0;
}

static int check_handles(struct kdpu_subject *s, struct kdpu_finding *f,
			 struct kdpu_err *err)
{
	struct kdpu_handle h;
	int ret = kdpu_handles_settle(s->host, s->device, 3000, &h, err);

	if (ret < 0)
		return ret;
	if (!ret) {
		kdpu_finding_set(f, KDPU_PASS, "no process has it open");
		return 0;
	}
	kdpu_finding_set(f, KDPU_REFUSED, "process %d (%s) has %.200s open",
			 h.pid, h.command, h.path);
	kdpu_finding_todo(f, "end that process, or the virtual machine that it runs");
	return 0;
}

/* From here to the end nobody else can claim the device. */
static int check_alone(struct kdpu_subject *s, struct kdpu_finding *f,
		       struct kdpu_err *err)
{
	int ret = kdpu_disk_claim(&s->disk, s->device->path, err);

	if (ret) {
		s->disk.fd = -1;
		if (ret != -EBUSY)
			return ret;
		kdpu_finding_set(f, s->clear == KDPU_WILL_CLEAR ?
				 KDPU_FORCED : KDPU_REFUSED,
				 "something else has claimed it");
		kdpu_finding_todo(f, "%s", err->todo);
		return 0;
	}
	if (s->disk.bytes != s->device->bytes)
		return kdpu_fail(err, -EIO, "its size changed while it was looked at");
	kdpu_finding_set(f, KDPU_PASS, s->image ? "opened" :
			 "opened for this program alone");
	return 0;
}

static int look_for_pool(struct kdpu_subject *s, struct kdpu_disk *d,
			 struct kdpu_finding *f, struct kdpu_err *err)
{
	int ret = kdpu_super_read(d, &s->pool, err);

	s->pool_found = !ret;
	if (ret && ret != -ENODEV)
		return ret;
	if (ret && kdpu_super_traces(d) != KDPU_TRACES_DAMAGED) {
		kdpu_finding_set(f, KDPU_PASS, "no pool is on it");
		return 0;
	}
	kdpu_finding_set(f, s->force ? KDPU_FORCED : KDPU_NEEDS_FORCE,
			 ret ? "holds a kdevpool pool whose superblocks are all damaged" :
			       "holds the kdevpool pool \"%s\"", s->pool.name);
	if (!s->force)
		kdpu_finding_todo(f, "if that pool may be destroyed with all its volumes: --force");
	return 0;
}

/* Like the signatures: told also when the device could not be claimed. */
static int check_pool(struct kdpu_subject *s, struct kdpu_finding *f,
		      struct kdpu_err *err)
{
	struct kdpu_disk d;
	int ret;

	if (s->disk.fd >= 0)
		return look_for_pool(s, &s->disk, f, err);
	ret = kdpu_disk_open(&d, s->device->path, err);
	if (ret)
		return ret;
	ret = look_for_pool(s, &d, f, err);
	kdpu_disk_close(&d);
	return ret;
}

static const struct {
	const char *name;
	int (*run)(struct kdpu_subject *s, struct kdpu_finding *f,
		   struct kdpu_err *err);
	bool block_only;	/* makes no sense for an image file */
	bool first;		/* the others look while it holds the device */
} checks[] = {
	{ "block device", check_block, false, false },
	{ "writable", check_writable, true, false },
	{ "not a system disk", kdpu_check_system, true, false },
	{ "not mounted", kdpu_check_mounts, true, false },
	{ "not swap", kdpu_check_swap, true, false },
	{ "not in fstab", kdpu_check_fstab, true, false },
	{ "no holders", check_holders, true, false },
	{ "no loop device", kdpu_check_loop, false, false },
	{ "no open handles", check_handles, false, false },
	{ "exclusive use", check_alone, false, true },
	{ "not RAID", kdpu_check_raid, false, false },
	{ "not LVM", kdpu_check_lvm, false, false },
	{ "not encrypted", kdpu_check_crypto, false, false },
	{ "signatures", kdpu_check_signatures, false, false },
	{ "no pool", check_pool, false, false },
};

#define NR_CHECKS	(sizeof(checks) / sizeof(checks[0]))

size_t kdpu_safety_count(void)
{
	return NR_CHECKS;
}

static void run_check(struct kdpu_subject *s, size_t i, struct kdpu_finding *f)
{
	struct kdpu_err err = { };

	memset(f, 0, sizeof(*f));
	f->name = checks[i].name;
	f->verdict = KDPU_REFUSED;
	if (checks[i].block_only && !s->device->block) {
		kdpu_finding_set(f, KDPU_PASS, "an image file");
		return;
	}
	if (!checks[i].run(s, f, &err))
		return;
	kdpu_finding_set(f, KDPU_REFUSED, "cannot find out: %s", err.what);
	kdpu_finding_todo(f, "%s", err.todo[0] ? err.todo :
			  "put right what keeps this program from finding out; until then it touches nothing");
}

void kdpu_safety_run(struct kdpu_subject *s, struct kdpu_finding *findings)
{
	size_t i;

	for (i = 0; i < NR_CHECKS; i++)
		if (checks[i].first)
			run_check(s, i, &findings[i]);
	for (i = 0; i < NR_CHECKS; i++)
		if (!checks[i].first)
			run_check(s, i, &findings[i]);
}

enum kdpu_verdict kdpu_safety_verdict(const struct kdpu_finding *findings,
				      size_t nr)
{
	enum kdpu_verdict worst = KDPU_PASS;
	size_t i;

	for (i = 0; i < nr; i++)
		if (findings[i].verdict > worst)
			worst = findings[i].verdict;
	return worst;
}

const char *kdpu_verdict_name(enum kdpu_verdict v)
{
	static const char *const names[KDPU_NR_VERDICTS] = {
		[KDPU_PASS] = "ok",
		[KDPU_NOTE] = "note",
		[KDPU_FORCED] = "forced",
		[KDPU_NEEDS_FORCE] = "needs --force",
		[KDPU_REFUSED] = "refused",
	};

	return names[v];
}

void kdpu_subject_init(struct kdpu_subject *s, const struct kdpu_host *host,
		       const struct kdpu_device *device)
{
	memset(s, 0, sizeof(*s));
	s->host = host;
	s->device = device;
	s->disk.fd = s->disk.claim = -1;
}

void kdpu_subject_free(struct kdpu_subject *s)
{
	kdpu_signatures_free(&s->signatures);
	kdpu_disk_close(&s->disk);
}
