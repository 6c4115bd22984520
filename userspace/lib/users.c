// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "handles.h"
#include "safety-private.h"
#include "users.h"

/* Sentences about users, and what to do about the first of them. */
struct users {
	char text[380];
	char todo[400];
	size_t nr;
};

static void add(struct users *u, const char *text, const char *todo)
{
	size_t n = strlen(u->text);

	snprintf(u->text + n, sizeof(u->text) - n, "%s%s", n ? "; " : "",
		 text);
	if (!u->nr++)
		snprintf(u->todo, sizeof(u->todo), "%s", todo);
}

static bool is_ours(const struct kdpu_pool *p, dev_t dev)
{
	size_t i;

	if (p && p->device.dev == dev)
		return true;
	for (i = 0; p && i < p->nr; i++)
		if (p->volumes[i].has_device &&
		    p->volumes[i].device.dev == dev)
			return true;
	return false;
}

static void add_holders(struct users *u, const struct kdpu_device *d,
			const struct kdpu_pool *p)
{
	const struct kdpu_member *m;
	char text[240];
	size_t i;

	for (i = 0; i < d->up.nr; i++) {
		m = &d->up.m[i];
		if (m->relation != KDPU_HOLDER || is_ours(p, m->dev))
			continue;
		snprintf(text, sizeof(text), "%s is built on it", m->label);
		add(u, text, "take it apart first; lsblk shows how things hang together");
	}
}

/* The checks of `create` that ask what the system does with the device. */
static int add_checks(struct users *u, struct kdpu_subject *s,
		      struct kdpu_err *err)
{
	static int (*const checks[])(struct kdpu_subject *s,
				     struct kdpu_finding *f,
				     struct kdpu_err *err) = {
		kdpu_check_mounts, kdpu_check_swap, kdpu_check_loop,
	};
	struct kdpu_finding f;
	size_t i;
	int ret;

	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		memset(&f, 0, sizeof(f));
		ret = checks[i](s, &f, err);
		if (ret < 0)
			return ret;
		if (f.verdict == KDPU_REFUSED)
			add(u, f.text, f.todo);
	}
	return 0;
}

static int add_process(struct users *u, const struct kdpu_host *h,
		       const struct kdpu_device *d, struct kdpu_err *err)
{
	struct kdpu_handle found;
	char text[PATH_MAX + 80];
	int ret = kdpu_handles_settle(h, d, 2000, &found, err);

	if (ret <= 0)
		return ret;
	snprintf(text, sizeof(text), "process %d (%s) has %.200s open",
		 found.pid, found.command, found.path);
	add(u, text, "end that process, or the virtual machine that it runs");
	return 0;
}

static int collect(struct users *u, const struct kdpu_host *h,
		   const struct kdpu_device *d, const struct kdpu_pool *p,
		   struct kdpu_err *err)
{
	struct kdpu_subject s;
	int ret;

	kdpu_subject_init(&s, h, d);
	s.image = !d->block;
	ret = add_checks(u, &s, err);
	kdpu_subject_free(&s);
	add_holders(u, d, p);
	return ret ? ret : add_process(u, h, d, err);
}

int kdpu_users_refuse(const struct kdpu_host *h, const char *path,
		      const struct kdpu_pool *p, struct kdpu_err *err)
{
	struct kdpu_device d;
	struct users u = { };
	int ret = kdpu_device_read(h, path, &d, err);

	if (ret)
		return ret;
	ret = collect(&u, h, &d, p, err);
	kdpu_device_free(&d);
	if (ret || !u.nr)
		return ret;
	kdpu_fail(err, -EBUSY, "%s is in use: %s", path, u.text);
	kdpu_expected(err, "a disk that nothing and nobody uses");
	return kdpu_todo(err, "%s", u.todo);
}
