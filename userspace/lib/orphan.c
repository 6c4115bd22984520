// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "orphan.h"
#include "volume.h"

static bool is_zero(const uint8_t id[KDPU_UUID_SIZE])
{
	static const uint8_t none[KDPU_UUID_SIZE];

	return !memcmp(id, none, sizeof(none));
}

static bool is_nobodys(const struct kdpu_orphan_facts *f)
{
	return !f->volume->pid;
}

static bool is_anothers(const struct kdpu_orphan_facts *f)
{
	return f->caller && f->volume->uid != f->caller;
}

static bool is_fixed(const struct kdpu_orphan_facts *f)
{
	return !f->writable;
}

/* A device that is not ours counts as a user of the volume. */
static bool is_used(const struct kdpu_orphan_facts *f)
{
	const struct kdpu_volume *v = f->volume;

	return (v->has_device && v->device.open_count) ||
	       v->users > v->has_device;
}

static bool is_undated(const struct kdpu_orphan_facts *f)
{
	return !is_zero(f->volume->boot_id) && is_zero(f->boot_id);
}

static bool is_of_another_boot(const struct kdpu_orphan_facts *f)
{
	return !is_zero(f->volume->boot_id) &&
	       memcmp(f->volume->boot_id, f->boot_id, sizeof(f->boot_id));
}

static bool is_gone(const struct kdpu_orphan_facts *f)
{
	return !f->process.exists;
}

static bool is_ended(const struct kdpu_orphan_facts *f)
{
	return f->process.known && f->process.ended;
}

static bool is_reused(const struct kdpu_orphan_facts *f)
{
	return f->volume->pid_start && f->process.known &&
	       f->process.start != f->volume->pid_start;
}

static bool is_left(const struct kdpu_orphan_facts *f)
{
	(void)f;
	return true;
}

/* The first that applies. */
static const struct {
	bool (*applies)(const struct kdpu_orphan_facts *f);
	struct kdpu_fate fate;
} rules[] = {
	{ is_nobodys, { false, "no process owns it" } },
	{ is_anothers, { false, "it is another user's" } },
	{ is_fixed, { false, "its pool cannot be changed now" } },
	{ is_used, { false, "it is in use" } },
	{ is_undated, { false, "the kernel does not tell which boot this is" } },
	{ is_of_another_boot, { true, "its owner was of another boot" } },
	{ is_gone, { true, "its owner is gone" } },
	{ is_ended, { true, "its owner has ended" } },
	{ is_reused, { true, "its owner is gone, another process has the number" } },
	{ is_left, { false, "its owner lives" } },
};

struct kdpu_fate kdpu_orphan_fate(const struct kdpu_orphan_facts *f)
{
	size_t i = 0;

	while (!rules[i].applies(f))
		i++;
	return rules[i].fate;
}

void kdpu_orphan_facts(const struct kdpu_host *h, const struct kdpu_pool *p,
		       const struct kdpu_volume *v, struct kdpu_orphan_facts *f)
{
	memset(f, 0, sizeof(*f));
	f->volume = v;
	f->writable = !strcmp(p->mode, "active");
	kdpu_boot_id(h, f->boot_id);
	if (v->pid)
		kdpu_process_read(h, v->pid, &f->process);
}

static int look_again(const struct kdpu_host *h, const struct kdpu_pool *p,
		      const struct kdpu_volume *v, uint32_t caller,
		      struct kdpu_fate *fate, struct kdpu_err *err)
{
	struct kdpu_orphan_facts f;
	struct kdpu_volume now;
	int ret = kdpu_volume_read(p->device.name, v->id, &now, err);

	if (ret)
		return ret;
	now.has_device = v->has_device;
	now.device = v->device;
	kdpu_orphan_facts(h, p, &now, &f);
	f.caller = caller;
	*fate = kdpu_orphan_fate(&f);
	if (fate->remove)
		return 0;
	return kdpu_fail(err, -EBUSY, "%s of pool %s: %s", v->name, p->name,
			 fate->why);
}

int kdpu_orphan_remove(const struct kdpu_host *h, struct kdpu_pool *p,
		       struct kdpu_volume *v, uint32_t caller,
		       struct kdpu_fate *fate, struct kdpu_err *err)
{
	struct kdpu_volume now;
	struct kdpu_err ignored;
	char *name = v->name;
	int ret = look_again(h, p, v, caller, fate, err);

	if (!ret)
		ret = kdpu_volumes_remove(p, &name, 1, err);
	/* two may clean up at once */
	if (ret && kdpu_volume_read(p->device.name, v->id, &now, &ignored) ==
	    -ENOENT)
		return -ENOENT;
	return ret;
}
