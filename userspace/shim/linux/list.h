/* SPDX-License-Identifier: GPL-2.0-only */
/* The part of the kernel's list interface that the engine uses. */
#ifndef KDP_SHIM_LIST_H
#define KDP_SHIM_LIST_H

#include <linux/kernel.h>
#include <linux/types.h>

#define LIST_HEAD_INIT(name)	{ &(name), &(name) }
#define LIST_HEAD(name)		struct list_head name = LIST_HEAD_INIT(name)

static inline void INIT_LIST_HEAD(struct list_head *h)
{
	h->next = h->prev = h;
}

static inline bool list_empty(const struct list_head *h)
{
	return h->next == h;
}

static inline void kdp_shim_link(struct list_head *prev, struct list_head *e,
				 struct list_head *next)
{
	e->prev = prev;
	e->next = next;
	prev->next = e;
	next->prev = e;
}

static inline void list_add(struct list_head *e, struct list_head *h)
{
	kdp_shim_link(h, e, h->next);
}

static inline void list_add_tail(struct list_head *e, struct list_head *h)
{
	kdp_shim_link(h->prev, e, h);
}

static inline void list_del_init(struct list_head *e)
{
	e->prev->next = e->next;
	e->next->prev = e->prev;
	INIT_LIST_HEAD(e);
}

#define list_del(e)	list_del_init(e)

static inline void list_move(struct list_head *n, struct list_head *h)
{
	list_del(n);
	list_add(n, h);
}

static inline void list_move_tail(struct list_head *n, struct list_head *h)
{
	list_del(n);
	list_add_tail(n, h);
}

static inline void list_splice_tail_init(struct list_head *from,
					 struct list_head *to)
{
	if (list_empty(from))
		return;
	from->next->prev = to->prev;
	to->prev->next = from->next;
	from->prev->next = to;
	to->prev = from->prev;
	INIT_LIST_HEAD(from);
}

#define list_splice_init(from, to)	do {				\
	LIST_HEAD(_rest);						\
	list_splice_tail_init(to, &_rest);				\
	list_splice_tail_init(from, to);				\
	list_splice_tail_init(&_rest, to);				\
} while (0)

#define list_entry(p, type, member)	container_of(p, type, member)
#define list_first_entry(h, type, m)	list_entry((h)->next, type, m)
#define list_last_entry(h, type, m)	list_entry((h)->prev, type, m)
#define list_first_entry_or_null(h, type, m) \
	(list_empty(h) ? NULL : list_first_entry(h, type, m))

#define list_for_each_entry(pos, h, m)					\
	for (pos = list_first_entry(h, __typeof__(*pos), m);		\
	     &pos->m != (h);						\
	     pos = list_entry(pos->m.next, __typeof__(*pos), m))

#define list_for_each_entry_safe(pos, n, h, m)				\
	for (pos = list_first_entry(h, __typeof__(*pos), m),		\
	     n = list_entry(pos->m.next, __typeof__(*pos), m);		\
	     &pos->m != (h);						\
	     pos = n, n = list_entry(n->m.next, __typeof__(*n), m))

static inline void INIT_HLIST_HEAD(struct hlist_head *h)
{
	h->first = NULL;
}

static inline void INIT_HLIST_NODE(struct hlist_node *n)
{
	n->next = NULL;
	n->pprev = NULL;
}

static inline void hlist_add_head(struct hlist_node *n, struct hlist_head *h)
{
	n->next = h->first;
	if (n->next)
		n->next->pprev = &n->next;
	h->first = n;
	n->pprev = &h->first;
}

static inline void hlist_del_init(struct hlist_node *n)
{
	if (!n->pprev)
		return;
	*n->pprev = n->next;
	if (n->next)
		n->next->pprev = n->pprev;
	INIT_HLIST_NODE(n);
}

#define KDP_SHIM_HENTRY(p, type, m) \
	({ struct hlist_node *_p = (p); _p ? container_of(_p, type, m) : NULL; })

#define hlist_for_each_entry(pos, h, m)					\
	for (pos = KDP_SHIM_HENTRY((h)->first, __typeof__(*pos), m);	\
	     pos;							\
	     pos = KDP_SHIM_HENTRY(pos->m.next, __typeof__(*pos), m))

#endif
