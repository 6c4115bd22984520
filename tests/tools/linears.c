// SPDX-License-Identifier: GPL-2.0-only
/*
 * What seven devices cost at the least: dm-linear devices made, or removed, by
 * one process under one udev cookie.
 *
 *   linears create NUMBER DEV SECTORS
 *   linears remove NUMBER
 */
#include <libdevmapper.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int one(int type, unsigned int i, const char *dev, uint64_t sectors,
	       uint32_t *cookie)
{
	struct dm_task *t = dm_task_create(type);
	char name[32], params[256];
	int ok;

	snprintf(name, sizeof(name), "linears%u", i);
	ok = t && dm_task_set_name(t, name);
	if (ok && type == DM_DEVICE_CREATE) {
		snprintf(params, sizeof(params), "%s %ju", dev,
			 (uintmax_t)(i * sectors));
		ok = dm_task_add_target(t, 0, sectors, "linear", params);
	}
	ok = ok && dm_task_set_cookie(t, cookie, 0) && dm_task_run(t);
	if (t)
		dm_task_destroy(t);
	return ok;
}

int main(int argc, char **argv)
{
	int create = argc == 5 && !strcmp(argv[1], "create");
	unsigned int i, nr = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	uint32_t cookie = 0;
	int ok = create || (argc == 3 && !strcmp(argv[1], "remove"));

	if (!ok)
		fprintf(stderr, "usage: linears create NUMBER DEV SECTORS\n"
				"       linears remove NUMBER\n");
	for (i = 0; ok && i < nr; i++)
		ok = one(create ? DM_DEVICE_CREATE : DM_DEVICE_REMOVE, i,
			 create ? argv[3] : NULL,
			 create ? strtoull(argv[4], NULL, 10) : 0, &cookie);
	if (!dm_udev_wait(cookie))
		ok = 0;
	dm_lib_exit();
	return !ok;
}
