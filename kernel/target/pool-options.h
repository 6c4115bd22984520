/* SPDX-License-Identifier: GPL-2.0-only */
/* What a pool target's table says behind the device. */
#ifndef KDP_TARGET_POOL_OPTIONS_H
#define KDP_TARGET_POOL_OPTIONS_H

#include "store/store.h"

struct dm_arg_set;

struct kdp_pool_options {
	bool read_only;
	bool has_interval;
	u32 interval;			/* of scrubs, in seconds; 0: never */
	bool has_machine_id;
	/* what the superblock is to say: machine_id and serial only */
	struct kdp_activation as;
};

#define KDP_POOL_USAGE \
	"expected <device> [<#args> [read_only] [scrub_interval <seconds>] [machine_id <id>] [serial <text>]]"

/* 0, or -EINVAL with a sentence in *@error; @o is all zero before. */
int kdp_pool_options_parse(struct dm_arg_set *as, struct kdp_pool_options *o,
			   char **error);

/* As in a table, a space before each word; returns the new @sz. */
unsigned int kdp_pool_options_emit(const struct kdp_pool_options *o,
				   char *result, unsigned int sz,
				   unsigned int maxlen);

#endif
