// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dmname.h"

/* Append @from with its hyphens doubled; NULL when it does not fit. */
static char *append_escaped(char *to, const char *end, const char *from)
{
	for (; *from; from++) {
		if (end - to < 3)
			return NULL;
		*to++ = *from;
		if (*from == '-')
			*to++ = '-';
	}
	*to = 0;
	return to;
}

int kdpu_dm_name(char name[KDPU_DM_NAME_SIZE], const char *pool,
		 const char *volume)
{
	const char *end = name + KDPU_DM_NAME_SIZE;
	char *p;

	strcpy(name, "kdp-");
	p = append_escaped(name + 4, end, pool);
	if (!p)
		return -ENAMETOOLONG;
	if (!volume)
		return 0;
	if (end - p < 2)
		return -ENAMETOOLONG;
	*p++ = '-';
	return append_escaped(p, end, volume) ? 0 : -ENAMETOOLONG;
}

/*
 * Take one name off @from: doubled hyphens are one, a single one ends it.
 * NULL when it is longer than @size allows, or empty.
 */
static const char *take_name(const char *from, char *to, size_t size)
{
	size_t n = 0;

	for (; *from; from++) {
		if (*from == '-') {
			if (from[1] != '-')
				break;
			from++;
		}
		if (n + 1 >= size)
			return NULL;
		to[n++] = *from;
	}
	to[n] = 0;
	return n ? from : NULL;
}

int kdpu_dm_name_split(const char *name, char pool[KDPU_POOL_NAME],
		       char volume[KDPU_VOLUME_NAME])
{
	const char *p;

	if (strncmp(name, "kdp-", 4))
		return -EINVAL;
	volume[0] = 0;
	p = take_name(name + 4, pool, KDPU_POOL_NAME);
	if (!p)
		return -EINVAL;
	if (!*p)
		return 0;
	p = take_name(p + 1, volume, KDPU_VOLUME_NAME);
	return p && !*p ? 0 : -EINVAL;
}

char *kdpu_uuid_hex(const uint8_t uuid[KDPU_UUID_SIZE],
		    char text[KDPU_UUID_HEX])
{
	int i;

	for (i = 0; i < KDPU_UUID_SIZE; i++)
		sprintf(text + 2 * i, "%02x", uuid[i]);
	return text;
}

char *kdpu_uuid_text(const uint8_t uuid[KDPU_UUID_SIZE],
		     char text[KDPU_UUID_TEXT])
{
	char hex[KDPU_UUID_HEX];

	kdpu_uuid_hex(uuid, hex);
	snprintf(text, KDPU_UUID_TEXT, "%.8s-%.4s-%.4s-%.4s-%.12s", hex,
		 hex + 8, hex + 12, hex + 16, hex + 20);
	return text;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool kdpu_uuid_parse(const char *text, uint8_t uuid[KDPU_UUID_SIZE],
		     const char **end)
{
	uint8_t t[KDPU_UUID_SIZE] = { 0 };
	int i, digit;

	for (i = 0; i < 2 * KDPU_UUID_SIZE; i++) {
		if (i && *text == '-')
			text++;
		digit = hex_digit(*text++);
		if (digit < 0)
			return false;
		t[i / 2] = i & 1 ? t[i / 2] | digit : digit << 4;
	}
	if (end)
		*end = text;
	else if (*text)
		return false;
	memcpy(uuid, t, sizeof(t));
	return true;
}

void kdpu_dm_uuid(char text[KDPU_DM_UUID_SIZE],
		  const uint8_t uuid[KDPU_UUID_SIZE], uint64_t id)
{
	char hex[KDPU_UUID_HEX];

	kdpu_uuid_hex(uuid, hex);
	if (id)
		snprintf(text, KDPU_DM_UUID_SIZE, KDPU_DM_PREFIX "%s-%llu",
			 hex, (unsigned long long)id);
	else
		snprintf(text, KDPU_DM_UUID_SIZE, KDPU_DM_PREFIX "%s-pool",
			 hex);
}

bool kdpu_dm_uuid_split(const char *text, uint8_t uuid[KDPU_UUID_SIZE],
			uint64_t *id)
{
	const size_t n = strlen(KDPU_DM_PREFIX);
	const char *end;
	char *tail;

	if (strncmp(text, KDPU_DM_PREFIX, n) ||
	    !kdpu_uuid_parse(text + n, uuid, &end) || *end != '-')
		return false;
	end++;
	if (!strcmp(end, "pool")) {
		*id = 0;
		return true;
	}
	if (*end < '1' || *end > '9')
		return false;
	errno = 0;
	*id = strtoull(end, &tail, 10);
	return !errno && !*tail;
}
