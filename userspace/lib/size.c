// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "size.h"

char *kdpu_size_text(uint64_t bytes, char buf[KDPU_SIZE_TEXT])
{
	static const char *const units[] = {
		"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB",
	};
	unsigned int i = 0, shift, tenths;
	uint64_t whole;

	while (i + 1 < sizeof(units) / sizeof(units[0]) &&
	       bytes >> (10 * (i + 1)))
		i++;
	shift = 10 * i;
	whole = bytes >> shift;
	/* the tenth is cut off, not rounded: never shows more than there is */
	tenths = (bytes - (whole << shift)) * 10 >> shift;
	if (!shift)
		tenths = 0;
	if (tenths)
		snprintf(buf, KDPU_SIZE_TEXT, "%llu.%u %s",
			 (unsigned long long)whole, tenths, units[i]);
	else
		snprintf(buf, KDPU_SIZE_TEXT, "%llu %s",
			 (unsigned long long)whole, units[i]);
	return buf;
}

char *kdpu_size_exact(uint64_t bytes, char buf[KDPU_SIZE_TEXT])
{
	static const char units[] = "KMGTP";
	const char *u = units;

	while (bytes && !(bytes % 1024) && *u) {
		bytes /= 1024;
		u++;
	}
	if (u == units)
		snprintf(buf, KDPU_SIZE_TEXT, "%llu",
			 (unsigned long long)bytes);
	else
		snprintf(buf, KDPU_SIZE_TEXT, "%llu%c",
			 (unsigned long long)bytes, u[-1]);
	return buf;
}
