// SPDX-License-Identifier: GPL-2.0-only
/*
 * The library's check, dump and repair over an image in memory: this file takes the place of
 * userspace/lib/engine/disk.c, which wants a file descriptor.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>

#include "engine/check.h"
#include "engine/dump.h"
#include "engine/repair.h"
#include "fuzz.h"

struct check_disk {
	struct kdpu_disk d;
	struct image *image;
};

static struct image *image_of(void *disk)
{
	return container_of(disk, struct check_disk, d)->image;
}

static void check_submit(void *disk, struct kdp_io *io, u32 nr)
{
	image_ops.submit(image_of(disk), io, nr);
}

static int check_flush(void *disk)
{
	return image_ops.flush(image_of(disk));
}

const struct kdp_disk_ops kdpu_disk_ops = {
	.submit = check_submit,
	.flush = check_flush,
};

int kdpu_disk_read(struct kdpu_disk *d, void *data, uint64_t offset,
		   size_t size)
{
	struct kdp_io io = {
		.op = KDP_IO_READ, .nr_blocks = size / KDP_BLOCK_SIZE,
		.block = offset / KDP_BLOCK_SIZE, .data = data,
	};

	if (offset > d->bytes || size > d->bytes - offset)
		return -ENXIO;
	check_submit(d, &io, 1);
	return io.error;
}

int kdpu_disk_sync(struct kdpu_disk *d)
{
	return check_flush(d);
}

#define DISK(i)	{						\
	.d = { .fd = -1, .bytes = (i)->nr_blocks * KDP_BLOCK_SIZE },	\
	.image = (i),						\
}

/* How deep the objects are nested that a dump has open. */
static void on_open(void *to, const char *key, bool array)
{
	(void)key;
	(void)array;
	++*(int *)to;
}

static void on_close(void *to)
{
	--*(int *)to;
}

static void on_number(void *to, const char *key, uint64_t n)
{
	(void)to;
	(void)key;
	(void)n;
}

static void on_text(void *to, const char *key, const char *text)
{
	(void)to;
	(void)key;
	if (text && strlen(text) > 300)
		abort();
}

static void on_flag(void *to, const char *key, bool value)
{
	(void)to;
	(void)key;
	(void)value;
}

int dump_image(struct image *image)
{
	struct check_disk disk = DISK(image);
	const struct kdpu_dump what = { KDPU_DUMP_ALL, -1 };
	int depth = 0;
	const struct kdpu_emit e = {
		&depth, on_open, on_close, on_number, on_text, on_flag,
	};
	struct kdpu_err err;
	int ret = kdpu_dump_run(&disk.d, &what, &e, &err);

	return ret ? ret : depth;
}

int repair_image(struct image *image, struct image *result, char *why,
		 size_t size)
{
	struct check_disk from = DISK(image), to = DISK(result);
	struct kdpu_repair plan;
	struct kdpu_err err = { };
	int ret = kdpu_repair_plan(&from.d, &plan, &err);

	if (!ret) {
		ret = kdpu_repair_write(&to.d, &plan, &err);
		kdpu_repair_free(&plan);
	}
	snprintf(why, size, "%s", err.what);
	return ret;
}

void check_image(struct image *image, struct check_summary *sum)
{
	struct check_disk disk = DISK(image);
	struct kdpu_check check;
	struct kdpu_err err;
	int ret = kdpu_check_run(&disk.d, &check, &err);

	memset(sum, 0, sizeof(*sum));
	sum->error = ret;
	if (ret)
		return;
	sum->result = check.result == KDPU_CHECK_CLEAN ? CHECK_CLEAN :
		      check.result == KDPU_CHECK_DAMAGED ? CHECK_DAMAGED :
		      CHECK_LOST;
	sum->opened = check.opened;
	sum->nr_faults = check.nr_faults;
	sum->nr_volumes = check.nr_volumes;
	if (check.nr_faults)
		snprintf(sum->first_fault, sizeof(sum->first_fault),
			 "R%u %s block %llu: %s", check.faults[0].replica,
			 check.faults[0].area,
			 (unsigned long long)check.faults[0].block,
			 check.faults[0].fault);
	kdpu_check_free(&check);
}
