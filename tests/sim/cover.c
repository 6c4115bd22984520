// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include <linux/kernel.h>

#include "cover.h"

static const char *const fault_names[SIM_NR_FAULTS] = {
	[SIM_FAULT_NONE] = "none", [SIM_FAULT_LOST] = "lost",
	[SIM_FAULT_TORN] = "torn", [SIM_FAULT_REORDERED] = "reordered",
	[SIM_FAULT_MISDIRECTED] = "misdirected",
	[SIM_FAULT_CORRUPTED] = "corrupted", [SIM_FAULT_WRITES] = "I/O error",
	[SIM_FAULT_FLUSH] = "failed flush", [SIM_FAULT_GONE] = "disappears",
	[SIM_FAULT_STALE] = "stale", [SIM_FAULT_DAMAGED] = "1 damaged",
	[SIM_FAULT_DAMAGED + 1] = "2 damaged",
	[SIM_FAULT_DAMAGED + 2] = "3 damaged",
	[SIM_FAULT_DAMAGED_4] = "4 damaged",
	[SIM_FAULT_SLOT] = "super slot", [SIM_FAULT_NO_MEMORY] = "no memory",
	[SIM_FAULT_GAP] = "commit gone",
	[SIM_FAULT_RECRASH] = "crash again",
	[SIM_FAULT_HARMED] = "harmed", [SIM_FAULT_MOVED] = "moved",
	[SIM_FAULT_REFORMAT] = "reformatted",
};

static const char *const op_names[SIM_NR_OPS] = {
	[SIM_OP_NONE] = "nothing", [SIM_OP_CREATE] = "create",
	[SIM_OP_REMOVE] = "remove", [SIM_OP_WRITE] = "write",
	[SIM_OP_FILL_THICK] = "first write", [SIM_OP_FILL_THIN] = "thin write",
	[SIM_OP_READ] = "read", [SIM_OP_DISCARD] = "discard",
	[SIM_OP_FLUSH] = "flush", [SIM_OP_COMMIT] = "commit",
	[SIM_OP_CHECKPOINT] = "checkpoint", [SIM_OP_CLEAN] = "clean",
	[SIM_OP_UPKEEP] = "upkeep", [SIM_OP_SCRUB] = "scrub",
	[SIM_OP_REPAIR] = "repair", [SIM_OP_SET] = "set",
};

/* Four letters head a column of the tables. */
static const struct {
	const char *name, *column;
} positions[SIM_NR_POSITIONS] = {
	[SIM_AT_DATA] = { "data", "data" },
	[SIM_AT_FLUSH] = { "data flush", "flsh" },
	[SIM_AT_JOURNAL_FIRST] = { "journal, first copy", "jrn1" },
	[SIM_AT_JOURNAL_MIDDLE] = { "journal, a middle copy", "jrnm" },
	[SIM_AT_JOURNAL_LAST] = { "journal, last copy", "jrnl" },
	[SIM_AT_STREAM] = { "checkpoint stream", "ckpt" },
	[SIM_AT_STREAM_FLUSH] = { "checkpoint flush", "ckfl" },
	[SIM_AT_SUPER] = { "superblock", "supr" },
	[SIM_AT_DISCARD] = { "discard", "disc" },
	[SIM_AT_CLOSED] = { "nowhere, closed", "none" },
	[SIM_AT_OPEN] = { "recovery, reading", "rcrd" },
	[SIM_AT_HEAL] = { "recovery, healing", "rchl" },
	[SIM_AT_RECOVERY_SUPER] = { "recovery, superblock", "rcsu" },
	[SIM_AT_KILL] = { "format, killing", "fkil" },
	[SIM_AT_FORMAT_STREAM] = { "format, stream", "fstr" },
	[SIM_AT_FORMAT_SUPER] = { "format, superblock", "fsup" },
};

#define F(x)	(1u << SIM_FAULT_##x)
#define O(x)	(1u << SIM_OP_##x)
#define AT(x)	(1u << SIM_AT_##x)
#define ALL	(~0u)
#define AT_RUNNING	(AT(CLOSED) - 1)
#define AT_RECOVERY	(AT(OPEN) | AT(HEAL) | AT(RECOVERY_SUPER))
#define AT_FORMAT	(AT(KILL) | AT(FORMAT_STREAM) | AT(FORMAT_SUPER))

/* Combinations that there are not. */
static const struct impossible {
	uint32_t faults, ops, positions;
	const char *why;
} impossible[] = {
	{ ALL, ~O(NONE), ~AT_RUNNING,
	  "tasks run neither then nor in recoveries and formatting" },
	{ ALL, O(NONE), AT_RUNNING,
	  "the transfer belongs to somebody who does something" },
	{ ~(F(NONE) | F(LOST) | F(TORN) | F(REORDERED) | F(REFORMAT)), ALL,
	  AT_FORMAT,
	  "a format starts from a recovered pool, whose faults are over" },
};

static bool is_impossible(unsigned int f, unsigned int op, unsigned int at)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(impossible); i++)
		if (impossible[i].faults >> f & 1 &&
		    impossible[i].ops >> op & 1 &&
		    impossible[i].positions >> at & 1)
			return true;
	return false;
}

void sim_cover_note(struct sim_cover *c, uint32_t faults, uint32_t ops,
		    enum sim_position position)
{
	unsigned int f, op;

	/* crashing again and formatting do no harm to what is there */
	if (!(faults & ~(F(RECRASH) | F(REFORMAT))))
		faults |= F(NONE);
	for (f = 0; f < SIM_NR_FAULTS; f++)
		for (op = 0; op < SIM_NR_OPS; op++)
			c->hit[f][op][position] += (faults >> f) & (ops >> op) & 1;
}

const char *sim_position_name(enum sim_position position)
{
	return positions[position].name;
}

struct rarest {
	unsigned int f, op, at, nr_classes;
	uint64_t hits;
};

static void look_at(const struct sim_cover *c, unsigned int f, unsigned int op,
		    unsigned int at, struct rarest *r)
{
	if (is_impossible(f, op, at))
		return;
	if (!r->nr_classes++ || c->hit[f][op][at] < r->hits) {
		r->f = f;
		r->op = op;
		r->at = at;
		r->hits = c->hit[f][op][at];
	}
}

static struct rarest find_rarest(const struct sim_cover *c)
{
	struct rarest r = { 0 };
	unsigned int f, op, at;

	for (f = 0; f < SIM_NR_FAULTS; f++)
		for (op = 0; op < SIM_NR_OPS; op++)
			for (at = 0; at < SIM_NR_POSITIONS; at++)
				look_at(c, f, op, at, &r);
	return r;
}

uint64_t sim_cover_least(const struct sim_cover *c)
{
	return find_rarest(c).hits;
}

void sim_cover_line(const struct sim_cover *c)
{
	struct rarest r = find_rarest(c);

	printf("coverage: %u classes, least %llu hits (%s x %s x %s)\n",
	       r.nr_classes, (unsigned long long)r.hits, fault_names[r.f],
	       op_names[r.op], positions[r.at].name);
}

/* A number in four columns. */
static void print_cell(uint64_t n, bool none)
{
	if (none)
		printf("    -");
	else if (n < 10000)
		printf(" %4llu", (unsigned long long)n);
	else if (n < 1000000)
		printf(" %3lluk", (unsigned long long)n / 1000);
	else
		printf(" %3lluM", (unsigned long long)n / 1000000);
}

/* The rarest class of a fault (or of an operation) at a position. */
static void print_rarest(const struct sim_cover *c, bool by_fault,
			 unsigned int row, unsigned int at)
{
	unsigned int i, end = by_fault ? SIM_NR_OPS : SIM_NR_FAULTS;
	uint64_t least = ~0ull, n;
	bool none = true;

	for (i = 0; i < end; i++) {
		unsigned int f = by_fault ? row : i, op = by_fault ? i : row;

		if (is_impossible(f, op, at))
			continue;
		none = false;
		n = c->hit[f][op][at];
		least = n < least ? n : least;
	}
	print_cell(least, none);
}

static void print_table(const struct sim_cover *c, bool by_fault,
			unsigned int from, unsigned int to)
{
	unsigned int row, at, rows = by_fault ? SIM_NR_FAULTS : SIM_NR_OPS;

	printf("# %-12s", by_fault ? "fault" : "in progress");
	for (at = from; at < to; at++)
		printf(" %4s", positions[at].column);
	printf("\n");
	for (row = 0; row < rows; row++) {
		printf("# %-12s", (by_fault ? fault_names : op_names)[row]);
		for (at = from; at < to; at++)
			print_rarest(c, by_fault, row, at);
		printf("\n");
	}
	printf("#\n");
}

void sim_cover_print(const struct sim_cover *c)
{
	unsigned int i;

	printf("# fault x where the power failed: the rarest of all operations in progress\n");
	print_table(c, true, 0, SIM_AT_OPEN);
	print_table(c, true, SIM_AT_OPEN, SIM_NR_POSITIONS);
	printf("# operation in progress x where: the rarest of all faults\n");
	print_table(c, false, 0, SIM_AT_CLOSED);
	for (i = 0; i < SIM_NR_POSITIONS; i++)
		printf("# %s: %s\n", positions[i].column, positions[i].name);
	printf("#\n# Not counted:\n");
	for (i = 0; i < ARRAY_SIZE(impossible); i++)
		printf("# - %s\n", impossible[i].why);
}
