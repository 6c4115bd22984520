// SPDX-License-Identifier: GPL-2.0-only
/*
 * What may or may not survive: writes that completed but were neither flushed
 * nor FUA, those in flight, and discards.  A discard promises nothing, so a
 * flush does not settle it: until the block is written again it may hold zeros
 * or what it held.
 */
#include <stdlib.h>
#include <string.h>

#include "exhaust.h"

static struct x_unit *find_unit(struct x_pending *p, u32 block)
{
	u32 i;

	for (i = 0; i < p->nr; i++)
		if (p->unit[i].block == block)
			return &p->unit[i];
	return NULL;
}

static struct x_unit *new_unit(struct x_pending *p, const struct x_disk *d,
			       u32 block)
{
	struct x_unit *u;

	if (p->nr == X_UNITS)
		abort();
	u = &p->unit[p->nr++];
	memset(u, 0, sizeof(*u));
	u->block = block;
	u->replica = d->owner[block];
	if (u->replica != X_DATA)
		u->role = x_role(&x_geometry, u->replica, block);
	return u;
}

/* The block's newest content, certain or not. */
static u32 newest(const struct x_unit *u, const struct x_disk *d, u32 block)
{
	return u && u->nr ? u->content[u->nr - 1] : d->cell[block];
}

static void add_version(struct x_pending *p, const struct x_disk *d, u32 block,
			u32 content, bool discard)
{
	struct x_unit *u = find_unit(p, block);

	if (newest(u, d, block) == content) {
		/* the same again, but now for certain after a flush */
		if (u && !discard)
			u->discard[u->nr - 1] = false;
		return;
	}
	if (!u)
		u = new_unit(p, d, block);
	if (u->nr == X_VERSIONS)
		abort();
	u->discard[u->nr] = discard;
	u->content[u->nr++] = content;
}

void x_pending_add(struct x_pending *p, const struct x_disk *d,
		   const struct x_entry *e)
{
	u32 i;

	if (e->kind == X_WRITE || e->kind == X_FUA)
		add_version(p, d, e->block, e->content, false);
	if (e->kind == X_DISCARD)
		for (i = 0; i < e->count; i++)
			add_version(p, d, e->block + i, 0, true);
}

static void settled(struct x_pending *p, struct x_disk *d, u32 block,
		    u32 content)
{
	u32 r = d->owner[block];

	x_disk_set(d, block, content);
	if (r != X_DATA)
		p->durable[r] = kdp_mix64(p->durable[r] ^
					  x_role(&x_geometry, r, block));
}

/* The newest write is certain, what was before it is moot. */
static void flush_unit(struct x_pending *p, struct x_disk *d, struct x_unit *u)
{
	u32 i, n = 0, last = u->nr;

	while (last && u->discard[last - 1])
		last--;
	if (!last)
		return;
	settled(p, d, u->block, u->content[last - 1]);
	for (i = last; i < u->nr; i++) {
		u->discard[n] = true;
		u->content[n++] = u->content[i];
	}
	u->nr = n;
}

static void drop_empty(struct x_pending *p)
{
	u32 i, n = 0;

	for (i = 0; i < p->nr; i++)
		if (p->unit[i].nr)
			p->unit[n++] = p->unit[i];
	p->nr = n;
}

void x_pending_complete(struct x_pending *p, struct x_disk *d,
			const struct x_entry *e)
{
	struct x_unit *u;
	u32 i;

	switch (e->kind) {
	case X_FUA:
		u = find_unit(p, e->block);
		if (u)
			u->nr = 0;
		settled(p, d, e->block, e->content);
		break;
	case X_FLUSH:
		for (i = 0; i < p->nr; i++)
			flush_unit(p, d, &p->unit[i]);
		break;
	default:
		x_pending_add(p, d, e);
	}
	drop_empty(p);
}

u64 x_pending_hash(const struct x_pending *p)
{
	const struct x_unit *u;
	u64 h = 0, one;
	u32 i, k;

	for (i = 0; i < p->nr; i++) {
		u = &p->unit[i];
		one = u->block;
		for (k = 0; k < u->nr; k++)
			one = kdp_mix64(one << 1 ^ u->content[k] ^
					(u64)u->discard[k] << 63);
		h += kdp_mix64(one);
	}
	return h;
}
