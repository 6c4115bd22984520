/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names towards device-mapper: kdp-<pool> and kdp-<pool>-<volume>, hyphens
 * inside names doubled; UUIDs KDEVPOOL-<pool uuid>-pool and
 * KDEVPOOL-<pool uuid>-<volume id>.  Pure functions.
 */
#ifndef KDPU_DMNAME_H
#define KDPU_DMNAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KDPU_DM_NAME_SIZE	128	/* device-mapper's own limit, with NUL */
#define KDPU_DM_UUID_SIZE	80
#define KDPU_UUID_SIZE		16
#define KDPU_UUID_TEXT		37	/* 8-4-4-4-12 and NUL */
#define KDPU_UUID_HEX		33
#define KDPU_POOL_NAME		32
#define KDPU_VOLUME_NAME	56
#define KDPU_DM_PREFIX		"KDEVPOOL-"

/*
 * 0, or -ENAMETOOLONG when device-mapper has no room for the name.  @volume
 * NULL: the pool's own device.
 */
int kdpu_dm_name(char name[KDPU_DM_NAME_SIZE], const char *pool,
		 const char *volume);

/*
 * The way back.  @volume becomes "" for a pool's device.  -EINVAL if @name is
 * none of ours.
 */
int kdpu_dm_name_split(const char *name, char pool[KDPU_POOL_NAME],
		       char volume[KDPU_VOLUME_NAME]);

/* @id 0: the pool's device; volume ids start at 1. */
void kdpu_dm_uuid(char text[KDPU_DM_UUID_SIZE],
		  const uint8_t uuid[KDPU_UUID_SIZE], uint64_t id);

/* False if @text is none of ours; *@id is 0 for a pool's device. */
bool kdpu_dm_uuid_split(const char *text, uint8_t uuid[KDPU_UUID_SIZE],
			uint64_t *id);

/* 8-4-4-4-12, and 32 digits without hyphens. */
char *kdpu_uuid_text(const uint8_t uuid[KDPU_UUID_SIZE],
		     char text[KDPU_UUID_TEXT]);
char *kdpu_uuid_hex(const uint8_t uuid[KDPU_UUID_SIZE],
		    char text[KDPU_UUID_HEX]);

/* 32 digits, with or without hyphens, up to @end or the NUL; false if not. */
bool kdpu_uuid_parse(const char *text, uint8_t uuid[KDPU_UUID_SIZE],
		     const char **end);

#endif
