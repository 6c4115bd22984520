// SPDX-License-Identifier: GPL-2.0-only
/* From "recovered in memory" to "active in a new epoch". */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "store/private.h"

/* Reasons to serve a pool for reading only. */
static int kdp_check_writable(struct kdp_store *s)
{
	const struct kdp_cross_check *c = &s->report.cross;

	if (c->mapped_but_free)
		kdp_log(err, s, "%u chunks were mapped but marked free; mended",
			c->mapped_but_free);
	if (c->leaked)
		kdp_log(warn, s, "%u chunks are in use by no volume",
			c->leaked);
	if (c->doubly_mapped)
		return kdp_explain(s, -EROFS,
			"%u chunks belong to two volumes; run \"kdevpool-admin check\" on the device",
			c->doubly_mapped);
	if (s->super.ro_compat & ~KDP_RO_COMPAT_KNOWN)
		return kdp_explain(s, -EROFS,
			"the pool uses features of a newer version; it can only be read");
	return 0;
}

static void kdp_new_epoch(struct kdp_store *s, const struct kdp_activation *who)
{
	struct kdp_super *super = &s->super;

	super->epoch++;
	super->nonce = who->nonce;
	super->start_sequence = s->sequence;
	super->start_chain = s->chain;
	super->activated = who->now;
	super->flags &= ~KDP_SUPER_CLEAN;
	memcpy(super->machine_id, who->machine_id, sizeof(super->machine_id));
	memset(super->host, 0, sizeof(super->host));
	strscpy(super->host, who->host, sizeof(super->host));
	if (!who->serial[0])
		return;
	memset(super->serial, 0, sizeof(super->serial));
	strscpy(super->serial, who->serial, sizeof(super->serial));
}

static int kdp_activate_locked(struct kdp_store *s,
			       const struct kdp_activation *who)
{
	int err;

	if (s->mode != KDP_STORE_OPEN)
		return kdp_explain(s, -EINVAL, "the pool is not freshly opened");
	err = kdp_check_writable(s);
	if (err) {
		WRITE_ONCE(s->mode, KDP_STORE_READ_ONLY);
		return err;
	}
	err = kdp_heal(s);
	if (err)
		return err;
	kdp_new_epoch(s, who);
	/* both slots, so that no superblock names an older checkpoint */
	err = kdp_super_write(s, KDP_SUPER_SLOTS);
	if (err)
		return err;
	WRITE_ONCE(s->mode, KDP_STORE_ACTIVE);
	/* what was mended in memory only */
	s->rewrite = s->report.cross.mapped_but_free;
	kdp_health_changed(s);
	return 0;
}

int kdp_store_activate(struct kdp_store *s, const struct kdp_activation *who)
{
	int err;

	mutex_lock(&s->commit_lock);
	err = kdp_activate_locked(s, who);
	mutex_unlock(&s->commit_lock);
	/* a crash may have left the journal too full for a commit */
	if (!err && kdp_store_wants_checkpoint(s))
		err = kdp_checkpoint_for_room(s);
	return err;
}
