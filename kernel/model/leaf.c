// SPDX-License-Identifier: GPL-2.0-only
#include <linux/slab.h>
#include <linux/string.h>

#include "model/leaf.h"

void kdp_leaves_init(struct kdp_leaves *p)
{
	memset(p, 0, sizeof(*p));
}

void kdp_leaves_destroy(struct kdp_leaves *p)
{
	struct kdp_leaf *leaf;

	while ((leaf = p->reserve)) {
		p->reserve = leaf->next;
		kfree(leaf);
	}
	p->nr_reserve = 0;
}

struct kdp_leaf *kdp_leaf_new(struct kdp_leaves *p)
{
	struct kdp_leaf *leaf;

	leaf = kmalloc(sizeof(*leaf), GFP_NOIO | __GFP_NOWARN);
	if (!leaf && p && p->reserve) {
		leaf = p->reserve;
		p->reserve = leaf->next;
		WRITE_ONCE(p->nr_reserve, p->nr_reserve - 1);
	}
	if (leaf)
		leaf->refs = 1;
	return leaf;
}

void kdp_leaf_put(struct kdp_leaf *leaf)
{
	if (!--leaf->refs)
		kfree_rcu(leaf, rcu);
}

struct kdp_leaf *kdp_leaf_spare(void)
{
	return kmalloc(sizeof(struct kdp_leaf), GFP_NOIO | __GFP_NOWARN);
}

void kdp_leaves_add(struct kdp_leaves *p, struct kdp_leaf *leaf)
{
	leaf->next = p->reserve;
	p->reserve = leaf;
	WRITE_ONCE(p->nr_reserve, p->nr_reserve + 1);
}
