/* SPDX-License-Identifier: GPL-2.0-only */
/* What the superblocks on a device say; quick, reads a dozen blocks. */
#ifndef KDPU_ENGINE_SUPER_H
#define KDPU_ENGINE_SUPER_H

#include "dmname.h"
#include "engine/disk.h"

#define KDPU_REPLICAS	5
#define KDPU_SLOTS	2

struct kdpu_super {
	uint8_t uuid[KDPU_UUID_SIZE];
	char name[KDPU_POOL_NAME];
	uint64_t bytes;			/* of the device it was made for */
	uint64_t chunk_bytes;
	uint64_t epoch;
	uint64_t created;		/* seconds since 1970 */
	uint64_t activated;
	uint8_t machine_id[KDPU_UUID_SIZE];	/* who had it last; zeros */
	char host[64];
	bool clean;			/* and closed it in order */
	char serial[64];
	unsigned int nr_valid;		/* superblocks, of ten */
	unsigned int copies;		/* with a valid one, of five */
	bool mixed;			/* some of another pool */
	uint64_t block[KDPU_REPLICAS][KDPU_SLOTS];	/* where they are */
};

/*
 * 0; -ENODEV when no superblock is valid; -EIO when it cannot be known because
 * a place could not be read and none of the others is valid.
 */
int kdpu_super_read(struct kdpu_disk *d, struct kdpu_super *s,
		    struct kdpu_err *err);

enum kdpu_traces {
	KDPU_TRACES_NONE,
	KDPU_TRACES_DESTROYED,	/* superblocks zeroed, as destroy leaves them */
	KDPU_TRACES_DAMAGED,
};

/*
 * What is left of a pool, when no superblock is valid?  Looks for intact
 * metadata where pools of this size have it.
 */
enum kdpu_traces kdpu_super_traces(struct kdpu_disk *d);

/* Zero the ten superblocks of the pool, if there is one, durably. */
int kdpu_super_kill(struct kdpu_disk *d, struct kdpu_err *err);

#endif
