/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A device or image file as the kernel's store code sees it, over a file
 * descriptor.
 */
#ifndef KDPU_ENGINE_DISK_H
#define KDPU_ENGINE_DISK_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "undo.h"

struct kdpu_disk {
	int fd;
	int claim;		/* holds the device exclusively; -1: none */
	uint64_t bytes;
	bool writable;		/* writes fail with -EBADF otherwise */
	struct kdpu_undo *undo;	/* NULL: nothing is saved */
	int read_error;		/* the first of each, or 0 */
	int write_error;
	uint64_t writes;	/* how many were started */
	uint64_t fail_write;	/* for tests: the write that fails; 0: none */
	uint64_t bad_first, bad_count;	/* for tests: blocks that cannot be written */
};

/* Ask to stop: every later write fails with -EINTR.  Signal safe. */
void kdpu_disk_interrupt(void);
/* Forget such a wish.  Was there one? */
bool kdpu_disk_interrupted(void);
void kdpu_disk_resume(void);

/* Open for reading only; a truncated or absent file is an error. */
int kdpu_disk_open(struct kdpu_disk *d, const char *path,
		   struct kdpu_err *err);
/*
 * Open for reading, and exclusively: nobody mounts, swaps on or claims the
 * device as long as it is open.  udev is not told when it is closed, as it is
 * of what was open for writing: it would have others look at the device, and
 * md put arrays together.
 */
int kdpu_disk_claim(struct kdpu_disk *d, const char *path,
		    struct kdpu_err *err);
/* Then for writing, too; it must still be the same device. */
int kdpu_disk_make_writable(struct kdpu_disk *d, const char *path,
			    struct kdpu_err *err);
/* Both. */
int kdpu_disk_open_excl(struct kdpu_disk *d, const char *path,
			struct kdpu_err *err);
/* Ends the claim; frees the undo log. */
void kdpu_disk_close(struct kdpu_disk *d);

/* Read or zero any bytes; zeroing goes through the undo log. */
int kdpu_disk_read(struct kdpu_disk *d, void *data, uint64_t offset,
		   size_t size);
int kdpu_disk_zero(struct kdpu_disk *d, uint64_t offset, uint64_t size);

/* Everything written is durable. */
int kdpu_disk_sync(struct kdpu_disk *d);

/* Write back what was saved, whatever was interrupted before. */
int kdpu_disk_restore(struct kdpu_disk *d);

struct kdp_disk_ops;
extern const struct kdp_disk_ops kdpu_disk_ops;	/* @disk: struct kdpu_disk */

#endif
