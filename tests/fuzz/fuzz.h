/* SPDX-License-Identifier: GPL-2.0-only */
/* What happens to a mutated image, and what is said about it. */
#ifndef KDP_FUZZ_FUZZ_H
#define KDP_FUZZ_FUZZ_H

#include "case.h"
#include "store/store.h"

enum outcome {
	OUT_REFUSED,		/* by open */
	OUT_READ_ONLY,		/* opened, but may only be read */
	OUT_FAILED,		/* opened, activation failed (never, we hope) */
	OUT_CRASHED,		/* the power failed in the activation, on purpose */
	OUT_ACTIVE,
	NR_OUTCOMES
};

/* Something is wrong: say so, count it, go on. */
__printf(2, 3)
void finding(const struct fcase *c, const char *fmt, ...);

/* exercise.c: open, activate, work, open again. */
enum outcome exercise(struct fcase *c);

/* work.c: some operations on an active pool. */
void work(struct fcase *c, struct kdp_store *s);

/* look.c: what a pool holds, in short. */
struct picture {
	u64 hash;		/* of all volumes and all that they map */
	u32 nr_volumes;
	u32 twice;		/* chunks mapped twice or over metadata */
	u64 removable;		/* id of a volume, 0: none */
	u64 writable;		/* id of a volume with unwritten chunks, or 0 */
	u32 unwritten;		/* the first such chunk */
	u64 mapped;		/* id of a volume with chunks, or 0 */
	struct kdp_extent extent;	/* one of its extents */
	u64 thin;		/* id of a thin volume with a hole, or 0 */
	u32 hole;		/* its first */
};

/* Walk everything; a finding for whatever is out of bounds. */
void look(struct fcase *c, struct kdp_store *s, struct picture *p);

/* damage.c: is that what had to become of a pool that was only damaged? */
void damage_prepare(void);
void damage_verdict(struct fcase *c, bool opened, const struct picture *p);

/* check-disk.c: `kdevpool-admin check`.  Did it open the pool? */
enum check_result { CHECK_CLEAN, CHECK_DAMAGED, CHECK_LOST };

struct check_summary {
	enum check_result result;
	bool opened;
	int error;
	u32 nr_faults;
	u32 nr_volumes;
	char first_fault[80];	/* or "" */
};

void check_image(struct image *image, struct check_summary *sum);

/* `kdevpool-admin dump`: 0, or an error, or objects that were not closed. */
int dump_image(struct image *image);

/* `kdevpool-admin repair` of @image, written to @result, a copy of it. */
int repair_image(struct image *image, struct image *result, char *why,
		 size_t size);

#endif
