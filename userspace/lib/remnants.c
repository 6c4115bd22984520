// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include <time.h>

#include "remnants.h"

static bool is_remnant(const struct kdpu_dm_device *d,
		       const uint8_t uuid[KDPU_UUID_SIZE])
{
	return !d->live && !memcmp(d->pool, uuid, KDPU_UUID_SIZE);
}

static bool have_any(const struct kdpu_dm_devices *l,
		     const uint8_t uuid[KDPU_UUID_SIZE])
{
	size_t i;

	for (i = 0; i < l->nr; i++)
		if (is_remnant(&l->d[i], uuid))
			return true;
	return false;
}

static bool was_there(const struct kdpu_dm_devices *l,
		      const struct kdpu_dm_device *d)
{
	size_t i;

	for (i = 0; i < l->nr; i++)
		if (l->d[i].dev == d->dev && !l->d[i].live &&
		    !strcmp(l->d[i].name, d->name))
			return true;
	return false;
}

static int remove_those(const struct kdpu_dm_devices *before,
			const uint8_t uuid[KDPU_UUID_SIZE],
			struct kdpu_err *err)
{
	struct kdpu_dm_devices now;
	struct kdpu_dm_batch b;
	size_t i;
	int ret = kdpu_dm_list(&now, err);

	if (ret)
		return ret;
	ret = kdpu_dm_batch_begin(&b, err);
	for (i = 0; !ret && i < now.nr; i++)
		if (is_remnant(&now.d[i], uuid) && was_there(before, &now.d[i]))
			ret = kdpu_dm_remove(&b, now.d[i].name, err);
	kdpu_dm_batch_end(&b);
	kdpu_dm_list_free(&now);
	return ret;
}

int kdpu_remnants_remove(const uint8_t uuid[KDPU_UUID_SIZE],
			 struct kdpu_err *err)
{
	const struct timespec nap = { .tv_nsec = 500 * 1000 * 1000 };
	struct kdpu_dm_devices before;
	int ret = kdpu_dm_list(&before, err);

	if (ret)
		return ret;
	if (have_any(&before, uuid)) {
		nanosleep(&nap, NULL);
		ret = remove_those(&before, uuid, err);
	}
	kdpu_dm_list_free(&before);
	return ret;
}
