/* SPDX-License-Identifier: GPL-2.0-only */
/* An active pool with a thick volume of 4 MiB and a thin one of 64 MiB. */
#ifndef KDP_TESTS_TWOVOLUMES_H
#define KDP_TESTS_TWOVOLUMES_H

#include "pool.h"

extern struct memdisk *two_disk;
extern struct kdp_store *two_store;
extern struct kdp_volume *thick, *thin;		/* both in use */

/* For cmocka. */
int two_setup(void **state);
int two_teardown(void **state);

/* Let go of the pool as it is, and activate it. */
void two_stop(void);
void two_start(void);

struct kdp_store_info info(void);
/* What a first write to a hole of the thin one does; returns the chunk. */
u32 map_one(u32 logical);
/* What the map says. */
enum kdp_chunk_state state_of(struct kdp_volume *v, u32 logical);

#endif
