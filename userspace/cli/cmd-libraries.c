// SPDX-License-Identifier: GPL-2.0-only
/* For those who make an initramfs: ldd does not show what is loaded later. */
#include <stdio.h>

#include "lib/libdm.h"
#include "lib/libmnt.h"
#include "ui.h"

static int run(int nr, char **args)
{
	(void)nr;
	(void)args;
	puts(kdpu_loaded_path(&kdpu_libdm));
	puts(kdpu_loaded_path(&kdpu_libmnt));
	return EXIT_DONE;
}

const struct cli_command cmd_libraries = {
	.name = "libraries",
	.summary = "Print the libraries that are loaded later",
	.run = run,
	.hidden = true,
};
