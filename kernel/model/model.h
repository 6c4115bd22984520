/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pool in memory: geometry, space, volumes and their maps, and the
 * operations on them.  Nothing here does I/O.
 *
 * Everything is protected by the store's model lock (store/store.h) unless a
 * line says otherwise.  Bio paths read only volume->map, under RCU, and
 * volume->dirty.
 */
#ifndef KDP_MODEL_MODEL_H
#define KDP_MODEL_MODEL_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/types.h>

#include "format/geometry.h"
#include "format/record.h"
#include "model/bitmap.h"
#include "model/map.h"

struct kdp_volume {
	struct hlist_node by_id;
	struct hlist_node by_name;
	struct list_head all;		/* ascending ids */
	struct kdp_volume_info info;
	struct kdp_map map;
	u32 nr_chunks;
	u32 users;		/* device-mapper devices bound to it */
	struct kdp_run window;	/* thin: busy, for its next first writes */
	bool removing;		/* a prepared remove; names skip it */
	/*
	 * Commit that makes this volume's newest map change durable.  Set
	 * before the change becomes visible; any context may read.
	 */
	atomic64_t dirty;
	/* First writes that ended and are not recorded (store/landing.c). */
	atomic_t landed;
};

struct kdp_model {
	struct kdp_geometry geometry;
	struct kdp_space space;
	struct kdp_leaves leaves;
	struct list_head volumes;
	struct hlist_head *by_id;
	struct hlist_head *by_name;
	u32 nr_buckets;		/* of each table; a power of two */
	u64 next_volume;
	u32 nr_volumes;
	u32 nr_removing;	/* of them: removes that are prepared */
	u64 nr_dir_words;	/* of all directories together */
};

static inline u64 kdp_chunk_sectors(const struct kdp_model *m)
{
	return (u64)m->geometry.chunk_blocks * KDP_SECTORS_PER_BLOCK;
}

/* An empty pool whose reserved runs are in use.  0 or -ENOMEM. */
int kdp_model_init(struct kdp_model *m, const struct kdp_geometry *g);
void kdp_model_destroy(struct kdp_model *m);

struct kdp_volume *kdp_model_by_id(struct kdp_model *m, u64 id);
struct kdp_volume *kdp_model_by_name(struct kdp_model *m, const char *name);

/* A volume without mappings, not yet in the tables; NULL: no memory. */
struct kdp_volume *kdp_volume_new(struct kdp_model *m,
				  const struct kdp_volume_info *info);
void kdp_volume_free(struct kdp_volume *v);
void kdp_model_insert(struct kdp_model *m, struct kdp_volume *v);

/* What is known of a volume changes: its name, too.  Its id does not. */
void kdp_model_set_info(struct kdp_model *m, struct kdp_volume *v,
			const struct kdp_volume_info *info);

/*
 * Take a volume out and mark its chunks unused; they stay busy.  The caller
 * gives it to kdp_freed_new(), or, when nobody ever wrote to it, frees it and
 * calls kdp_model_release() before.
 */
void kdp_model_detach(struct kdp_model *m, struct kdp_volume *v);
void kdp_model_release(struct kdp_model *m, const struct kdp_volume *v);

/*
 * A free chunk for a first write of @v: from its window, so that a sequential
 * writer stays sequential on the disk.  It is busy; kdp_model_unreserve() or
 * a mapping ends that.  -ENOSPC.
 */
int kdp_model_reserve_chunk(struct kdp_model *m, struct kdp_volume *v,
			    u32 *physical);
void kdp_model_unreserve(struct kdp_model *m, u32 physical);
void kdp_model_drop_window(struct kdp_model *m, struct kdp_volume *v);
/* Of all volumes: what was only put aside is not needed yet. */
void kdp_model_drop_windows(struct kdp_model *m);
/* Map @e, which is busy, or unmap a range; the space follows. */
int kdp_model_map(struct kdp_model *m, struct kdp_volume *v,
		  const struct kdp_extent *e);
int kdp_model_unmap(struct kdp_model *m, struct kdp_volume *v,
		    const struct kdp_extent *e);

/*
 * Replay one record.  KDP_OK or what is wrong with it; -ENOMEM in *@err.
 * Only for recovery: frees are released at once.
 */
enum kdp_fault kdp_model_replay(struct kdp_model *m,
				const struct kdp_record *rec, int *err);

/* Loading a checkpoint: a volume, then its extents; same returns. */
enum kdp_fault kdp_model_load_volume(struct kdp_model *m,
				     const struct kdp_volume_info *info,
				     int *err);
enum kdp_fault kdp_model_load_extent(struct kdp_model *m, u64 volume,
				     const struct kdp_extent *e, int *err);

/* What a comparison of bitmap and maps found; chunks. */
struct kdp_cross_check {
	u32 mapped_but_free;	/* mended: marked used */
	u32 leaked;		/* used, mapped by nobody */
	u32 doubly_mapped;	/* cannot be mended: read-only */
};

/*
 * Compare bitmap and maps after recovery; afterwards busy == used, and used
 * holds every mapped chunk.
 */
void kdp_model_cross_check(struct kdp_model *m, struct kdp_cross_check *c);

#endif
