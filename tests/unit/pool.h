/* SPDX-License-Identifier: GPL-2.0-only */
/* A small pool on a memdisk, shared by the tests of the store. */
#ifndef KDP_TESTS_POOL_H
#define KDP_TESTS_POOL_H

#include "memdisk.h"
#include "store/store.h"

#define POOL_BLOCKS	16384u	/* 64 MiB, the smallest */

extern char pool_why[KDP_REASON_SIZE];

/* An operation from text as in a message; aborts on a syntax error. */
struct kdp_op pool_op(const char *text);

/* Format with these volumes, NULL terminated operations. */
int pool_format(struct memdisk *d, u32 journal_blocks, const char *const *ops);

/* Open only, or open and activate; NULL and *@err on failure. */
struct kdp_store *pool_open(struct memdisk *d, int *err);
struct kdp_store *pool_start(struct memdisk *d, int *err);

int pool_execute(struct kdp_store *s, const char *text);

/* "id name sectors unwritten; ..." of all volumes; static storage. */
const char *pool_describe(struct kdp_store *s);

#endif
