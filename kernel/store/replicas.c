// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

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
	kdp_log(warn, s,
		"metadata copy R%u: error %d at block %llu; it is out of date from now on",
		r, error, (unsigned long long)block);
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

static void kdp_window_write(struct kdp_store *s, const u8 *images, u32 first,
			     u32 n, enum kdp_io_op op, kdp_seal_fn seal,
			     const void *data)
{
	u8 owner[KDP_REPLICAS * KDP_WINDOW];
	u32 r, i, nr = 0;

	for (r = 0; r < KDP_REPLICAS; r++) {
		if (!kdp_replica_current(s, r))
			continue;
		for (i = 0; i < n; i++) {
			void *block = kdp_io_block(s, r, i);
			u64 address;

			if (images)
				memcpy(block,
				       images + (size_t)i * KDP_BLOCK_SIZE,
				       KDP_BLOCK_SIZE);
			address = seal(s, block, r, first + i, data);
			owner[nr] = r;
			kdp_set_io(&s->io[nr++], op, address, block);
		}
	}
	s->ops->submit(s->disk, s->io, nr);
	for (i = 0; i < nr; i++)
		if (s->io[i].error)
			kdp_replica_lost(s, owner[i], s->io[i].block,
					 s->io[i].error);
}

u32 kdp_replicas_write(struct kdp_store *s, const u8 *images, u32 n,
		       enum kdp_io_op op, kdp_seal_fn seal, const void *data)
{
	u32 done, part;

	for (done = 0; done < n; done += part) {
		part = min(n - done, KDP_WINDOW);
		kdp_window_write(s, images, done, part, op, seal, data);
		if (images)
			images += (size_t)part * KDP_BLOCK_SIZE;
	}
	return kdp_replicas_current(s);
}

void kdp_replicas_read(struct kdp_store *s, u64 first, u32 n,
		       kdp_address_fn address)
{
	u32 r, i;

	for (r = 0; r < KDP_REPLICAS; r++)
		for (i = 0; i < KDP_WINDOW; i++)
			kdp_set_io(&s->io[r * KDP_WINDOW + i], KDP_IO_READ,
				   address(s, r, first + min(i, n - 1)),
				   kdp_io_block(s, r, i));
	s->ops->submit(s->disk, s->io, KDP_REPLICAS * KDP_WINDOW);
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
