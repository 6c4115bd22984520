// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/string.h>

#include <fcntl.h>

#include "engine/mend.h"
#include "engine/open.h"
#include "ident.h"
#include "store/store.h"

/* A clock that is put forward to when the next attempt may be made. */
static int repair(struct kdp_store *s)
{
	struct kdp_worker w = { .now = 1 };
	int ret = 0;

	while (kdp_store_wants_repair(s) && (!ret || ret == -EIO)) {
		w.now += kdp_store_repair_delay(s, w.now);
		ret = kdp_store_repair(s, &w, false);
	}
	return ret == -EIO ? 0 : ret;
}

static void tell(struct kdp_store *s, struct kdpu_mended *m)
{
	struct kdp_health h;
	u32 r;

	memset(m, 0, sizeof(*m));
	kdp_store_health(s, &h);
	for (r = 0; r < KDP_REPLICAS; r++) {
		m->copy[r].current = h.replica[r].up_to_date;
		m->copy[r].moved_from = h.replica[r].moved_from;
		m->copy[r].extent = h.replica[r].extent;
		m->current += h.replica[r].up_to_date;
	}
}

/* As the pool says of itself: nobody else has it from now on. */
static int activate(struct kdp_store *s)
{
	struct kdp_activation who = { .now = kdpu_now() };
	struct kdp_store_info info;
	uint64_t nonce = 0;
	int ret = kdpu_random_u64(&nonce);

	if (ret)
		return ret;
	who.nonce = nonce;
	kdp_store_info(s, &info);
	memcpy(who.machine_id, info.super.machine_id, sizeof(who.machine_id));
	memcpy(who.host, info.super.host, sizeof(who.host));
	return kdp_store_activate(s, &who);
}

static int complain(struct kdp_store *s, int ret, struct kdpu_err *err)
{
	char why[KDP_REASON_SIZE] = "";

	if (kdpu_disk_interrupted()) {
		kdpu_fail(err, -EINTR, "interrupted: the pool is as a power failure would leave it");
		return kdpu_todo(err, "run repair again");
	}
	kdp_store_reason(s, why, sizeof(why));
	return kdpu_fail(err, ret, "the repair of an active pool failed: %s",
			 why[0] ? why : strerror(-ret));
}

/*
 * Which write fails must be known when it ends: an error that only a flush tells
 * of is fatal to the store.  A file that cannot do that is no failing disk.
 */
static void write_through(struct kdpu_disk *d)
{
	int flags = fcntl(d->fd, F_GETFL);

	if (flags >= 0)
		fcntl(d->fd, F_SETFL, flags | O_DIRECT);
}

int kdpu_mend(struct kdpu_disk *d, struct kdpu_mended *m, struct kdpu_err *err)
{
	struct kdp_store *s;
	int ret;

	write_through(d);
	ret = kdpu_open(d, &s, err);
	if (ret)
		return ret;
	ret = activate(s);
	if (!ret)
		ret = repair(s);
	if (!ret)
		ret = kdp_store_clean(s);
	if (ret)
		ret = complain(s, ret, err);
	else
		tell(s, m);
	kdp_store_free(s);
	return ret;
}
