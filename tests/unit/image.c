// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "image.h"
#include "lib/engine/format.h"
#include "lib/io.h"

#define MUST(x)	do { if (!(x)) { perror(#x); abort(); } } while (0)

static void execute(struct kdp_store *s, const char *text)
{
	char copy[120], why[KDP_REASON_SIZE];
	struct kdp_op op;

	snprintf(copy, sizeof(copy), "%s", text);
	MUST(!kdp_op_parse(copy, &op, why));
	MUST(!kdp_store_execute(s, &op, 1, why));
}

static struct kdp_store *open_store(struct kdpu_disk *d)
{
	struct kdp_store *s = kdp_store_new(&kdpu_disk_ops, d,
					    d->bytes >> KDP_BLOCK_SHIFT);

	MUST(s);
	if (!kdp_store_open(s))
		return s;
	kdp_store_free(s);
	return NULL;
}

static void work(struct kdpu_disk *d)
{
	struct kdp_activation who = { .nonce = 0x1234567, .now = 1700000000 };
	struct kdp_store *s = open_store(d);
	struct kdp_volume *v;

	MUST(s);
	MUST(!kdp_store_activate(s, &who));
	execute(s, "create gone 1M");
	MUST(!kdp_store_volume_get(s, "one", &v));
	MUST(!kdp_store_written(s, v, 3, 2));
	kdp_store_volume_put(s, v);
	MUST(!kdp_store_commit(s, NULL));
	execute(s, "create late 2M thin uid=7 session=s1 tag=t");
	execute(s, "remove gone");
	kdp_store_free(s);
}

void image_make(const char *path)
{
	static struct kdpu_volspec v[] = {
		{ .name = "one", .bytes = 8 << 20 },
		{ .name = "thin", .bytes = 1 << 20, .thin = true },
	};
	struct kdpu_volspecs volumes = { v, 2 };
	struct kdpu_format f = { .name = "unit", .serial = "",
				 .volumes = &volumes };
	struct kdpu_err err;
	struct kdpu_disk d;
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);

	MUST(fd >= 0 && !ftruncate(fd, IMAGE_BYTES));
	close(fd);
	MUST(!kdpu_disk_open_excl(&d, path, &err));
	MUST(!kdpu_format(&d, &f, &err));
	work(&d);
	kdpu_disk_close(&d);
}

void image_checkpoint(const char *path)
{
	struct kdp_activation who = { .nonce = 0x89abcd, .now = 1700000001 };
	struct kdp_store *s;
	struct kdpu_err err;
	struct kdpu_disk d;

	MUST(!kdpu_disk_open_excl(&d, path, &err));
	s = open_store(&d);
	MUST(s && !kdp_store_activate(s, &who) && !kdp_store_checkpoint(s));
	kdp_store_free(s);
	kdpu_disk_close(&d);
}

void image_more(const char *path)
{
	struct kdp_activation who = { .nonce = 0xfedcba, .now = 1700000002 };
	struct kdp_store *s;
	struct kdpu_err err;
	struct kdpu_disk d;

	MUST(!kdpu_disk_open_excl(&d, path, &err));
	s = open_store(&d);
	MUST(s && !kdp_store_activate(s, &who));
	execute(s, "create more 1M");
	MUST(!kdp_store_checkpoint(s));
	execute(s, "create last 1M");
	execute(s, "remove late");
	kdp_store_free(s);
	kdpu_disk_close(&d);
}

void image_info(const char *path, struct kdp_store_info *info)
{
	struct kdp_store *s;
	struct kdpu_err err;
	struct kdpu_disk d;

	MUST(!kdpu_disk_open(&d, path, &err));
	s = open_store(&d);
	MUST(s);
	kdp_store_info(s, info);
	kdp_store_free(s);
	kdpu_disk_close(&d);
}

size_t image_needed(const struct kdp_store_info *info, u32 r, u64 *blocks,
		    size_t max)
{
	const struct kdp_super *s = &info->super;
	size_t n = 0;
	u64 i;

	for (i = 0; i < KDP_SUPER_SLOTS && n < max; i++)
		blocks[n++] = kdp_super_block(&s->geometry, r, i);
	for (i = 0; i < info->journal_used && n < max; i++)
		blocks[n++] = kdp_journal_block(&s->geometry, r,
						s->checkpoint.journal_pos + i);
	for (i = 0; i < s->checkpoint.nr_blocks && n < max; i++)
		blocks[n++] = kdp_slot_block(&s->geometry, r,
					     s->checkpoint.slot, i);
	return n;
}

void image_poke(const char *path, u64 block, unsigned int seed)
{
	unsigned char junk[KDP_BLOCK_SIZE];
	int fd = open(path, O_WRONLY);
	size_t i;

	for (i = 0; i < sizeof(junk); i++)
		junk[i] = seed ? (seed * 2654435761u + i * 40503u) >> 13 : 0;
	MUST(fd >= 0 && !kdpu_pwrite(fd, junk, sizeof(junk),
				     block << KDP_BLOCK_SHIFT));
	close(fd);
}

static bool describe(const struct kdp_volume *v, void *data)
{
	char *text = data;
	size_t len = strlen(text);

	snprintf(text + len, 1024 - len, "%llu %s %llu %u %u; ",
		 (unsigned long long)v->info.id, v->info.name,
		 (unsigned long long)v->info.sectors, v->map.nr_mapped,
		 v->map.nr_unwritten);
	return true;
}

const char *image_describe(const char *path)
{
	static char text[1024];
	struct kdp_store *s;
	struct kdpu_err err;
	struct kdpu_disk d;

	MUST(!kdpu_disk_open(&d, path, &err));
	s = open_store(&d);
	text[0] = 0;
	if (s) {
		kdp_store_for_each(s, describe, text);
		kdp_store_free(s);
	}
	kdpu_disk_close(&d);
	return s ? text : NULL;
}
