/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The model as a stream of checkpoint blocks.  Between its begin and its end a
 * stream uses nothing that changes: the caller need not hold a lock.
 */
#ifndef KDP_STORE_STREAM_H
#define KDP_STORE_STREAM_H

#include "store/private.h"

/* All the memory that a stream needs, so that a checkpoint cannot lack any. */
struct kdp_stream *kdp_stream_new(void);	/* NULL: no memory */
void kdp_stream_free(struct kdp_stream *st);

/*
 * Begin a stream into slot @ref->slot of all replicas that are current now.
 * commit_lock; @ref stays valid until the end.
 */
void kdp_stream_begin(struct kdp_stream *st, struct kdp_store *s,
		      struct kdp_checkpoint_ref *ref);

/*
 * Write it, unflushed, and set @ref->nr_blocks.  What @view shows must stand
 * still.  0, or -EIO: the pool has failed.
 */
int kdp_stream_view(struct kdp_stream *st, const struct kdp_view *view);

/* Replicas that did not take it, to be told to kdp_replicas_lost(). */
const struct kdp_losses *kdp_stream_losses(const struct kdp_stream *st);

#endif
