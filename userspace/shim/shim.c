// SPDX-License-Identifier: GPL-2.0-only
/* The few kernel functions that are more than a line. */
#include <linux/crc32c.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include <stdarg.h>
#include <stdlib.h>

void *memchr_inv(const void *p, int c, size_t size)
{
	const u8 *b = p;
	size_t i;

	for (i = 0; i < size; i++)
		if (b[i] != (u8)c)
			return (void *)(b + i);
	return NULL;
}

ssize_t strscpy(char *dst, const char *src, size_t size)
{
	size_t len = strnlen(src, size);

	if (!size)
		return -E2BIG;
	if (len == size) {
		memcpy(dst, src, size - 1);
		dst[size - 1] = 0;
		return -E2BIG;
	}
	memcpy(dst, src, len + 1);
	return len;
}

int kstrtou64(const char *s, unsigned int base, u64 *res)
{
	unsigned long long v;
	char *end;

	if (*s < '0' || *s > '9')
		return -EINVAL;
	errno = 0;
	v = strtoull(s, &end, base);
	if (errno)
		return -ERANGE;
	if (*end == '\n')
		end++;
	if (*end)
		return -EINVAL;
	*res = v;
	return 0;
}

int kstrtou32(const char *s, unsigned int base, u32 *res)
{
	u64 v;
	int err = kstrtou64(s, base, &v);

	if (err)
		return err;
	if (v > U32_MAX)
		return -ERANGE;
	*res = v;
	return 0;
}

/* Eight bytes at a time, by tables. */
static u32 kdp_crc_table[8][256];

__attribute__((constructor)) static void kdp_crc_init(void)
{
	u32 n, k, c;

	for (n = 0; n < 256; n++) {
		c = n;
		for (k = 0; k < 8; k++)
			c = c & 1 ? c >> 1 ^ 0x82f63b78u : c >> 1;
		kdp_crc_table[0][n] = c;
	}
	for (n = 0; n < 256; n++)
		for (k = 1; k < 8; k++) {
			c = kdp_crc_table[k - 1][n];
			kdp_crc_table[k][n] = c >> 8 ^ kdp_crc_table[0][c & 255];
		}
}

static u32 kdp_crc_word(u32 crc, const u8 *p)
{
	u32 lo = crc ^ (p[0] | p[1] << 8 | p[2] << 16 | (u32)p[3] << 24);

	return kdp_crc_table[7][lo & 255] ^ kdp_crc_table[6][lo >> 8 & 255] ^
	       kdp_crc_table[5][lo >> 16 & 255] ^ kdp_crc_table[4][lo >> 24] ^
	       kdp_crc_table[3][p[4]] ^ kdp_crc_table[2][p[5]] ^
	       kdp_crc_table[1][p[6]] ^ kdp_crc_table[0][p[7]];
}

u32 crc32c(u32 crc, const void *data, size_t size)
{
	const u8 *p = data;

	for (; size >= 8; size -= 8, p += 8)
		crc = kdp_crc_word(crc, p);
	for (; size; size--, p++)
		crc = crc >> 8 ^ kdp_crc_table[0][(crc ^ *p) & 255];
	return crc;
}

void (*kdp_shim_mutex_wait)(struct mutex *m);
void (*kdp_shim_mutex_unlocked)(struct mutex *m);
bool (*kdp_shim_alloc_fails)(size_t size);

void *kdp_shim_alloc(size_t n, size_t size)
{
	if (kdp_shim_alloc_fails && kdp_shim_alloc_fails(n * size))
		return NULL;
	return calloc(n, size ? size : 1);
}

void *kdp_shim_memdup(const void *p, size_t size)
{
	void *copy = kdp_shim_alloc(1, size);

	if (copy)
		memcpy(copy, p, size);
	return copy;
}

void *vzalloc(size_t size)
{
	void *p;

	if (kdp_shim_alloc_fails && kdp_shim_alloc_fails(size))
		return NULL;
	if (posix_memalign(&p, 4096, size))
		return NULL;
	return memset(p, 0, size);
}

void vfree(const void *p)
{
	free((void *)p);
}

static void kdp_shim_log_stderr(int level, const char *line)
{
	fprintf(stderr, "%s%s", level <= 4 ? "warning: " : "", line);
}

void (*kdp_shim_log)(int level, const char *line) = kdp_shim_log_stderr;

void kdp_shim_printk(int level, const char *fmt, ...)
{
	char line[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	kdp_shim_log(level, line);
}
