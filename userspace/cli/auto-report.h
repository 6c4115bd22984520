/* SPDX-License-Identifier: GPL-2.0-only */
/* What activate --auto says. */
#ifndef CLI_AUTO_REPORT_H
#define CLI_AUTO_REPORT_H

#include "lib/auto.h"

struct auto_options {
	const char *path;
	bool dry_run, force, json;
};

/* Decide, do, tell.  An exit code. */
int auto_activate(const struct auto_options *opt);

#endif
