/* SPDX-License-Identifier: GPL-2.0-only */
/* Everything that the metadata of a pool says, decoded by kernel/format. */
#ifndef KDPU_ENGINE_DUMP_H
#define KDPU_ENGINE_DUMP_H

#include "engine/disk.h"
#include "engine/emit.h"

/* Parts of a dump; may be combined. */
#define KDPU_DUMP_SUPER		1u
#define KDPU_DUMP_CHECKPOINT	2u
#define KDPU_DUMP_JOURNAL	4u
#define KDPU_DUMP_VOLUMES	8u
#define KDPU_DUMP_EXTENTS	16u	/* of the volumes */
#define KDPU_DUMP_ALL		31u

struct kdpu_dump {
	unsigned int parts;
	int replica;		/* 0 to 4, or -1: all of them */
};

/*
 * Give out members of an object: "opened", "reason", and for each part that is
 * wanted "superblocks", "checkpoint", "journal", "volumes" (docs/json.md has
 * their members).  Parts that cannot be known because no superblock is valid,
 * or because the store cannot open the pool, are null.  Writes nothing.
 * 0, or -ENOMEM.
 */
int kdpu_dump_run(struct kdpu_disk *d, const struct kdpu_dump *what,
		  const struct kdpu_emit *e, struct kdpu_err *err);

#endif
