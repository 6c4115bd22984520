/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside the simulated disk: simdisk.c, simcache.c, simharm.c. */
#ifndef KDP_SIM_SIMDISK_INSIDE_H
#define KDP_SIM_SIMDISK_INSIDE_H

#include <stdlib.h>
#include <string.h>

#include "format/disk.h"
#include "simdisk.h"

/* 4 KiB of metadata, shared by all that hold it. */
struct page {
	unsigned int refs;
	_Alignas(8) uint8_t data[KDP_BLOCK_SIZE];
};

/* The content of a block: a page, or a tag. */
struct cell {
	struct page *page;
	uint64_t tag;
};

/* A write in the cache. */
struct pending {
	uint64_t block;
	uint64_t when;		/* transfers done before it */
	struct cell cell;
};

enum transfer_type {
	TRANSFER_READ, TRANSFER_WRITE, TRANSFER_WRITE_FUA, TRANSFER_FLUSH,
	TRANSFER_DISCARD,
};

struct transfer {
	enum transfer_type type;
	uint64_t block;
	uint64_t count;		/* of a discard */
	struct cell cell;	/* what is written */
	void *into;		/* metadata that is read */
	uint64_t *tag;		/* data that is read */
	int *error;
	unsigned int *left;	/* of its batch */
	unsigned int total;	/* the batch, at its beginning */
	uint64_t begun;		/* of a flush: transfers done before it */
	bool stream;		/* of a flush: after a checkpoint's blocks */
	bool fails;		/* of a flush */
	uint64_t not_before;	/* so many transfers, unless nobody works */
};

/* What of a block's state is no content. */
struct block_state {
	uint8_t kind;		/* enum simdisk_kind */
	bool write_fails;
	bool gone;
	uint8_t cached;		/* writes in the cache; 255: many */
};

#define MAX_FLIGHT	512
#define MAX_DATA_IO	32
#define SLOW_ONE_IN	16u	/* of data I/O and discards */
#define SLOW_TRANSFERS	300u	/* others overtake it, at most */
#define MAX_LAST	(KDP_REPLICAS * KDP_MAX_PARTS)

struct simdisk {
	uint64_t nr_blocks;
	struct rng *rng;
	struct sched *sched;
	struct cell *now;
	struct cell *durable;
	struct block_state *state;
	struct pending *cache;
	unsigned int nr_cache, max_cache;
	struct transfer flight[MAX_FLIGHT];
	unsigned int nr_flight;
	/* data I/O begun and not ended, by number */
	uint64_t io[MAX_DATA_IO];
	unsigned int nr_io;
	uint64_t next_io;
	/* what the last submit to the journals wrote */
	struct pending last[MAX_LAST];
	unsigned int nr_last;
	bool streamed[SCHED_MAX_TASKS + 1];
	bool dead;
	bool fail_flush;
	bool any_write_fails;
	bool (*on_transfer)(void *arg, enum simdisk_class what);
	void *on_transfer_arg;
	struct simdisk_stats stats;
};

static inline void *must(void *p)
{
	if (!p)
		abort();
	return p;
}

/* simcache.c: contents. */
struct page *page_new(const void *data);
void page_put(struct page *p);
/* A reference moves into a cell, or is taken by it. */
struct cell cell_get(struct cell c);
void cell_set(struct cell *at, struct cell c);
void cache_add(struct simdisk *d, uint64_t block, struct cell c);
void cache_drop(struct simdisk *d);
/* Everything written before @begun is on the medium. */
void cache_flush(struct simdisk *d, uint64_t begun);
/* FUA: on the medium, and older cached writes of the block are moot. */
void cache_bypass(struct simdisk *d, uint64_t block, struct cell c);

/* simdisk.c: begin a transfer; wait until a batch has ended. */
void transfer_start(struct simdisk *d, struct transfer t);
void transfer_finish(struct simdisk *d, unsigned int *left);

/* simdata.c */
void simdisk_drain(void *disk);

#endif
