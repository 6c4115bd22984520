// SPDX-License-Identifier: GPL-2.0-only
/*
 * Recovery is a function of the blocks that it reads, and which block it reads
 * next is a function of those that it has read.  So all that is known of it is
 * a tree: a node says which block is read, its branches what was found there.
 * Whoever comes to a leaf need not recover: the outcome is known.  Images that
 * differ only in blocks that recovery does not look at meet in the same leaf.
 */
#include <stdlib.h>
#include <string.h>

#include "exhaust.h"

#define LEAF		0xffffffffu
#define FIRST_SIZE	(1u << 12)

struct node {
	u32 block;		/* to be read here, or LEAF */
	u32 outcome;		/* of a leaf */
	u32 content, to;	/* the first branch; to 0: none */
};

struct branch {
	u32 from;		/* node + 1; 0: free */
	u32 content;
	u32 to;
};

struct x_tree {
	struct node *node;
	u32 nr, max;
	struct branch *branch;	/* open addressing */
	u32 size;
};

u32 x_leaf;

/* Outcomes are few; they are never forgotten. */
static struct x_outcome **outcomes;
static u32 nr_outcomes, max_outcomes;

static u32 outcome_number(const struct x_outcome *out)
{
	u32 i;

	for (i = nr_outcomes; i-- > 0;)
		if (!memcmp(outcomes[i], out, sizeof(*out)))
			return i;
	if (nr_outcomes == max_outcomes) {
		max_outcomes = max_outcomes ? max_outcomes * 2 : 1024;
		outcomes = x_must(realloc(outcomes, max_outcomes *
					  sizeof(*outcomes)));
	}
	outcomes[nr_outcomes] = x_must(malloc(sizeof(*out)));
	/* with its padding, which is compared too */
	memcpy(outcomes[nr_outcomes], out, sizeof(*out));
	return nr_outcomes++;
}

struct x_tree *x_tree_new(void)
{
	struct x_tree *t = x_must(calloc(1, sizeof(*t)));

	t->max = FIRST_SIZE;
	t->size = 2 * FIRST_SIZE;
	t->node = x_must(calloc(t->max, sizeof(*t->node)));
	t->branch = x_must(calloc(t->size, sizeof(*t->branch)));
	return t;
}

void x_tree_clear(struct x_tree *t)
{
	t->nr = 0;
	memset(t->branch, 0, t->size * sizeof(*t->branch));
}

u32 x_tree_size(const struct x_tree *t)
{
	return t->nr;
}

/* Where the branch is, or where it would be put. */
static struct branch *branch_at(const struct x_tree *t, u32 from, u32 content)
{
	u64 h = kdp_mix64((u64)from << 32 | content);
	u32 i = h & (t->size - 1);

	while (t->branch[i].from && (t->branch[i].from != from + 1 ||
				     t->branch[i].content != content))
		i = (i + 1) & (t->size - 1);
	return &t->branch[i];
}

/* Where to go from node @at; 0: not known.  Most nodes have one branch. */
static u32 follow(const struct x_tree *t, u32 at, u32 content)
{
	const struct node *n = &t->node[at];

	if (n->to && n->content == content)
		return n->to;
	return n->to ? branch_at(t, at, content)->to : 0;
}

/* There is no such branch yet. */
static void add_branch(struct x_tree *t, u32 at, u32 content, u32 to)
{
	struct node *n = &t->node[at];

	if (n->to) {
		*branch_at(t, at, content) =
			(struct branch){ at + 1, content, to };
		return;
	}
	n->content = content;
	n->to = to;
}

const struct x_outcome *x_tree_find(struct x_tree *t, const struct x_disk *d)
{
	u32 at = 0;

	if (!t->nr)
		return NULL;
	while (t->node[at].block != LEAF) {
		at = follow(t, at, x_disk_get(d, t->node[at].block));
		if (!at)
			return NULL;
	}
	x_leaf = at;
	return outcomes[t->node[at].outcome];
}

static void grow(struct x_tree *t)
{
	struct branch *old = t->branch;
	u32 i, size = t->size;

	t->max *= 2;
	t->node = x_must(realloc(t->node, t->max * sizeof(*t->node)));
	t->size *= 2;
	t->branch = x_must(calloc(t->size, sizeof(*t->branch)));
	for (i = 0; i < size; i++)
		if (old[i].from)
			*branch_at(t, old[i].from - 1, old[i].content) = old[i];
	free(old);
}

static u32 node_new(struct x_tree *t, u32 block)
{
	if (t->nr == t->max)
		grow(t);
	t->node[t->nr] = (struct node){ .block = block };
	return t->nr++;
}

const struct x_outcome *x_tree_add(struct x_tree *t,
				   const struct x_trace *trace,
				   const struct x_outcome *out)
{
	u32 i, at = 0, next;

	if (!t->nr)
		node_new(t, trace->nr ? trace->block[0] : LEAF);
	for (i = 0; i < trace->nr; i++) {
		/* anything else would not be a function of what was read */
		if (t->node[at].block != trace->block[i])
			abort();
		next = follow(t, at, trace->content[i]);
		if (!next) {
			next = node_new(t, i + 1 < trace->nr ?
					   trace->block[i + 1] : LEAF);
			add_branch(t, at, trace->content[i], next);
		}
		at = next;
	}
	if (t->node[at].block != LEAF)
		abort();
	t->node[at].outcome = outcome_number(out);
	x_leaf = at;
	return outcomes[t->node[at].outcome];
}
