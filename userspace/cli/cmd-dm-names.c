// SPDX-License-Identifier: GPL-2.0-only
/* For the udev rule: what pool and volume a device-mapper name stands for. */
#include <errno.h>
#include <stdio.h>

#include "lib/config.h"
#include "lib/dmname.h"
#include "ui.h"

static struct {
	bool udev;
} opt;

static const struct cli_option options[] = {
	{ .name = "udev", .flag = &opt.udev,
	  .help = "print properties for udev" },
	{ .name = NULL }
};

/* Whose the node is to be, for the rule's GROUP and MODE. */
static void access_for_udev(void)
{
	struct kdpu_config c;

	kdpu_config_read(&kdpu_this_host, &c);
	printf("KDEVPOOL_GROUP=%s\nKDEVPOOL_MODE=%04o\n", c.group, c.mode);
}

static int run(int nr, char **args)
{
	char pool[KDPU_POOL_NAME], volume[KDPU_VOLUME_NAME];
	struct kdpu_err err;

	(void)nr;
	if (kdpu_dm_name_split(args[0], pool, volume)) {
		kdpu_fail(&err, -EINVAL, "%.100s is no name of ours", args[0]);
		kdpu_expected(&err, "kdp-POOL or kdp-POOL-VOLUME");
		return ui_usage(&err);
	}
	printf(opt.udev ? "KDEVPOOL_POOL=%s\n" : "%s\n", pool);
	if (volume[0])
		printf(opt.udev ? "KDEVPOOL_VOLUME=%s\n" : "%s\n", volume);
	if (volume[0] && opt.udev)
		access_for_udev();
	return EXIT_DONE;
}

const struct cli_command cmd_dm_names = {
	.name = "dm-names",
	.synopsis = "DM_NAME [--udev]",
	.summary = "Split a device-mapper name into pool and volume",
	.options = options,
	.min_args = 1,
	.max_args = 1,
	.run = run,
	.hidden = true,
};
