/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files that make a dump. */
#ifndef KDPU_ENGINE_DUMP_PRIVATE_H
#define KDPU_ENGINE_DUMP_PRIVATE_H

#include "engine/dump.h"
#include "store/store.h"

struct dump {
	struct kdpu_disk *d;
	const struct kdpu_dump *what;
	const struct kdpu_emit *e;
	struct kdp_store_info info;	/* super: all zero if none is valid */
	bool opened;
	u8 block[KDP_BLOCK_SIZE] __attribute__((aligned(8)));
};

/* Is replica @r to be shown? */
static inline bool dump_wants(const struct dump *p, u32 r)
{
	return p->what->replica < 0 || (u32)p->what->replica == r;
}

/* Read into p->block; false if that is impossible. */
bool dump_read(struct dump *p, u64 block);

/* "R0"; the name of a fault or null; 16 hexadecimal digits. */
void dump_replica(struct dump *p, u32 r);
void dump_fault(struct dump *p, const char *key, enum kdp_fault fault);
void dump_hex(struct dump *p, const char *key, u64 n);
void dump_uuid(struct dump *p, const char *key, const u8 *uuid);

/*
 * Of a block that is not what it should be: null unless it bears our magic
 * number, else what its header says.
 */
void dump_header(struct dump *p);

/* The fault of a block that cannot even be read. */
#define DUMP_UNREADABLE	KDP_NR_FAULTS

void dump_supers(struct dump *p);
void dump_checkpoint(struct dump *p);
int dump_journal(struct dump *p);
void dump_volume_info(struct dump *p, const struct kdp_volume_info *v);
void dump_extent(struct dump *p, const struct kdp_extent *x);

#endif
