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

/* Data; from a task.  0 or -EIO. */
int simdisk_write_tag(struct simdisk *d, uint64_t block, uint64_t tag);
uint64_t simdisk_read_tag(struct simdisk *d, uint64_t block);
/* Write nr tags at once; they end in any order. */
int simdisk_write_tags(struct simdisk *d, uint64_t block, const uint64_t *tags,
		       unsigned int nr);

/* The power fails after so many more transfers; 0: it does not. */
void simdisk_crash_in(struct simdisk *d, uint64_t transfers);
/* Called at the moment when it does. */
void simdisk_on_power_off(struct simdisk *d, void (*fn)(void *arg), void *arg);
bool simdisk_is_dead(const struct simdisk *d);
/* What survives becomes the content; the power is on again. */
void simdisk_power_cycle(struct simdisk *d);

/* Writes to [first, first + count) fail from now on; count 0: none. */
void simdisk_fail_writes(struct simdisk *d, uint64_t first, uint64_t count);
void simdisk_fail_next_flush(struct simdisk *d);

/* Damage blocks while the power is off: random bytes, or an old state. */
void simdisk_damage(struct simdisk *d, uint64_t first, uint64_t count);
/* Copy blocks to another place, as a misdirected write would. */
void simdisk_misdirect(struct simdisk *d, uint64_t from, uint64_t to);

/* Keep and bring back the durable content of a range (a stale replica). */
struct simdisk_copy *simdisk_save(struct simdisk *d, uint64_t first,
				  uint64_t count);
void simdisk_restore(struct simdisk *d, struct simdisk_copy *copy);
void simdisk_copy_free(struct simdisk_copy *copy);

/* For the coverage table. */
struct simdisk_stats {
	uint64_t transfers, flushes, lost, torn, kept, failed, misdirected,
		 damaged, flush_failed;
};
const struct simdisk_stats *simdisk_stats(const struct simdisk *d);

#endif
