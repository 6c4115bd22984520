/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one parser of names and sizes, for kernel and user space.  Pure.
 */
#ifndef KDP_FORMAT_NAME_H
#define KDP_FORMAT_NAME_H

#include <linux/types.h>

/*
 * A name: letters, digits and . _ + - only, not starting with . or -, at
 * least one character, NUL terminated within @size bytes.
 */
bool kdp_pool_name_ok(const char *name, size_t size);
bool kdp_volume_name_ok(const char *name, size_t size);

/*
 * Size in bytes from text: a decimal number and one of K M G T P (powers of
 * 1024) or s (sectors of 512 bytes); a bare number is bytes.  0, or -EINVAL
 * for anything else, -ERANGE above 2^63 - 1; *@bytes is untouched then.
 */
int kdp_parse_size(const char *text, u64 *bytes);

/*
 * 32 hexadecimal digits in either case, a UUID without its hyphens.  False for
 * anything else; @id (KDP_UUID_SIZE bytes) is untouched then.
 */
bool kdp_parse_id(const char *text, u8 *id);

#endif
