/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kdevpool.conf: /etc/kdevpool/kdevpool.conf, or else that of
 * /usr/lib/kdevpool, then the drop-ins (kdevpool.conf.d, *.conf) of both folders,
 * those of /etc last.  A later value replaces an earlier one.
 *
 * After a mistake anywhere the safe side is taken: nothing is activated by
 * itself, and nodes are for root.
 */
#ifndef KDPU_CONFIG_H
#define KDPU_CONFIG_H

#include <limits.h>
#include <stdbool.h>

#include "err.h"
#include "host.h"

#define KDPU_CONFIG_ETC	"/etc/kdevpool"
#define KDPU_CONFIG_USR	"/usr/lib/kdevpool"
#define KDPU_CONFIG	KDPU_CONFIG_ETC "/kdevpool.conf"

enum kdpu_key {
	KDPU_KEY_AUTO_ACTIVATE,
	KDPU_KEY_THRESHOLD,
	KDPU_KEY_ACTIVATION_DELAY,
	KDPU_KEY_RETRIES,
	KDPU_KEY_RETRY_DELAY,
	KDPU_KEY_GROUP,
	KDPU_KEY_MODE,
	KDPU_NR_KEYS
};

/* A key as it is effective. */
struct kdpu_setting {
	char value[64];
	char file[PATH_MAX];	/* "" for the built in value */
	unsigned int line;
};

struct kdpu_config {
	bool auto_activate;
	unsigned int threshold;
	unsigned int activation_delay;	/* seconds before the decision */
	unsigned int retries;		/* while the device is absent or busy */
	unsigned int retry_delay;	/* seconds between them */
	char group[33];			/* of the volumes' nodes */
	unsigned int mode;
	struct kdpu_setting setting[KDPU_NR_KEYS];
	bool cmdline_off;		/* kdevpool.auto=0 */
	bool broken;
	struct kdpu_err mistake;	/* the first one */
};

struct kdpu_key_info {
	const char *name;
	const char *builtin;
	const char *expected;
	const char *meaning;
};

extern const struct kdpu_key_info kdpu_keys[KDPU_NR_KEYS];

/* Mistakes, and what cannot be read, end up in @c->mistake. */
void kdpu_config_read(const struct kdpu_host *h, struct kdpu_config *c);

#endif
