/* SPDX-License-Identifier: GPL-2.0-only */
/* Who and when: random numbers, the clock, this machine, this user. */
#ifndef KDPU_IDENT_H
#define KDPU_IDENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host.h"

/* A random (version 4) UUID; a random number.  Negative errno. */
int kdpu_random_uuid(uint8_t uuid[16]);
int kdpu_random_u64(uint64_t *n);

uint64_t kdpu_now(void);	/* seconds since 1970 */

/*
 * systemd's machine id: of /etc/machine-id, or as the kernel's command line
 * tells it (systemd.machine_id=); zeros when there is none.
 */
void kdpu_host_machine_id(const struct kdpu_host *h, uint8_t id[16]);
void kdpu_machine_id(uint8_t id[16]);

/*
 * The value of the word "@name=VALUE" on the kernel's command line, the last
 * one; false if there is none.
 */
bool kdpu_cmdline(const struct kdpu_host *h, const char *name, char *value,
		  size_t size);

void kdpu_host_name(char *buf, size_t size);

/* The person behind this process: sudo's caller, else the real uid. */
uint32_t kdpu_caller_uid(void);

#endif
