/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files that hold the safety checks. */
#ifndef KDPU_SAFETY_PRIVATE_H
#define KDPU_SAFETY_PRIVATE_H

#include "safety.h"

void kdpu_finding_set(struct kdpu_finding *f, enum kdpu_verdict v,
		      const char *fmt, ...) KDPU_PRINTF(3, 4);
void kdpu_finding_todo(struct kdpu_finding *f, const char *fmt, ...)
	KDPU_PRINTF(2, 3);

#define KDPU_CHECK(x) \
	int kdpu_check_##x(struct kdpu_subject *s, struct kdpu_finding *f, \
			   struct kdpu_err *err)

/* safety-use.c: what the system does with the device */
KDPU_CHECK(mounts);
KDPU_CHECK(swap);
KDPU_CHECK(fstab);
KDPU_CHECK(system);
KDPU_CHECK(loop);

/* safety-content.c: what is on it */
KDPU_CHECK(raid);
KDPU_CHECK(lvm);
KDPU_CHECK(crypto);
KDPU_CHECK(signatures);

/* The signatures, read once; the same error each time if they cannot be. */
int kdpu_subject_signatures(struct kdpu_subject *s, struct kdpu_err *err);

#endif
