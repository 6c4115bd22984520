/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a run has met: fault x operation in progress x where the power failed.
 */
#ifndef KDP_SIM_COVER_H
#define KDP_SIM_COVER_H

#include <stdbool.h>
#include <stdint.h>

enum sim_fault {
	SIM_FAULT_NONE,		/* everything written survived */
	SIM_FAULT_LOST,
	SIM_FAULT_TORN,
	SIM_FAULT_REORDERED,
	SIM_FAULT_MISDIRECTED,
	SIM_FAULT_CORRUPTED,
	SIM_FAULT_WRITES,	/* a replica's writes fail */
	SIM_FAULT_FLUSH,
	SIM_FAULT_GONE,		/* replicas disappear */
	SIM_FAULT_STALE,	/* a replica comes back, or an old one */
	SIM_FAULT_DAMAGED,	/* one replica; two, three, four follow */
	SIM_FAULT_DAMAGED_4 = SIM_FAULT_DAMAGED + 3,
	SIM_FAULT_SLOT,		/* one superblock slot, of all replicas */
	SIM_FAULT_NO_MEMORY,
	SIM_FAULT_GAP,		/* beyond what is promised */
	SIM_FAULT_RECRASH,	/* power fails in the recovery as well */
	SIM_FAULT_HARMED,	/* damaged while the pool works */
	SIM_FAULT_MOVED,	/* a replica got another extent */
	SIM_FAULT_REFORMAT,	/* the pool is young: another was there before */
	SIM_NR_FAULTS
};

enum sim_op {
	SIM_OP_NONE, SIM_OP_CREATE, SIM_OP_REMOVE, SIM_OP_WRITE,
	SIM_OP_FILL_THICK, SIM_OP_FILL_THIN, SIM_OP_READ, SIM_OP_DISCARD,
	SIM_OP_FLUSH, SIM_OP_COMMIT, SIM_OP_CHECKPOINT, SIM_OP_CLEAN,
	SIM_OP_UPKEEP, SIM_OP_SCRUB, SIM_OP_REPAIR, SIM_OP_SET, SIM_NR_OPS
};

/* The transfer at which the power fails. */
enum sim_position {
	SIM_AT_DATA, SIM_AT_FLUSH, SIM_AT_JOURNAL_FIRST, SIM_AT_JOURNAL_MIDDLE,
	SIM_AT_JOURNAL_LAST, SIM_AT_STREAM, SIM_AT_STREAM_FLUSH, SIM_AT_SUPER,
	SIM_AT_DISCARD,
	SIM_AT_CLOSED,		/* nowhere: all had ended */
	SIM_AT_OPEN, SIM_AT_HEAL, SIM_AT_RECOVERY_SUPER,
	SIM_AT_KILL, SIM_AT_FORMAT_STREAM, SIM_AT_FORMAT_SUPER,
	SIM_NR_POSITIONS
};

#define SIM_NR_RUNNING	((unsigned int)SIM_AT_CLOSED)	/* positions with tasks */

struct sim_cover {
	uint64_t cycles, ops, states, recoveries, seeds;
	uint64_t moves, moves_lost;	/* named in memory; not on the disk */
	uint64_t hit[SIM_NR_FAULTS][SIM_NR_OPS][SIM_NR_POSITIONS];
};

/* Bits of enum sim_fault and enum sim_op. */
void sim_cover_note(struct sim_cover *c, uint32_t faults, uint32_t ops,
		    enum sim_position position);

const char *sim_position_name(enum sim_position position);

/* How often the rarest class was met. */
uint64_t sim_cover_least(const struct sim_cover *c);
/* The line "coverage: ...". */
void sim_cover_line(const struct sim_cover *c);
/* The tables, and what is impossible. */
void sim_cover_print(const struct sim_cover *c);

#endif
