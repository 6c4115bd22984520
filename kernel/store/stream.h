/* SPDX-License-Identifier: GPL-2.0-only */
/* The model as a stream of checkpoint blocks. */
#ifndef KDP_STORE_STREAM_H
#define KDP_STORE_STREAM_H

#include "store/private.h"

/* All the memory that a stream needs, so that a checkpoint cannot lack any. */
struct kdp_stream *kdp_stream_new(void);	/* NULL: no memory */
void kdp_stream_free(struct kdp_stream *st);

/*
 * Write the model into slot @ref->slot of all current replicas, unflushed, and
 * set @ref->nr_blocks.  commit_lock and model_lock.  0, or -EIO: the pool has
 * failed.
 */
int kdp_stream_model(struct kdp_store *s, struct kdp_checkpoint_ref *ref);

#endif
