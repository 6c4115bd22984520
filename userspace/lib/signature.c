// SPDX-License-Identifier: GPL-2.0-only
#include <blkid/blkid.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signature.h"

#define WIPE_ROUNDS	256	/* more signatures than that means a loop */

static const char *value(blkid_probe pr, const char *name)
{
	const char *v;

	return blkid_probe_lookup_value(pr, name, &v, NULL) ? "" : v;
}

static void copy(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from);
}

/* A probe of a part of the device for everything, one result at a time. */
static blkid_probe open_probe(int fd, uint64_t offset, uint64_t size)
{
	blkid_probe pr = blkid_new_probe();

	if (!pr)
		return NULL;
	if (blkid_probe_set_device(pr, fd, offset, size)) {
		blkid_free_probe(pr);
		return NULL;
	}
	blkid_probe_enable_superblocks(pr, 1);
	blkid_probe_set_superblocks_flags(pr, BLKID_SUBLKS_MAGIC |
		BLKID_SUBLKS_TYPE | BLKID_SUBLKS_USAGE | BLKID_SUBLKS_LABEL |
		BLKID_SUBLKS_UUID | BLKID_SUBLKS_BADCSUM);
	blkid_probe_enable_partitions(pr, 1);
	blkid_probe_set_partitions_flags(pr, BLKID_PARTS_MAGIC |
					 BLKID_PARTS_FORCE_GPT);
	return pr;
}

static int probe_failed(struct kdpu_err *err)
{
	kdpu_fail(err, -EIO, "libblkid could not examine the device");
	return kdpu_expected(err, "to be able to see what is on it");
}

static bool magic_place(blkid_probe pr, const char *where, const char *what,
			uint64_t *offset, uint64_t *size)
{
	const char *text;
	size_t len;

	if (blkid_probe_lookup_value(pr, where, &text, NULL) ||
	    blkid_probe_lookup_value(pr, what, NULL, &len))
		return false;
	*offset = strtoull(text, NULL, 10);
	*size = len;
	return true;
}

/* Where the magic of the probe's present result is. */
static bool result_place(blkid_probe pr, uint64_t *offset, uint64_t *size)
{
	return magic_place(pr, "SBMAGIC_OFFSET", "SBMAGIC", offset, size) ||
	       magic_place(pr, "PTMAGIC_OFFSET", "PTMAGIC", offset, size);
}

static int add_result(blkid_probe pr, struct kdpu_signatures *list,
		      uint64_t base, const struct kdpu_signature *in,
		      struct kdpu_err *err)
{
	struct kdpu_signature *s;

	s = realloc(list->s, (list->nr + 1) * sizeof(*s));
	if (!s)
		return kdpu_fail_memory(err);
	list->s = s;
	s += list->nr++;
	*s = *in;
	result_place(pr, &s->offset, &s->size);
	s->offset += base;
	if (blkid_probe_has_value(pr, "TYPE")) {
		copy(s->type, sizeof(s->type), value(pr, "TYPE"));
		copy(s->usage, sizeof(s->usage), value(pr, "USAGE"));
		copy(s->label, sizeof(s->label), value(pr, "LABEL"));
		copy(s->uuid, sizeof(s->uuid), value(pr, "UUID"));
		return 0;
	}
	copy(s->type, sizeof(s->type), value(pr, "PTTYPE"));
	strcpy(s->usage, "table");
	copy(s->uuid, sizeof(s->uuid), value(pr, "PTUUID"));
	if (!in->partition)
		list->table = true;
	return 0;
}

static int read_range(int fd, uint64_t offset, uint64_t size,
		      const struct kdpu_signature *in,
		      struct kdpu_signatures *list, struct kdpu_err *err)
{
	blkid_probe pr = open_probe(fd, offset, size);
	int rc = 1, ret = 0;

	if (!pr)
		return probe_failed(err);
	while (!ret && (rc = blkid_do_probe(pr)) == 0)
		ret = add_result(pr, list, offset, in, err);
	if (!ret && rc < 0)
		ret = probe_failed(err);
	blkid_free_probe(pr);
	return ret;
}

static int read_partition(int fd, blkid_partition p,
			  struct kdpu_signatures *list, struct kdpu_err *err)
{
	struct kdpu_signature in = { .partition = blkid_partition_get_partno(p) };
	const char *uuid = blkid_partition_get_uuid(p);
	const char *name = blkid_partition_get_name(p);
	size_t before = list->nr;
	int ret;

	copy(in.part_uuid, sizeof(in.part_uuid), uuid ? uuid : "");
	copy(in.part_label, sizeof(in.part_label), name ? name : "");
	if (blkid_partition_is_extended(p))
		return 0;
	ret = read_range(fd, blkid_partition_get_start(p) * 512ull,
			 blkid_partition_get_size(p) * 512ull, &in, list, err);
	if (ret || list->nr != before)
		return ret;
	/* an empty partition has a name in fstab all the same */
	list->s = realloc(list->s, (list->nr + 1) * sizeof(in));
	if (!list->s)
		return kdpu_fail_memory(err);
	strcpy(in.usage, "partition");
	list->s[list->nr++] = in;
	return 0;
}

static int read_partitions(int fd, struct kdpu_signatures *list,
			   struct kdpu_err *err)
{
	blkid_probe pr = blkid_new_probe();
	blkid_partlist parts;
	int i, n, ret = 0;

	if (!pr || blkid_probe_set_device(pr, fd, 0, 0)) {
		blkid_free_probe(pr);
		return probe_failed(err);
	}
	blkid_probe_enable_superblocks(pr, 0);
	blkid_probe_enable_partitions(pr, 1);
	blkid_probe_set_partitions_flags(pr, BLKID_PARTS_FORCE_GPT |
					 BLKID_PARTS_ENTRY_DETAILS);
	parts = blkid_probe_get_partitions(pr);
	n = parts ? blkid_partlist_numof_partitions(parts) : 0;
	for (i = 0; !ret && i < n; i++)
		ret = read_partition(fd, blkid_partlist_get_partition(parts, i),
				     list, err);
	blkid_free_probe(pr);
	return ret;
}

int kdpu_signatures_read(int fd, struct kdpu_signatures *list,
			 struct kdpu_err *err)
{
	struct kdpu_signature none = { };
	int ret;

	memset(list, 0, sizeof(*list));
	ret = read_range(fd, 0, 0, &none, list, err);
	if (!ret && list->table)
		ret = read_partitions(fd, list, err);
	if (ret)
		kdpu_signatures_free(list);
	return ret;
}

void kdpu_signatures_free(struct kdpu_signatures *list)
{
	free(list->s);
	memset(list, 0, sizeof(*list));
}

char *kdpu_signature_text(const struct kdpu_signature *s, char *buf,
			  size_t size)
{
	char where[32] = "", label[84] = "";
	const char *kind = "";

	if (!strcmp(s->usage, "filesystem"))
		kind = " file system";
	else if (!strcmp(s->usage, "table"))
		kind = " partition table";
	else if (!strcmp(s->usage, "partition"))
		kind = "empty";
	if (s->label[0])
		snprintf(label, sizeof(label), " \"%s\"", s->label);
	if (s->partition)
		snprintf(where, sizeof(where), " in partition %d",
			 s->partition);
	snprintf(buf, size, "%s%s%s%s", s->type, kind, label, where);
	return buf;
}

int kdpu_signatures_wipe(int fd, kdpu_zero_fn zero, void *data,
			 struct kdpu_err *err)
{
	blkid_probe pr = open_probe(fd, 0, 0);
	uint64_t offset, size;
	int rc, rounds = 0, ret = 0;

	if (!pr)
		return probe_failed(err);
	while ((rc = blkid_do_probe(pr)) == 0) {
		if (++rounds > WIPE_ROUNDS) {
			ret = kdpu_fail(err, -EIO, "the signatures on the device do not go away");
			break;
		}
		if (!result_place(pr, &offset, &size))
			continue;
		ret = zero(data, offset, size, err);
		/* look again from the same prober: there may be a second copy */
		if (!ret && blkid_probe_step_back(pr))
			ret = probe_failed(err);
		if (ret)
			break;
	}
	if (!ret && rc < 0)
		ret = probe_failed(err);
	blkid_free_probe(pr);
	return ret;
}
