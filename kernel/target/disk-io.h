/* SPDX-License-Identifier: GPL-2.0-only */
/* The store's I/O on a block device, by bios from a reserve of our own. */
#ifndef KDP_TARGET_DISK_IO_H
#define KDP_TARGET_DISK_IO_H

#include <linux/bio.h>

#include "store/disk.h"
#include "target/gate.h"

struct kdp_disk {
	struct block_device *bdev;
	struct bio_set bios;
	struct kdp_gate *gate;		/* of data I/O, for draining */
};

/* 0 or -ENOMEM; sleeps. */
int kdp_disk_init(struct kdp_disk *disk, struct block_device *bdev,
		  struct kdp_gate *gate);
void kdp_disk_exit(struct kdp_disk *disk);

/* For kdp_store_new(), with the struct kdp_disk of a pool. */
extern const struct kdp_disk_ops kdp_disk_io;

#endif
