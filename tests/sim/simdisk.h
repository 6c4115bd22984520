/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The simulated disk: a volatile cache, transfers in flight that end in any
 * order, faults, and a power switch.
 *
 * A block is either 4 KiB of metadata or, for data, a 64-bit tag that stands
 * for its content; 0 reads as zeros.  Blocks of metadata are shared and never
 * changed.
 */
#ifndef KDP_SIM_SIMDISK_H
#define KDP_SIM_SIMDISK_H

#include "sched.h"
#include "store/disk.h"

struct simdisk;

extern const struct kdp_disk_ops simdisk_ops;

struct simdisk *simdisk_new(uint64_t nr_blocks, struct rng *rng,
			    struct sched *sched);
void simdisk_free(struct simdisk *d);

/* What a block is for; data unless told. */
enum simdisk_kind {
	SIMDISK_DATA = 0, SIMDISK_SUPER, SIMDISK_JOURNAL, SIMDISK_SLOT,
};

void simdisk_set_kind(struct simdisk *d, uint64_t first, uint64_t count,
		      enum simdisk_kind kind);
void simdisk_forget_kinds(struct simdisk *d);

/* What a transfer is; journal writes by how many of their commit are done. */
enum simdisk_class {
	SIMDISK_DATA_IO, SIMDISK_FLUSH, SIMDISK_JOURNAL_FIRST,
	SIMDISK_JOURNAL_MIDDLE, SIMDISK_JOURNAL_LAST, SIMDISK_STREAM,
	SIMDISK_STREAM_FLUSH, SIMDISK_SUPER_WRITE, SIMDISK_DISCARD,
	SIMDISK_META_READ,
};

/*
 * Data; from a task.  A task's look-up and transfer lie between begin and end,
 * which drain() waits for.  0 or -EIO.
 */
uint64_t simdisk_io_begin(struct simdisk *d);
void simdisk_io_end(struct simdisk *d, uint64_t io);
/*
 * Write nr tags at once, they end in any order; those at which mask has no bit
 * are left out.
 */
int simdisk_write_tags(struct simdisk *d, uint64_t block, const uint64_t *tags,
		       unsigned int nr, unsigned int mask);
int simdisk_read_tags(struct simdisk *d, uint64_t block, uint64_t *tags,
		      unsigned int nr);
/* What is there now, taking no time. */
uint64_t simdisk_tag(const struct simdisk *d, uint64_t block);

/* Asked before each transfer ends: does the power fail right then? */
void simdisk_on_transfer(struct simdisk *d,
			 bool (*fn)(void *arg, enum simdisk_class what),
			 void *arg);
bool simdisk_is_dead(const struct simdisk *d);

/* How much of what is not durable survives. */
enum simdisk_style {
	SIMDISK_ALL,		/* everything */
	SIMDISK_OLDEST,		/* up to a point in time */
	SIMDISK_TORN,		/* any part of any write */
	SIMDISK_ANY,		/* any of them, older writes of a block as well */
};

/* What survives becomes the content; the power is on again. */
void simdisk_power_cycle(struct simdisk *d, enum simdisk_style style);

/* Writes to [first, first + count) fail from now on, until they are mended. */
void simdisk_fail_writes(struct simdisk *d, uint64_t first, uint64_t count);
void simdisk_mend_writes(struct simdisk *d);
/* Nothing there can be read or written, power cycles included, or it can. */
void simdisk_set_gone(struct simdisk *d, uint64_t first, uint64_t count,
		      bool gone);
void simdisk_fail_next_flush(struct simdisk *d);
/* A flush that fails. */
int simdisk_failing_flush(struct simdisk *d);

/*
 * Of the blocks that the last submit to journals wrote, how many does
 * [first, first + count) hold?  Between a power cycle and the next submit.
 */
unsigned int simdisk_holds_last(const struct simdisk *d, uint64_t first,
				uint64_t count);

/* Damage blocks while the power is off: all bytes, or some of one block. */
void simdisk_damage(struct simdisk *d, uint64_t first, uint64_t count);
void simdisk_corrupt(struct simdisk *d, uint64_t block);
/* Copy a block to another place, as a misdirected write would. */
void simdisk_misdirect(struct simdisk *d, uint64_t from, uint64_t to);

/* The durable bytes of a metadata block; NULL: it has none. */
const void *simdisk_page(const struct simdisk *d, uint64_t block);

/* Keep and bring back the durable content of a range (a stale replica). */
struct simdisk_copy *simdisk_save(struct simdisk *d, uint64_t first,
				  uint64_t count);
void simdisk_restore(struct simdisk *d, struct simdisk_copy *copy);
void simdisk_copy_free(struct simdisk_copy *copy);

/* Counted since the disk was made. */
struct simdisk_stats {
	uint64_t transfers, writes, failed, flush_failed;
	/* by power cycles */
	uint64_t lost, torn, reordered;
};

const struct simdisk_stats *simdisk_stats(const struct simdisk *d);

#endif
