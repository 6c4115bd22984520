/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The model at one moment, to be read at leisure while the live one changes:
 * a copy of the bitmap, of the volumes and of their directories.  Leaves are
 * shared; the live map copies one before it changes it.
 */
#ifndef KDP_MODEL_SNAPSHOT_H
#define KDP_MODEL_SNAPSHOT_H

#include "model/model.h"

/* What a checkpoint is written from: the live model, or a snapshot. */
struct kdp_view {
	const u64 *used;
	u32 nr_words;
	u64 next_volume;
	const struct list_head *volumes;	/* info and map are valid */
};

struct kdp_snapshot {
	struct kdp_view view;
	struct list_head volumes;
	void *memory;
	size_t size;
	bool taken;
};

/* Bytes of memory that a snapshot needs at this moment.  Model lock. */
size_t kdp_snapshot_size(const struct kdp_model *m);

/* 0 or -ENOMEM; sleeps, no lock.  Freed by kdp_snapshot_free(). */
int kdp_snapshot_alloc(struct kdp_snapshot *snap, size_t size);
void kdp_snapshot_free(struct kdp_snapshot *snap);

/*
 * Take it.  False: the memory is too small meanwhile.  Model lock; at most
 * one snapshot of a model may be taken at a time.
 */
bool kdp_snapshot_take(struct kdp_model *m, struct kdp_snapshot *snap);

/* Has it been given up for want of memory?  Model lock. */
static inline bool kdp_snapshot_given_up(const struct kdp_model *m)
{
	return READ_ONCE(m->leaves.given_up);
}

/*
 * Let go of a part of the leaves; true when all are gone.  Model lock, and to
 * be called without it in between, so that others are not kept waiting.
 */
bool kdp_snapshot_release(struct kdp_model *m, struct kdp_snapshot *snap);

/* The live model itself; valid while the model lock is held. */
void kdp_view_live(const struct kdp_model *m, struct kdp_view *view);

#endif
