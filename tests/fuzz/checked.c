// SPDX-License-Identifier: GPL-2.0-only
/*
 * The shim is compiled without sanitizers, since crc32c() would take two thirds
 * of the time with them.  What its callers hand to it is checked here instead;
 * the linker puts these functions before those of the shim (--wrap).
 */
#include <sanitizer/asan_interface.h>

#include "checked.h"

/* Reading a byte that must not be read ends in a report. */
static void check(const void *p, size_t size)
{
	const u8 *bad = __asan_region_is_poisoned((void *)p, size);

	if (bad)
		(void)READ_ONCE(*bad);
}

u32 __wrap_crc32c(u32 crc, const void *p, size_t size)
{
	check(p, size);
	return __real_crc32c(crc, p, size);
}

void *__wrap_memchr_inv(const void *p, int c, size_t size)
{
	check(p, size);
	return __real_memchr_inv(p, c, size);
}
