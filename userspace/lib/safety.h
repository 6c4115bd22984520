/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * May this device be overwritten?  A list of checks, each of which fails
 * closed: when it cannot find out, the answer is no.
 */
#ifndef KDPU_SAFETY_H
#define KDPU_SAFETY_H

#include "device.h"
#include "engine/disk.h"
#include "engine/super.h"
#include "signature.h"

enum kdpu_verdict {
	KDPU_PASS,
	KDPU_NOTE,		/* fine, but worth a look */
	KDPU_FORCED,		/* only because of --force */
	KDPU_NEEDS_FORCE,
	KDPU_REFUSED,		/* --force does not help */
	KDPU_NR_VERDICTS
};

struct kdpu_finding {
	const char *name;	/* of the check: "not mounted" */
	enum kdpu_verdict verdict;
	char text[400];		/* what was found */
	char todo[400];		/* "" if there is nothing to do */
};

/* What becomes of arrays and volume groups on the device: residue.h. */
enum kdpu_clear {
	KDPU_KEEP,
	KDPU_WILL_CLEAR,	/* they will be stopped; look again then */
	KDPU_CLEARED,		/* they were; their signatures may go */
};

/* What the checks look at. */
struct kdpu_subject {
	const struct kdpu_host *host;
	const struct kdpu_device *device;
	bool image;		/* a regular file is wanted */
	bool force;
	enum kdpu_clear clear;
	/* opened for reading by the "alone" check: the claim on the device */
	struct kdpu_disk disk;	/* fd -1: not open */
	struct kdpu_signatures signatures;	/* read by the checks */
	bool signatures_known;
	struct kdpu_err signatures_error;
	bool pool_found;
	struct kdpu_super pool;
};

void kdpu_subject_init(struct kdpu_subject *s, const struct kdpu_host *host,
		       const struct kdpu_device *device);
/* Closes the device, too. */
void kdpu_subject_free(struct kdpu_subject *s);

/* How many checks there are, and their results: the number of findings. */
size_t kdpu_safety_count(void);
void kdpu_safety_run(struct kdpu_subject *s, struct kdpu_finding *findings);

/* The worst verdict. */
enum kdpu_verdict kdpu_safety_verdict(const struct kdpu_finding *findings,
				      size_t nr);

const char *kdpu_verdict_name(enum kdpu_verdict v);

#endif
