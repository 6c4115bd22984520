/* SPDX-License-Identifier: GPL-2.0-only */
/* What the store needs of a device. */
#ifndef KDP_STORE_DISK_H
#define KDP_STORE_DISK_H

#include <linux/types.h>

enum kdp_io_op {
	KDP_IO_READ,
	KDP_IO_WRITE,
	KDP_IO_WRITE_FUA,	/* durable when it ends */
};

struct kdp_io {
	enum kdp_io_op op;
	u32 nr_blocks;
	u64 block;		/* 4 KiB blocks from the start of the device */
	void *data;		/* page aligned, kmalloc or vmalloc memory */
	int error;		/* out: 0 or a negative errno */
};

/* What the store has done; for those who count. */
enum kdp_work {
	KDP_WORK_COMMIT,
	KDP_WORK_CHECKPOINT,
};

struct kdp_disk_ops {
	/*
	 * Start all @nr transfers together and return when every one of them
	 * has ended.  Sleeps; allocates only from reserves.
	 */
	void (*submit)(void *disk, struct kdp_io *io, u32 nr);
	/* Empty the device's write cache.  0 or a negative errno.  Sleeps. */
	int (*flush)(void *disk);
	/*
	 * Wait until all data I/O has ended that may have looked up its chunks
	 * before the call.  Never called by somebody who is such I/O.  NULL:
	 * there is none.
	 */
	void (*drain)(void *disk);
	/*
	 * Tell the device that these blocks hold nothing any longer, and wait
	 * for its answer, whatever it is.  NULL: the device need not know.
	 */
	void (*discard)(void *disk, u64 block, u64 nr_blocks);
	/*
	 * Something has ended, of which @sequence is the last that is in it.
	 * Called with the store's locks held; must not sleep.  NULL: nobody
	 * wants to know.
	 */
	void (*ended)(void *disk, enum kdp_work what, u64 sequence,
		      u32 nr_blocks, int error);
};

#endif
