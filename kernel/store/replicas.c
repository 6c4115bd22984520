// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "store/private.h"

u32 kdp_replicas_current(const struct kdp_store *s)
{
	u32 r, n = 0;

	for (r = 0; r < KDP_REPLICAS; r++)
		n += kdp_replica_current(s, r);
	return n;
}

void kdp_replica_lost(struct kdp_store *s, u32 r, u64 block, int error)
{
	if (!kdp_replica_current(s, r))
		return;
	s->super.geometry.replica[r].health = KDP_REPLICA_OUT_OF_DATE;
	s->health_changed = true;
	kdp_health_changed(s);
	kdp_log(warn, s,
		"metadata copy R%u: error %d at block %llu; it is out of date from now on",
		r, error, (unsigned long long)block);
}

void kdp_replica_doubt(struct kdp_store *s, u32 r, u64 block, int error)
{
	if (kdp_replicas_current(s) > KDP_QUORUM)
		kdp_replica_lost(s, r, block, error);
}

void kdp_report_fault(struct kdp_store *s, u32 r, u64 block,
		      enum kdp_fault fault)
{
	struct kdp_replica_report *rep = &s->report.replica[r];

	if (rep->first_fault)
		return;
	rep->first_fault = fault;
	rep->first_bad = block;
}

static void kdp_set_io(struct kdp_io *io, enum kdp_io_op op, u64 block,
		       void *data)
{
	io->op = op;
	io->nr_blocks = 1;
	io->block = block;
	io->data = data;
	io->error = 0;
}

struct kdp_window *kdp_window_new(void)
{
	struct kdp_window *w = kvzalloc(sizeof(*w), GFP_KERNEL);

	if (!w)
		return NULL;
	w->blocks = vzalloc((size_t)KDP_REPLICAS * KDP_WINDOW *
			    KDP_BLOCK_SIZE);
	if (w->blocks)
		return w;
	kvfree(w);
	return NULL;
}

void kdp_window_free(struct kdp_window *w)
{
	if (!w)
		return;
	vfree(w->blocks);
	kvfree(w);
}

u32 kdp_replicas_mask(const struct kdp_store *s)
{
	u32 r, mask = 0;

	for (r = 0; r < KDP_REPLICAS; r++)
		if (kdp_replica_current(s, r))
			mask |= 1u << r;
	return mask;
}

/* Make replica @r's own copy of image @i ready to go. */
static void kdp_window_seal(struct kdp_store *s, struct kdp_window *w,
			    const struct kdp_write *what, u32 r, u32 i,
			    struct kdp_io *io)
{
	void *block = kdp_window_block(w, r, i);
	u64 address;

	if (what->images)
		memcpy(block, what->images + (size_t)i * KDP_BLOCK_SIZE,
		       KDP_BLOCK_SIZE);
	address = what->seal(s, block, r, what->first + i, what->data);
	kdp_set_io(io, what->op, address, block);
}

void kdp_window_write(struct kdp_store *s, struct kdp_window *w,
		      const struct kdp_write *what, struct kdp_losses *lost)
{
	u8 owner[KDP_REPLICAS * KDP_WINDOW];
	u32 r, i, nr = 0;

	for (r = 0; r < KDP_REPLICAS; r++) {
		if (!(what->mask >> r & 1))
			continue;
		for (i = 0; i < what->n; i++) {
			owner[nr] = r;
			kdp_window_seal(s, w, what, r, i, &w->io[nr++]);
		}
	}
	s->ops->submit(s->disk, w->io, nr);
	for (i = 0; i < nr; i++) {
		r = owner[i];
		if (!w->io[i].error || lost->error[r])
			continue;
		lost->error[r] = w->io[i].error;
		lost->block[r] = w->io[i].block;
	}
}

void kdp_replicas_lost(struct kdp_store *s, const struct kdp_losses *lost)
{
	u32 r;

	for (r = 0; r < KDP_REPLICAS; r++)
		if (lost->error[r])
			kdp_replica_lost(s, r, lost->block[r], lost->error[r]);
}

u32 kdp_replicas_write(struct kdp_store *s, const u8 *images, u32 n,
		       enum kdp_io_op op, kdp_seal_fn seal, const void *data)
{
	struct kdp_write what = {
		.op = op, .images = images, .seal = seal, .data = data,
	};

	for (; what.first < n; what.first += what.n) {
		struct kdp_losses lost = { };

		what.mask = kdp_replicas_mask(s);
		what.n = min(n - what.first, KDP_WINDOW);
		kdp_window_write(s, s->window, &what, &lost);
		kdp_replicas_lost(s, &lost);
		if (images)
			what.images += (size_t)what.n * KDP_BLOCK_SIZE;
	}
	return kdp_replicas_current(s);
}

void kdp_replicas_read(struct kdp_store *s, u64 first, u32 n,
		       kdp_address_fn address)
{
	u32 r, i;

	for (r = 0; r < KDP_REPLICAS; r++)
		for (i = 0; i < KDP_WINDOW; i++)
			kdp_set_io(&s->window->io[r * KDP_WINDOW + i],
				   KDP_IO_READ,
				   address(s, r, first + min(i, n - 1)),
				   kdp_io_block(s, r, i));
	s->ops->submit(s->disk, s->window->io, KDP_REPLICAS * KDP_WINDOW);
}

int kdp_write_one(struct kdp_store *s, u64 block, void *data, enum kdp_io_op op)
{
	struct kdp_io io;

	kdp_set_io(&io, op, block, data);
	s->ops->submit(s->disk, &io, 1);
	return io.error;
}

int kdp_read_one(struct kdp_store *s, u64 block, void *data)
{
	struct kdp_io io;

	kdp_set_io(&io, KDP_IO_READ, block, data);
	s->ops->submit(s->disk, &io, 1);
	return io.error;
}
