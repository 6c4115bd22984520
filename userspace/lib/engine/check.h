/* SPDX-License-Identifier: GPL-2.0-only */
/* Examine a pool that is not active, with the store's own code. */
#ifndef KDPU_ENGINE_CHECK_H
#define KDPU_ENGINE_CHECK_H

#include "engine/super.h"

enum kdpu_check_result {
	KDPU_CHECK_CLEAN = 0,
	KDPU_CHECK_DAMAGED = 1,		/* nothing is lost */
	KDPU_CHECK_LOST = 2,		/* beyond recovery, or no pool */
};

struct kdpu_fault {
	unsigned int replica;
	const char *area;		/* superblock, checkpoint, journal */
	uint64_t block;			/* of the device, 4 KiB each */
	const char *fault;
};

struct kdpu_replica {
	const char *super[KDPU_SLOTS];	/* "ok" or the fault's name */
	bool stale;			/* valid but older than the newest */
	bool out_of_date;		/* so the superblock says */
	uint32_t checkpoint_bad;	/* blocks */
	uint32_t journal_bad;
	uint64_t extent;		/* block where it begins; 0: unknown */
};

struct kdpu_checked_volume {
	char name[KDPU_VOLUME_NAME];
	uint64_t id, bytes, mapped_bytes, unwritten_bytes;
};

struct kdpu_check {
	enum kdpu_check_result result;
	bool found;		/* a valid superblock, what follows is known */
	bool opened;		/* the store could load all of it */
	int error;		/* of opening, if not */
	char reason[256];	/* why it could not, or "" */
	uint8_t uuid[KDPU_UUID_SIZE];
	char name[KDPU_POOL_NAME];
	uint64_t device_bytes, chunk_bytes;
	uint64_t epoch, sequence;
	uint64_t created, activated;
	char host[64];
	bool clean;		/* deactivated in order */
	uint32_t chunks, chunks_used, commits_replayed;
	uint32_t replicas_current;
	uint32_t nr_retired;		/* extents that copies were moved from */
	uint32_t mapped_but_free, leaked, doubly_mapped;
	struct kdpu_replica replica[KDPU_REPLICAS];
	struct kdpu_fault *faults;
	size_t nr_faults;
	struct kdpu_checked_volume *volumes;
	size_t nr_volumes;
};

/*
 * 0 when it could be examined, whatever was found; -ENOMEM, or -EIO when the
 * device cannot be read at all.
 */
int kdpu_check_run(struct kdpu_disk *d, struct kdpu_check *c,
		   struct kdpu_err *err);
void kdpu_check_free(struct kdpu_check *c);

#endif
