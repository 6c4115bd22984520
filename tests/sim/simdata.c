// SPDX-License-Identifier: GPL-2.0-only
/* Data on the simulated disk: tags, and waiting for those who move them. */
#include "simdisk-inside.h"

struct drain {
	const struct simdisk *d;
	uint64_t before;
};

static bool is_drained(void *arg)
{
	const struct drain *w = arg;
	unsigned int i;

	for (i = 0; i < w->d->nr_io; i++)
		if (w->d->io[i] < w->before)
			return false;
	return true;
}

void simdisk_drain(void *disk)
{
	struct simdisk *d = disk;
	struct drain w = { .d = d, .before = d->next_io };

	if (sched_in_task(d->sched))
		sched_wait(d->sched, is_drained, &w);
	else if (!is_drained(&w))
		abort();
}

uint64_t simdisk_io_begin(struct simdisk *d)
{
	if (d->nr_io == MAX_DATA_IO)
		abort();
	d->io[d->nr_io++] = d->next_io;
	return d->next_io++;
}

void simdisk_io_end(struct simdisk *d, uint64_t io)
{
	unsigned int i = 0;

	while (d->io[i] != io)
		if (++i == d->nr_io)
			abort();
	d->io[i] = d->io[--d->nr_io];
}

static int data_io(struct simdisk *d, struct transfer t, const uint64_t *from,
		   uint64_t *into, unsigned int nr, unsigned int mask)
{
	unsigned int i, left = 0;
	int error[8] = { 0 }, err = 0;

	for (i = 0; i < nr; i++)
		left += mask >> i & 1;
	t.left = &left;
	t.total = left;
	for (i = 0; i < nr; i++, t.block++) {
		if (!(mask >> i & 1))
			continue;
		t.error = &error[i];
		if (from)
			t.cell.tag = from[i];
		else
			t.tag = &into[i];
		transfer_start(d, t);
	}
	transfer_finish(d, &left);
	for (i = 0; i < nr; i++)
		if (error[i])
			err = error[i];
	return err;
}

int simdisk_write_tags(struct simdisk *d, uint64_t block, const uint64_t *tags,
		       unsigned int nr, unsigned int mask)
{
	struct transfer t = { .type = TRANSFER_WRITE, .block = block };

	return data_io(d, t, tags, NULL, nr, mask);
}

int simdisk_read_tags(struct simdisk *d, uint64_t block, uint64_t *tags,
		      unsigned int nr)
{
	struct transfer t = { .type = TRANSFER_READ, .block = block };

	return data_io(d, t, NULL, tags, nr, ~0u);
}

uint64_t simdisk_tag(const struct simdisk *d, uint64_t block)
{
	/* metadata where data should be: somebody else's for certain */
	return d->now[block].page ? ~0ull : d->now[block].tag;
}
