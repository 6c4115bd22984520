// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "fingerprint.h"

#define SIZE	128
#define ROOM	63	/* characters that a superblock holds */
#define TAIL	6	/* characters that must be alike behind "t10." */

/* Letters and digits, in lower case, without the kind of identifier. */
static size_t bare(const char *text, char *to)
{
	static const char *const kinds[] = { "naa.", "eui.", "uuid.", "0x" };
	size_t i, n = 0;

	text += strspn(text, " ");
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strncasecmp(text, kinds[i], strlen(kinds[i]))) {
			text += strlen(kinds[i]);
			break;
		}
	for (; *text && n < SIZE - 1; text++)
		if (isalnum((unsigned char)*text))
			to[n++] = tolower((unsigned char)*text);
	to[n] = 0;
	return n;
}

/* "t10.ATA MODEL SERIAL" ends with what others call the serial number. */
static bool ends_with(const char *t10, const char *serial)
{
	char a[SIZE], b[SIZE];
	size_t n = bare(t10, a), m = bare(serial, b);

	return !strncmp(t10, "t10.", 4) && m >= TAIL && n > m &&
	       !strcmp(a + n - m, b);
}

/* The superblock has room for so much of a long one. */
static bool was_cut(const char *recorded, const char *bare_one,
		    const char *bare_other)
{
	return strlen(recorded) == ROOM &&
	       !strncmp(bare_one, bare_other, strlen(bare_one));
}

bool kdpu_serial_match(const char *recorded, const char *told)
{
	char x[SIZE], y[SIZE];

	if (!bare(recorded, x) || !bare(told, y))
		return false;
	return !strcmp(x, y) || ends_with(recorded, told) ||
	       ends_with(told, recorded) || was_cut(recorded, x, y);
}

struct search {
	const char *recorded;
	bool any, same;
};

static void look_at(struct search *s, const char *value)
{
	if (!value[0])
		return;
	s->any = true;
	s->same |= kdpu_serial_match(s->recorded, value);
}

/* What the driver tells; of a partition, its disk. */
static void look_in_sysfs(const struct kdpu_host *h, dev_t dev,
			  struct search *s)
{
	static const char *const names[] = {
		"device/serial", "serial", "device/wwid", "wwid", "device/wwn",
	};
	char text[SIZE];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!kdpu_host_read(h, text, sizeof(text),
				    "/sys/dev/block/%u:%u/%s", major(dev),
				    minor(dev), names[i]) ||
		    !kdpu_host_read(h, text, sizeof(text),
				    "/sys/dev/block/%u:%u/../%s", major(dev),
				    minor(dev), names[i]))
			look_at(s, text);
}

static void look_in_udev(const struct kdpu_host *h, dev_t dev,
			 struct search *s)
{
	static const char *const names[] = {
		"ID_SERIAL_SHORT=", "ID_SCSI_SERIAL=", "ID_WWN=",
		"ID_WWN_WITH_EXTENSION=",
	};
	char path[PATH_MAX], line[512];
	FILE *f = fopen(kdpu_host_path(h, path, "/run/udev/data/b%u:%u",
				       major(dev), minor(dev)), "re");
	size_t i;

	if (!f)
		return;
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = 0;
		for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (!strncmp(line, "E:", 2) &&
			    !strncmp(line + 2, names[i], strlen(names[i])))
				look_at(s, line + 2 + strlen(names[i]));
	}
	fclose(f);
}

enum kdpu_serial kdpu_fingerprint(const struct kdpu_host *h, dev_t dev,
				  const char *recorded)
{
	struct search s = { .recorded = recorded };

	if (!recorded[0] || !strcmp(recorded, KDPU_NO_SERIAL))
		return KDPU_SERIAL_NONE;
	look_in_sysfs(h, dev, &s);
	if (!s.same)
		look_in_udev(h, dev, &s);
	if (s.same)
		return KDPU_SERIAL_SAME;
	return s.any ? KDPU_SERIAL_OTHER : KDPU_SERIAL_LOST;
}

void kdpu_serial_word(const char *serial, char word[64])
{
	size_t n = 0;

	for (; *serial && n < 63; serial++)
		word[n++] = isgraph((unsigned char)*serial) &&
			    (unsigned char)*serial < 127 && *serial != '\\' ?
			    *serial : '_';
	word[n] = 0;
	if (!n)
		strcpy(word, KDPU_NO_SERIAL);
}
