/* SPDX-License-Identifier: GPL-2.0-only */
/* What decide.h decides by, gathered from a disk and this machine. */
#ifndef KDPU_FACTS_H
#define KDPU_FACTS_H

#include "decide.h"
#include "engine/super.h"
#include "host.h"

/*
 * Of the superblocks and sysfs alone: quick, opens no other device.  @dev 0 is
 * an image file.  Never fails; what cannot be known is in @f->unknown.
 */
void kdpu_facts_disk(const struct kdpu_host *h, const char *path, dev_t dev,
		     uint64_t bytes, const struct kdpu_super *s,
		     struct kdpu_facts *f);

/* Is there another device with the same pool?  Reads every disk's homes. */
void kdpu_facts_clones(const struct kdpu_host *h, dev_t dev,
		       const struct kdpu_super *s, struct kdpu_facts *f);

/* Is the pool active, and from where? */
void kdpu_facts_active(dev_t dev, const struct kdpu_super *s,
		       struct kdpu_facts *f);

/* All of it.  Negative errno when the device cannot even be read. */
int kdpu_facts_read(const struct kdpu_host *h, const char *path,
		    struct kdpu_facts *f, struct kdpu_super *s,
		    struct kdpu_err *err);

#endif
