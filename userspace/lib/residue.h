/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Arrays and volume groups on a device that nobody may need any more: what
 * they are, and the commands that remove them.  Whether they are in use is the
 * matter of the safety checks, which look at everything built on the device.
 */
#ifndef KDPU_RESIDUE_H
#define KDPU_RESIDUE_H

#include "device.h"
#include "signature.h"

#define KDPU_RESIDUE_WORDS	3

struct kdpu_residue_step {
	char what[200];		/* "md127: raid1 array over vda, vdb" */
	char word[KDPU_RESIDUE_WORDS][136];	/* of the command */
	bool stop;		/* takes something apart; else: removes bytes */
};

struct kdpu_residue {
	struct kdpu_residue_step *step;	/* in the order to be done */
	size_t nr;
	/* why it cannot be cleared from here; "": it can */
	char blocked[200];
};

/* Reads only.  @sig may be NULL: what is built on the device, no more. */
int kdpu_residue_find(const struct kdpu_host *h, const struct kdpu_device *d,
		      const struct kdpu_signatures *sig,
		      struct kdpu_residue *r, struct kdpu_err *err);
void kdpu_residue_free(struct kdpu_residue *r);

/* "mdadm --stop /dev/md127"; to @buf. */
char *kdpu_residue_command(const struct kdpu_residue_step *s, char *buf,
			   size_t size);

/*
 * Run the commands that stop something, while udev leaves the device alone,
 * so that it does not put together again what was taken apart.  The rest is
 * for the setup to overwrite, which can write it back.
 */
int kdpu_residue_stop(const struct kdpu_residue *r,
		      const struct kdpu_device *d, struct kdpu_err *err);

#endif
