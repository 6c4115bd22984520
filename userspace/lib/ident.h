/* SPDX-License-Identifier: GPL-2.0-only */
/* Who and when: random numbers, the clock, this machine, this user. */
#ifndef KDPU_IDENT_H
#define KDPU_IDENT_H

#include <stddef.h>
#include <stdint.h>

/* A random (version 4) UUID; a random number.  Negative errno. */
int kdpu_random_uuid(uint8_t uuid[16]);
int kdpu_random_u64(uint64_t *n);

uint64_t kdpu_now(void);	/* seconds since 1970 */

/* systemd's machine id; zeros when there is none. */
void kdpu_machine_id(uint8_t id[16]);

void kdpu_host_name(char *buf, size_t size);

/* The person behind this process: sudo's caller, else the real uid. */
uint32_t kdpu_caller_uid(void);

#endif
