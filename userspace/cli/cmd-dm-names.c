// SPDX-License-Identifier: GPL-2.0-only
/* For the udev rule: what pool and volume a device-mapper name stands for. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/active.h"
#include "lib/config.h"
#include "ui.h"

static struct {
	bool udev;
} opt;

static const struct cli_option options[] = {
	{ .name = "udev", .flag = &opt.udev,
	  .help = "print properties for udev" },
	{ .name = NULL }
};

/*
 * Who may open the volume: root's are for the group that is configured, a
 * user's for that user.  Only root, when the pool cannot be asked.
 */
static void print_owner(const char *pool, const char *dm_uuid)
{
	char name[KDPU_DM_NAME_SIZE];
	uint8_t uuid[KDPU_UUID_SIZE];
	struct kdpu_config c;
	struct kdpu_volume v;
	struct kdpu_err err;
	uint64_t id;

	kdpu_config_read(&kdpu_this_host, &c);
	printf("KDEVPOOL_MODE=%04o\n", c.mode);
	if (!kdpu_dm_uuid_split(dm_uuid, uuid, &id) || !id ||
	    kdpu_dm_name(name, pool, NULL) ||
	    kdpu_volume_read(name, id, &v, &err))
		return;
	printf("KDEVPOOL_UID=%u\nKDEVPOOL_GROUP=%s\nKDEVPOOL_TAG=%s\n", v.uid,
	       v.uid ? "root" : c.group, strcmp(v.tags, "-") ? v.tags : "");
}

static int run(int nr, char **args)
{
	char pool[KDPU_POOL_NAME], volume[KDPU_VOLUME_NAME];
	struct kdpu_err err;

	if (kdpu_dm_name_split(args[0], pool, volume)) {
		kdpu_fail(&err, -EINVAL, "%.100s is no name of ours", args[0]);
		kdpu_expected(&err, "kdp-POOL or kdp-POOL-VOLUME");
		return ui_usage(&err);
	}
	printf(opt.udev ? "KDEVPOOL_POOL=%s\n" : "%s\n", pool);
	if (volume[0])
		printf(opt.udev ? "KDEVPOOL_VOLUME=%s\n" : "%s\n", volume);
	if (opt.udev && nr > 1)
		print_owner(pool, args[1]);
	return EXIT_DONE;
}

const struct cli_command cmd_dm_names = {
	.name = "dm-names",
	.synopsis = "DM_NAME [DM_UUID] [--udev]",
	.summary = "Split a device-mapper name into pool and volume",
	.options = options,
	.min_args = 1,
	.max_args = 2,
	.run = run,
	.light = true,
	.hidden = true,
};
