// SPDX-License-Identifier: GPL-2.0-only
/* From a device to "recovered in memory"; nothing is written. */
#include "store/private.h"

int kdp_store_open(struct kdp_store *s)
{
	struct kdp_scan scan = { };
	int err;

	mutex_lock(&s->commit_lock);
	mutex_lock(&s->model_lock);
	err = kdp_probe(s);
	if (!err)
		err = kdp_load_checkpoint(s);
	if (!err)
		err = kdp_scan_journal(s, &scan);
	if (!err)
		err = kdp_replay(s, &scan);
	if (!err)
		err = kdp_batches_init(s);
	kdp_scan_free(&scan);
	if (!err) {
		kdp_model_cross_check(&s->model, &s->report.cross);
		WRITE_ONCE(s->mode, KDP_STORE_OPEN);
	}
	mutex_unlock(&s->model_lock);
	mutex_unlock(&s->commit_lock);
	return err;
}
