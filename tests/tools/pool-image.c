// SPDX-License-Identifier: GPL-2.0-only
/*
 *   pool-image FILE           make a pool that was left as by a crash
 *   pool-image --more FILE    go on with it, and leave it so again
 *
 * tests/unit/image.h tells what is in it.
 */
#include <string.h>

#include "image.h"
#include "lib/engine/log.h"

int main(int argc, char **argv)
{
	kdpu_engine_quiet();
	if (argc == 2)
		image_make(argv[1]);
	else if (argc == 3 && !strcmp(argv[1], "--more"))
		image_more(argv[2]);
	else
		return 2;
	return 0;
}
