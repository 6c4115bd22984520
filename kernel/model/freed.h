/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The way back of chunks that are no longer mapped.
 *
 *   UNMAPPED   the map does not say so any more, in memory
 *   DURABLE    nor does it after a crash: the record is on the disk
 *   DRAINED    I/O that had looked them up before has ended
 *   DISCARDED  the device has been told, and has answered
 *
 * Only then are they free to be given out: before DURABLE a crash would give
 * them back to the old owner with the new one's data, before DRAINED an old
 * write could still arrive, before DISCARDED the device could still drop what
 * the new owner wrote.  Each step is taken by who knows that it is true
 * (store/reclaim.c); steps cannot be left out.
 *
 * All functions: model lock.
 */
#ifndef KDP_MODEL_FREED_H
#define KDP_MODEL_FREED_H

#include "model/model.h"

enum kdp_freed_state {
	KDP_FREED_UNMAPPED = 0,
	KDP_FREED_DURABLE,
	KDP_FREED_DRAINED,
	KDP_FREED_DISCARDED,
};

struct kdp_freed {
	struct list_head entry;
	enum kdp_freed_state state;
	u32 nr_chunks;
	struct kdp_volume *volume;	/* all that it maps, or NULL: */
	struct kdp_run run;
};

/* UNMAPPED; NULL: no memory.  @volume becomes its own. */
struct kdp_freed *kdp_freed_new(struct kdp_volume *volume,
				const struct kdp_run *run);

/* Everything on @list goes from @state to the next one. */
void kdp_freed_advance(struct list_head *list, enum kdp_freed_state state);

/* The runs of @f, one per call; *@cursor starts at 0; false: no more. */
bool kdp_freed_next_run(const struct kdp_freed *f, u32 *cursor,
			struct kdp_run *run);

/* DISCARDED: the chunks are free again, @f is gone. */
void kdp_freed_release(struct kdp_model *m, struct kdp_freed *f);

/* Forget @f (or NULL) and its volume; the chunks stay busy for good. */
void kdp_freed_drop(struct kdp_freed *f);

#endif
