// SPDX-License-Identifier: GPL-2.0-only
/*
 * Half of a simulated second went into checksums: where the processor has an
 * instruction for them, it takes the place of the shim's tables (ld --wrap).
 */
#include <string.h>

#include <linux/crc32c.h>

u32 __real_crc32c(u32 crc, const void *data, size_t size);
u32 __wrap_crc32c(u32 crc, const void *data, size_t size);

__attribute__((target("sse4.2")))
static u32 crc_by_instruction(u32 crc, const u8 *p, size_t size)
{
	u64 c = crc, word;

	for (; size >= sizeof(word); size -= sizeof(word), p += sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		c = __builtin_ia32_crc32di(c, word);
	}
	for (; size; size--)
		c = __builtin_ia32_crc32qi(c, *p++);
	return c;
}

u32 __wrap_crc32c(u32 crc, const void *data, size_t size)
{
	if (__builtin_cpu_supports("sse4.2"))
		return crc_by_instruction(crc, data, size);
	return __real_crc32c(crc, data, size);
}
