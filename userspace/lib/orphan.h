/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which volumes has an owner left behind?  Pure: what is known of a volume and of
 * the process that has its owner's number goes in, a verdict comes out.
 *
 * A volume is only removed when its owner is certainly gone: where anything is
 * not known, it stays.
 */
#ifndef KDPU_ORPHAN_H
#define KDPU_ORPHAN_H

#include "active.h"
#include "process.h"

struct kdpu_orphan_facts {
	const struct kdpu_volume *volume;
	bool writable;			/* its pool is active */
	struct kdpu_process process;	/* who has the owner's number now */
	uint8_t boot_id[KDPU_UUID_SIZE];	/* of this machine, now */
	uint32_t caller;		/* whose volumes; 0: everybody's */
};

struct kdpu_fate {
	bool remove;
	const char *why;	/* a sentence, without capital and full stop */
};

struct kdpu_fate kdpu_orphan_fate(const struct kdpu_orphan_facts *f);

/* What is known of @v of @p, except for the caller. */
void kdpu_orphan_facts(const struct kdpu_host *h, const struct kdpu_pool *p,
		       const struct kdpu_volume *v,
		       struct kdpu_orphan_facts *f);

/*
 * Remove @v of @p, whose fate it is.  Looks again whose it is: it may have been
 * given another owner, or none, in the meantime.  -EBUSY then, and when it is in
 * use; *@fate is the new one.  -ENOENT: somebody else has removed it.
 */
int kdpu_orphan_remove(const struct kdpu_host *h, struct kdpu_pool *p,
		       struct kdpu_volume *v, uint32_t caller,
		       struct kdpu_fate *fate, struct kdpu_err *err);

#endif
