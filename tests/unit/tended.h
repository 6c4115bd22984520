/* SPDX-License-Identifier: GPL-2.0-only */
/* An active pool with all kinds of metadata, for tests of scrub and repair. */
#ifndef KDP_TESTS_TENDED_H
#define KDP_TESTS_TENDED_H

#include "pool.h"
#include "store/private.h"

extern struct memdisk *disk;
extern struct kdp_store *store;
extern struct kdp_worker worker;	/* its clock begins at 1000 */
extern struct kdp_scrub_result found;	/* by scrub() */

/* Of a test: the pool is made and active, with a journal in use. */
int setup(void **state);
int teardown(void **state);

void start(void);	/* open and activate, from the disk */
void scrub(void);
u32 nr_bad(void);	/* copies that it found */
struct kdp_health health(void);

u8 *bytes(u64 block);	/* of the disk */
/* Block @i of all that replica @r has and that is in use; 0: no more. */
u64 nth_block(u32 r, u32 i);

/* Writes into the extent of @r fail; reads, too, if wanted. */
void writes_fail(u32 r, bool reads);
/* The same, and a commit has found out. */
void lose(u32 r);

/* Each replica alone, the others destroyed, leads to the pool as it is now. */
void each_alone(void);

#endif
