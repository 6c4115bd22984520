/* SPDX-License-Identifier: GPL-2.0-only */
/* A disk that remembers writes instead of doing them, and reads them back. */
#ifndef KDPU_ENGINE_RECORDER_H
#define KDPU_ENGINE_RECORDER_H

#include "engine/disk.h"

struct kdp_disk_ops;

struct recorded {
	uint64_t block;
	bool flush_before;
	void *data;		/* one block */
};

struct recorder {
	struct kdpu_disk *disk;	/* where all else is read from */
	struct recorded *w;
	size_t nr;
	bool flushed;		/* since the last write */
	bool no_memory;		/* something is missing */
};

extern const struct kdp_disk_ops recorder_ops;	/* @disk: struct recorder */
void recorder_free(struct recorder *r);

#endif
