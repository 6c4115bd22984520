/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Trace points: events/kdevpool.  None is on the way of a bio that is mapped as
 * a whole.  A pool is named by its disk, a volume by its id.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM kdevpool

#if !defined(KDP_TARGET_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define KDP_TARGET_TRACE_H

#include <linux/tracepoint.h>

#include "target/bio.h"

DECLARE_EVENT_CLASS(kdevpool_bio,
		    TP_PROTO(const struct kdp_vt *vt, const struct bio *bio, u32 nr),
		    TP_ARGS(vt, bio, nr),
		    TP_STRUCT__entry(__field(dev_t, dev)
				     __field(u64, volume)
				     __field(u64, sector)
				     __field(u32, sectors)
				     __field(u32, nr)
				     __field(u32, op)),
		    TP_fast_assign(__entry->dev = vt->bdev->bd_dev;
				   __entry->volume = vt->volume->info.id;
				   __entry->sector = bio->bi_iter.bi_sector;
				   __entry->sectors = bio_sectors(bio);
				   __entry->nr = nr;
				   __entry->op = (__force u32)bio_op(bio);),
		    TP_printk("%d:%d volume %llu op %u sector %llu + %u, %u",
			      MAJOR(__entry->dev), MINOR(__entry->dev), __entry->volume,
			      __entry->op, __entry->sector, __entry->sectors, __entry->nr)
);

/* A bio is cut; nr: the sectors that remain of it. */
DEFINE_EVENT(kdevpool_bio, kdevpool_split,
	     TP_PROTO(const struct kdp_vt *vt, const struct bio *bio, u32 nr),
	     TP_ARGS(vt, bio, nr)
);

/* The gate is closed, or space is on its way; nr: 1 for space. */
DEFINE_EVENT(kdevpool_bio, kdevpool_park,
	     TP_PROTO(const struct kdp_vt *vt, const struct bio *bio, u32 nr),
	     TP_ARGS(vt, bio, nr)
);

/* A first write begins; nr: 1 for a hole. */
DEFINE_EVENT(kdevpool_bio, kdevpool_first_write,
	     TP_PROTO(const struct kdp_vt *vt, const struct bio *bio, u32 nr),
	     TP_ARGS(vt, bio, nr)
);

/* A discard begins; nr: its whole chunks. */
DEFINE_EVENT(kdevpool_bio, kdevpool_discard,
	     TP_PROTO(const struct kdp_vt *vt, const struct bio *bio, u32 nr),
	     TP_ARGS(vt, bio, nr)
);

/* A first write is recorded, or has failed. */
TRACE_EVENT(kdevpool_first_write_done,
	    TP_PROTO(const struct kdp_vt *vt, u32 chunk, u32 physical, int error),
	    TP_ARGS(vt, chunk, physical, error),
	    TP_STRUCT__entry(__field(dev_t, dev)
			     __field(u64, volume)
			     __field(u32, chunk)
			     __field(u32, physical)
			     __field(int, error)),
	    TP_fast_assign(__entry->dev = vt->bdev->bd_dev;
			   __entry->volume = vt->volume->info.id;
			   __entry->chunk = chunk;
			   __entry->physical = physical;
			   __entry->error = error;),
	    TP_printk("%d:%d volume %llu chunk %u at %u error %d",
		      MAJOR(__entry->dev), MINOR(__entry->dev), __entry->volume,
		      __entry->chunk, __entry->physical, __entry->error)
);

DECLARE_EVENT_CLASS(kdevpool_write,
		    TP_PROTO(dev_t dev, u64 sequence, u32 blocks, int error),
		    TP_ARGS(dev, sequence, blocks, error),
		    TP_STRUCT__entry(__field(dev_t, dev)
				     __field(u64, sequence)
				     __field(u32, blocks)
				     __field(int, error)),
		    TP_fast_assign(__entry->dev = dev;
				   __entry->sequence = sequence;
				   __entry->blocks = blocks;
				   __entry->error = error;),
		    TP_printk("%d:%d sequence %llu blocks %u error %d",
			      MAJOR(__entry->dev), MINOR(__entry->dev), __entry->sequence,
			      __entry->blocks, __entry->error)
);

/* A commit of so many journal blocks has ended. */
DEFINE_EVENT(kdevpool_write, kdevpool_commit,
	     TP_PROTO(dev_t dev, u64 sequence, u32 blocks, int error),
	     TP_ARGS(dev, sequence, blocks, error)
);

/* A checkpoint of the state at this sequence has ended. */
DEFINE_EVENT(kdevpool_write, kdevpool_checkpoint,
	     TP_PROTO(dev_t dev, u64 sequence, u32 blocks, int error),
	     TP_ARGS(dev, sequence, blocks, error)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH target
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
