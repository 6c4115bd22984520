// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include <stdlib.h>

#include "engine/format.h"
#include "engine/ops.h"
#include "ident.h"
#include "store/store.h"

static int identify(struct kdp_format_request *req, const struct kdpu_format *f)
{
	int ret = kdpu_random_uuid(req->uuid);
	uint64_t nonce = 0;

	if (!ret)
		ret = kdpu_random_u64(&nonce);
	req->who.nonce = nonce;
	req->who.now = kdpu_now();
	kdpu_machine_id(req->who.machine_id);
	kdpu_host_name(req->who.host, sizeof(req->who.host));
	strscpy(req->name, f->name, sizeof(req->name));
	strscpy(req->serial, f->serial, sizeof(req->serial));
	return ret;
}

int kdpu_format(struct kdpu_disk *d, struct kdpu_format *f,
		struct kdpu_err *err)
{
	struct kdp_format_request req = { .nr_ops = f->volumes->nr };
	char why[KDP_REASON_SIZE] = "";
	int ret;

	ret = kdpu_layout(d->bytes, f->chunk_bytes, &req.geometry, err);
	if (ret)
		return ret;
	ret = identify(&req, f);
	if (ret)
		return kdpu_fail_errno(err, ret, "no random numbers");
	req.ops = kdpu_ops_new(f->volumes, req.who.now, f->uid);
	if (!req.ops)
		return kdpu_fail_memory(err);
	ret = kdp_store_format(&kdpu_disk_ops, d, &req, why);
	free(req.ops);
	if (ret && why[0])
		return kdpu_fail(err, ret, "%s", why);
	if (ret)
		return kdpu_fail_errno(err, ret, "cannot write the pool");
	memcpy(f->uuid, req.uuid, sizeof(f->uuid));
	return 0;
}

static u32 whole_copies(const struct kdp_report *report)
{
	const struct kdp_replica_report *rep;
	u32 r, n = 0;

	for (r = 0; r < KDP_REPLICAS; r++) {
		rep = &report->replica[r];
		n += !rep->super[0] && !rep->super[1] && !rep->super_stale &&
		     !rep->checkpoint_bad && !rep->journal_bad;
	}
	return n;
}

static int compare(struct kdp_store *s, const struct kdpu_format *f,
		   struct kdpu_err *err)
{
	struct kdp_store_info info;
	u32 whole;

	kdp_store_info(s, &info);
	if (memcmp(info.super.uuid, f->uuid, KDP_UUID_SIZE) ||
	    info.nr_volumes != f->volumes->nr)
		return kdpu_fail(err, -EIO, "the device does not give back what was written to it");
	whole = whole_copies(kdp_store_report(s));
	if (whole != KDP_REPLICAS)
		return kdpu_fail(err, -EIO, "only %u of five copies of the metadata can be read back",
				 whole);
	return 0;
}

int kdpu_format_verify(struct kdpu_disk *d, const struct kdpu_format *f,
		       struct kdpu_err *err)
{
	struct kdp_store *s = kdp_store_new(&kdpu_disk_ops, d,
					    d->bytes >> KDP_BLOCK_SHIFT);
	char why[KDP_REASON_SIZE] = "";
	int ret;

	if (!s)
		return kdpu_fail_memory(err);
	ret = kdp_store_open(s);
	if (ret) {
		kdp_store_reason(s, why, sizeof(why));
		kdpu_fail(err, ret, "the new pool cannot be read back: %s",
			  why);
	} else {
		ret = compare(s, f, err);
	}
	kdp_store_free(s);
	return ret;
}
