/* SPDX-License-Identifier: GPL-2.0-only */
/* The pool target, as the rest of target/ sees it. */
#ifndef KDP_TARGET_POOL_TARGET_H
#define KDP_TARGET_POOL_TARGET_H

#include "target/pool.h"

extern struct target_type kdp_pool_target;

/* message.c; a dm_message_fn for a pool. */
int kdp_pool_message(struct kdp_pool *pool, unsigned int argc, char **argv,
		     char *result, unsigned int maxlen);

#endif
