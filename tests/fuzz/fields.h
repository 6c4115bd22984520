/* SPDX-License-Identifier: GPL-2.0-only */
/* The fields of every structure of the format, by name. */
#ifndef KDP_FUZZ_FIELDS_H
#define KDP_FUZZ_FIELDS_H

#include "rng.h"

enum structure {
	S_HEADER, S_SUPER, S_REPLICA, S_CHECKPOINT_REF, S_JOURNAL, S_HEAD,
	S_BITMAP, S_VOLUMES, S_MAP, S_VOLUME, S_EXTENT, S_DEVICE,
	S_RECORD,		/* S_RECORD + type, for types below 16 */
	NR_STRUCTURES = S_RECORD + 16
};

struct field {
	const char *name;
	u16 offset;
	u16 size;
};

/* A field at a place in a block. */
struct site {
	u32 structure;
	const struct field *field;
	u32 offset;		/* in the block, of the field */
};

/* "extent.count_flags" and the like, in static storage. */
const char *structure_name(u32 structure);

/* Choose a field of the block by what its header says that it is. */
void site_pick(struct rng *rng, const u8 *block, struct site *site);

#endif
