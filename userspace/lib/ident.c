// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "dmname.h"
#include "host.h"
#include "ident.h"

static int random_bytes(void *p, size_t size)
{
	/* up to 256 bytes come whole or not at all */
	return getrandom(p, size, 0) == (ssize_t)size ? 0 : -errno;
}

int kdpu_random_uuid(uint8_t uuid[16])
{
	int ret = random_bytes(uuid, 16);

	uuid[6] = (uuid[6] & 0x0f) | 0x40;
	uuid[8] = (uuid[8] & 0x3f) | 0x80;
	return ret;
}

int kdpu_random_u64(uint64_t *n)
{
	return random_bytes(n, sizeof(*n));
}

uint64_t kdpu_now(void)
{
	time_t now = time(NULL);

	return now < 0 ? 0 : now;
}

bool kdpu_cmdline(const struct kdpu_host *h, const char *name, char *value,
		  size_t size)
{
	char line[4096], *word, *rest = line;
	size_t n = strlen(name);
	bool found = false;

	if (kdpu_host_read(h, line, sizeof(line), "/proc/cmdline"))
		return false;
	while ((word = strsep(&rest, " \t\n"))) {
		if (strncmp(word, name, n) || word[n] != '=')
			continue;
		snprintf(value, size, "%s", word + n + 1);
		found = true;
	}
	return found;
}

void kdpu_host_machine_id(const struct kdpu_host *h, uint8_t id[16])
{
	char text[64];

	if (!kdpu_host_read(h, text, sizeof(text), "/etc/machine-id") &&
	    kdpu_uuid_parse(text, id, NULL))
		return;
	if (kdpu_cmdline(h, "systemd.machine_id", text, sizeof(text)) &&
	    kdpu_uuid_parse(text, id, NULL))
		return;
	memset(id, 0, 16);
}

void kdpu_machine_id(uint8_t id[16])
{
	kdpu_host_machine_id(&kdpu_this_host, id);
}

void kdpu_host_name(char *buf, size_t size)
{
	memset(buf, 0, size);
	if (gethostname(buf, size - 1))
		buf[0] = 0;
}

uint32_t kdpu_caller_uid(void)
{
	const char *sudo = getuid() ? NULL : getenv("SUDO_UID");
	char *end;
	unsigned long uid;

	if (sudo && *sudo >= '0' && *sudo <= '9') {
		uid = strtoul(sudo, &end, 10);
		if (!*end && uid < UINT32_MAX)
			return uid;
	}
	return getuid();
}
