// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every way to choose what survives, modulo permutation of the replicas.
 *
 * Recovery takes any valid copy, so replicas that were alike before, and have
 * the same blocks pending, are interchangeable: not which of them has what
 * matters, only how many have each pattern of blocks.  For a class of n such
 * replicas with M patterns these are the multisets of n out of M.  They are all
 * tried where there are at most X_COMPLETE, which five replicas with up to four
 * blocks each make (15504).  More blocks are only made by a checkpoint's stream,
 * and no superblock names them before they are flushed.  Of those the patterns
 * are: none, all, each block missing, each block alone, each prefix; of these
 * again all multisets.  When that happens in a recovery, where replicas are of
 * several classes, there are only four: none, all, the first missing, the last.
 *
 * Blocks of data are chosen freely.
 */
#include <stdlib.h>
#include <string.h>

#include "exhaust.h"

#define ALWAYS_COMPLETE	2u	/* blocks for each replica */

static bool same_units(const struct x_choice *c, const struct x_class *a,
		       u32 i, const u16 *units, u32 nr)
{
	const struct x_unit *ua, *ub;
	u32 k;

	if (a->nr_units != nr)
		return false;
	for (k = 0; k < nr; k++) {
		ua = &c->pending->unit[a->unit[i][k]];
		ub = &c->pending->unit[units[k]];
		if (ua->role != ub->role || ua->nr != ub->nr)
			return false;
	}
	return true;
}

static void classify(struct x_choice *c, u32 r, const u8 *alike)
{
	const struct x_pending *p = c->pending;
	u16 units[X_UNITS / KDP_REPLICAS + 1];
	struct x_class *class = c->class;
	u32 i, nr = 0, first;

	for (i = 0; i < p->nr; i++) {
		if (p->unit[i].replica != r)
			continue;
		if (nr == ARRAY_SIZE(units))
			abort();
		units[nr++] = i;
	}
	for (; class < c->class + c->nr_classes; class++) {
		first = class->replica[0];
		if (alike[first] == alike[r] &&
		    p->durable[first] == p->durable[r] &&
		    same_units(c, class, 0, units, nr))
			break;
	}
	if (class == c->class + c->nr_classes) {
		memset(class, 0, sizeof(*class));
		class->nr_units = nr;
		c->nr_classes++;
	}
	memcpy(class->unit[class->n], units, nr * sizeof(*units));
	class->replica[class->n++] = r;
}

static const struct x_unit *class_unit(const struct x_choice *c,
				       const struct x_class *class, u32 k)
{
	return &c->pending->unit[class->unit[0][k]];
}

/* Multisets of @n out of @m, or too many. */
static u64 nr_multisets(u64 m, u32 n)
{
	u64 ways = 1;
	u32 i;

	for (i = 0; i < n && ways <= X_COMPLETE; i++)
		ways = ways * (m + i) / (i + 1);
	return ways;
}

static void all_patterns(struct x_choice *c, struct x_class *class)
{
	u32 i, k, rest, radix;

	for (i = 0; i < class->nr_patterns; i++)
		for (k = 0, rest = i; k < class->nr_units; k++) {
			radix = 1 + class_unit(c, class, k)->nr;
			class->pattern[i][k] = rest % radix;
			rest /= radix;
		}
}

/* Blocks [from, to) in their newest version, the others lost. */
static void add_range(struct x_choice *c, struct x_class *class, u32 from,
		      u32 to, bool invert)
{
	u8 *pattern;
	u32 i, k;

	if (class->nr_patterns >= X_PATTERNS)
		abort();
	pattern = class->pattern[class->nr_patterns];
	for (k = 0; k < class->nr_units; k++)
		pattern[k] = (k >= from && k < to) != invert ?
			     class_unit(c, class, k)->nr : 0;
	for (i = 0; i < class->nr_patterns; i++)
		if (!memcmp(class->pattern[i], pattern, class->nr_units))
			return;
	class->nr_patterns++;
}

static void some_patterns(struct x_choice *c, struct x_class *class, bool few)
{
	u32 k, n = class->nr_units;

	class->nr_patterns = 0;
	add_range(c, class, 0, 0, false);
	if (few) {
		add_range(c, class, 0, 0, true);
		add_range(c, class, 0, 1, true);
		add_range(c, class, n - 1, n, true);
		return;
	}
	for (k = 0; k < n; k++) {
		add_range(c, class, k, k + 1, false);
		add_range(c, class, k, k + 1, true);
		add_range(c, class, 0, k + 1, false);
	}
}

/* Patterns of a class if all are tried; X_PATTERNS + 1: too many. */
static u32 nr_patterns(const struct x_choice *c, const struct x_class *class)
{
	u32 m = 1, k;

	for (k = 0; k < class->nr_units && m <= X_PATTERNS; k++)
		m *= 1 + class_unit(c, class, k)->nr;
	return min(m, X_PATTERNS + 1);
}

/* Can all multisets of all classes be tried, in all combinations? */
static bool few_enough(const struct x_choice *c)
{
	const struct x_class *class;
	u64 ways = 1;
	u32 m;

	for (class = c->class; class < c->class + c->nr_classes; class++) {
		m = nr_patterns(c, class);
		ways *= nr_multisets(m, class->n);
		if (m > X_PATTERNS || ways > X_COMPLETE)
			return false;
	}
	return true;
}

void x_choice_begin(struct x_choice *c, const struct x_pending *p,
		    const u8 *alike, bool few)
{
	struct x_class *class;
	u32 i;

	c->pending = p;
	c->nr_classes = 0;
	memset(c->data, 0, sizeof(c->data));
	for (i = 0; i < KDP_REPLICAS; i++)
		classify(c, i, alike);
	c->complete = few_enough(c);
	for (class = c->class; class < c->class + c->nr_classes; class++) {
		class->nr_patterns = nr_patterns(c, class);
		if (c->complete || class->nr_units <= ALWAYS_COMPLETE)
			all_patterns(c, class);
		else
			some_patterns(c, class, few);
	}
}

/* The next multiset, as a sequence that does not rise. */
static bool next_multiset(struct x_class *class)
{
	u32 i, limit;

	for (i = class->n; i-- > 0;) {
		limit = i ? class->chosen[i - 1] : class->nr_patterns - 1;
		if (class->chosen[i] < limit) {
			class->chosen[i]++;
			return true;
		}
		class->chosen[i] = 0;
	}
	return false;
}

bool x_choice_next(struct x_choice *c)
{
	const struct x_unit *u;
	u32 i;

	for (i = 0; i < c->nr_classes; i++)
		if (next_multiset(&c->class[i]))
			return true;
	for (i = 0; i < c->pending->nr; i++) {
		u = &c->pending->unit[i];
		if (u->replica != X_DATA)
			continue;
		if (c->data[i] < u->nr) {
			c->data[i]++;
			return true;
		}
		c->data[i] = 0;
	}
	return false;
}

void x_choice_versions(const struct x_choice *c, u8 *version)
{
	const struct x_class *class;
	u32 i, k;

	for (i = 0; i < c->pending->nr; i++)
		version[i] = c->data[i];
	for (class = c->class; class < c->class + c->nr_classes; class++)
		for (i = 0; i < class->n; i++)
			for (k = 0; k < class->nr_units; k++)
				version[class->unit[i][k]] =
					class->pattern[class->chosen[i]][k];
}

void x_choice_alike(const struct x_choice *c, u8 *alike)
{
	const struct x_class *class;
	u32 i, k;

	for (class = c->class; class < c->class + c->nr_classes; class++)
		for (i = 0; i < class->n; i++) {
			for (k = 0; class->chosen[k] != class->chosen[i];)
				k++;
			alike[class->replica[i]] = class->replica[k];
		}
}
