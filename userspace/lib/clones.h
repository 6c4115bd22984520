/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copies of the disk of an active pool, as dd makes them: while the pool is active
 * nothing comes of them, at the next boot neither would be activated by itself.
 */
#ifndef KDPU_CLONES_H
#define KDPU_CLONES_H

#include "active.h"

struct kdpu_clone {
	char device[80];	/* "/dev/sdc" */
};

/*
 * Other disks that hold the pool @p, as udev's database says; no disk is read.
 * Those that the pool's disk is made of, or that are made of it, are none.
 * How many of at most @room; 0 too when there is no udev.
 */
size_t kdpu_clones_find(const struct kdpu_pool *p, struct kdpu_clone *c,
			size_t room);

#endif
