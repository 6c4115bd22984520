// SPDX-License-Identifier: GPL-2.0-only
/*
 * Superblock n goes into slot n modulo 2 of every current replica, so two
 * writes in a row leave both slots naming the same checkpoint.
 */
#include <linux/errno.h>

#include "store/private.h"

static u64 kdp_seal_super(struct kdp_store *s, void *block, u32 r, u32 i,
			  const void *data)
{
	u32 slot = s->super.sequence % KDP_SUPER_SLOTS;

	(void)i;
	(void)data;
	kdp_super_encode(&s->super, r, slot, block);
	return kdp_super_block(&s->super.geometry, r, slot);
}

int kdp_super_write(struct kdp_store *s, u32 times)
{
	u32 ok = 0;

	while (times--) {
		s->super.sequence++;
		s->health_changed = false;
		s->written[s->super.sequence % KDP_SUPER_SLOTS] = s->super;
		ok = kdp_replicas_write(s, NULL, 1, KDP_IO_WRITE_FUA,
					kdp_seal_super, NULL);
		if (ok < KDP_QUORUM)
			return kdp_store_fail(s,
				"superblocks: only %u of 5 copies could be written, 3 are needed",
				ok);
	}
	return 0;
}
