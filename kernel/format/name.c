// SPDX-License-Identifier: GPL-2.0-only
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/string.h>

#include "format/block.h"
#include "format/name.h"

static bool kdp_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '+' ||
	       c == '-';
}

static bool kdp_name_ok(const char *name, size_t size, size_t max)
{
	size_t i, len = strnlen(name, min(size, max));

	if (!len || len == size || len == max)
		return false;
	if (name[0] == '.' || name[0] == '-')
		return false;
	for (i = 0; i < len; i++)
		if (!kdp_name_char(name[i]))
			return false;
	return true;
}

bool kdp_pool_name_ok(const char *name, size_t size)
{
	return kdp_name_ok(name, size, KDP_POOL_NAME_SIZE);
}

bool kdp_volume_name_ok(const char *name, size_t size)
{
	return kdp_name_ok(name, size, KDP_VOLUME_NAME_SIZE);
}

static int kdp_unit_shift(const char *unit)
{
	static const char units[] = "KMGTP";
	const char *p;

	if (!unit[0])
		return 0;
	if (unit[1])
		return -EINVAL;
	if (unit[0] == 's')
		return 9;
	p = strchr(units, unit[0] == 'k' ? 'K' : unit[0]);
	return p ? 10 * (int)(p - units + 1) : -EINVAL;
}

static int kdp_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool kdp_parse_id(const char *text, u8 *id)
{
	u32 i;

	for (i = 0; i < 2 * KDP_UUID_SIZE; i++)
		if (kdp_hex_digit(text[i]) < 0)
			return false;
	if (text[i])
		return false;
	for (i = 0; i < KDP_UUID_SIZE; i++)
		id[i] = kdp_hex_digit(text[2 * i]) << 4 |
			kdp_hex_digit(text[2 * i + 1]);
	return true;
}

int kdp_parse_size(const char *text, u64 *bytes)
{
	const u64 most = S64_MAX;
	u64 n = 0;
	int shift;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	for (; *text >= '0' && *text <= '9'; text++) {
		u32 digit = *text - '0';

		if (n > div_u64(most - digit, 10))
			return -ERANGE;
		n = n * 10 + digit;
	}
	shift = kdp_unit_shift(text);
	if (shift < 0)
		return shift;
	if (n > most >> shift)
		return -ERANGE;
	*bytes = n << shift;
	return 0;
}
