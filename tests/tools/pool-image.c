// SPDX-License-Identifier: GPL-2.0-only
/*
 *   pool-image FILE
 *
 * Make an image of a pool that was left as by a crash (tests/unit/image.h).
 */
#include "image.h"
#include "lib/engine/log.h"

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	kdpu_engine_quiet();
	image_make(argv[1]);
	return 0;
}
