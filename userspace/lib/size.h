/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KDPU_SIZE_H
#define KDPU_SIZE_H

#include <stddef.h>
#include <stdint.h>

#define KDPU_SIZE_TEXT	24	/* room that any size's text needs */

/*
 * The one way sizes are shown: binary units, at most one decimal, and none
 * when it would be 0: "512 B", "10 GiB", "1.5 TiB".  Returns @buf.
 */
char *kdpu_size_text(uint64_t bytes, char buf[KDPU_SIZE_TEXT]);

/*
 * The same number of bytes as the parser of sizes takes it, with the largest
 * unit that does it: "10G", "1536M", "4097".  Returns @buf.
 */
char *kdpu_size_exact(uint64_t bytes, char buf[KDPU_SIZE_TEXT]);

#endif
