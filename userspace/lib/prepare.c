// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "engine/disk.h"
#include "prepare.h"
#include "rawdev.h"

#define PIECE	(4ull << 20)	/* between two looks at Ctrl-C */

struct work {
	uint64_t done, total;
	kdpu_progress_fn progress;
	void *data;
};

/*
 * Data, not BLKZEROOUT: zeros to what reads as zeros would leave it as it is,
 * to be written for the first time later.
 */
static int fill(struct kdpu_disk *d, struct work *w)
{
	uint64_t at = 0, n;
	int ret = 0;

	kdpu_fd_set_direct(d->fd, true);
	while (!ret && at < d->bytes) {
		w->progress(w->done, w->total, w->data);
		n = d->bytes - at < PIECE ? d->bytes - at : PIECE;
		ret = kdpu_disk_zero(d, at, n);
		at += n;
		w->done += ret ? 0 : n;
	}
	return ret ? ret : kdpu_disk_sync(d);
}

static int prepare(struct kdpu_volume *v, struct work *w, struct kdpu_err *err)
{
	struct kdpu_disk d;
	int ret = kdpu_disk_open_excl(&d, v->node, err);

	if (ret)
		return ret;
	ret = fill(&d, w);
	kdpu_disk_close(&d);
	if (ret == -EINTR)
		kdpu_fail(err, ret, "interrupted: the volumes are there, but %s and those behind it are not prepared to the end",
			  v->name);
	else if (ret)
		kdpu_fail_errno(err, ret, "the volumes are there, but %s cannot be prepared to the end",
				v->name);
	return ret ? kdpu_todo(err, "they can be used as they are, only first writes take longer") : 0;
}

int kdpu_volumes_prepare(struct kdpu_pool *p, const struct kdpu_volspecs *l,
			 kdpu_progress_fn progress, void *data,
			 struct kdpu_err *err)
{
	struct work w = { .progress = progress, .data = data };
	struct kdpu_volume *v;
	int ret = 0;
	size_t i;

	for (i = 0; i < l->nr; i++)
		w.total += l->v[i].bytes;
	for (i = 0; !ret && i < l->nr; i++) {
		v = kdpu_pool_volume(p, l->v[i].name);
		ret = v ? prepare(v, &w, err) :
			  kdpu_fail(err, -ENOENT, "volume %s is gone",
				    l->v[i].name);
	}
	progress(w.done, w.total, data);
	return ret;
}
