/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Is a disk the one whose serial number a superblock records?  The same disk
 * has other names for itself behind another controller: any that is known now
 * counts, and how it is written does not matter.
 */
#ifndef KDPU_FINGERPRINT_H
#define KDPU_FINGERPRINT_H

#include <sys/types.h>

#include "decide.h"
#include "host.h"

/* Recorded when a disk was taken that tells no serial number. */
#define KDPU_NO_SERIAL	"-"

enum kdpu_serial kdpu_fingerprint(const struct kdpu_host *h, dev_t dev,
				  const char *recorded);

/* Do both mean the same disk?  "naa.5000C500A1" and "0x5000c500a1" do. */
bool kdpu_serial_match(const char *recorded, const char *told);

/* As the table of a pool target takes it: without blanks. */
void kdpu_serial_word(const char *serial, char word[64]);

#endif
