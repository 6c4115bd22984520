// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include <linux/kernel.h>
#include <linux/stddef.h>

#include "corpus.h"
#include "fields.h"

#define FIELD(type, member) \
	{ #member, offsetof(struct type, member), \
	  sizeof(((struct type *)NULL)->member) }

static const struct field header_fields[] = {
	FIELD(kdp_disk_header, magic), FIELD(kdp_disk_header, checksum),
	FIELD(kdp_disk_header, type), FIELD(kdp_disk_header, replica),
	FIELD(kdp_disk_header, reserved0), FIELD(kdp_disk_header, index),
	FIELD(kdp_disk_header, uuid), FIELD(kdp_disk_header, block),
	FIELD(kdp_disk_header, epoch), FIELD(kdp_disk_header, sequence),
	FIELD(kdp_disk_header, nonce),
};

static const struct field super_fields[] = {
	FIELD(kdp_disk_super, version), FIELD(kdp_disk_super, flags),
	FIELD(kdp_disk_super, compat), FIELD(kdp_disk_super, ro_compat),
	FIELD(kdp_disk_super, incompat), FIELD(kdp_disk_super, name),
	FIELD(kdp_disk_super, device_blocks),
	FIELD(kdp_disk_super, chunk_blocks), FIELD(kdp_disk_super, nr_chunks),
	FIELD(kdp_disk_super, journal_blocks),
	FIELD(kdp_disk_super, slot_blocks), FIELD(kdp_disk_super, max_volumes),
	FIELD(kdp_disk_super, reserved0),
	FIELD(kdp_disk_super, start_sequence),
	FIELD(kdp_disk_super, start_chain), FIELD(kdp_disk_super, created),
	FIELD(kdp_disk_super, activated), FIELD(kdp_disk_super, machine_id),
	FIELD(kdp_disk_super, host), FIELD(kdp_disk_super, serial),
	FIELD(kdp_disk_super, retired),
};

static const struct field replica_fields[] = {
	FIELD(kdp_disk_replica, super), FIELD(kdp_disk_replica, extent),
	FIELD(kdp_disk_replica, health), FIELD(kdp_disk_replica, reserved),
};

static const struct field ref_fields[] = {
	FIELD(kdp_disk_checkpoint_ref, slot),
	FIELD(kdp_disk_checkpoint_ref, nr_blocks),
	FIELD(kdp_disk_checkpoint_ref, epoch),
	FIELD(kdp_disk_checkpoint_ref, sequence),
	FIELD(kdp_disk_checkpoint_ref, chain),
	FIELD(kdp_disk_checkpoint_ref, journal_pos),
};

static const struct field journal_fields[] = {
	FIELD(kdp_disk_journal, pos), FIELD(kdp_disk_journal, prev_chain),
	FIELD(kdp_disk_journal, chain), FIELD(kdp_disk_journal, part),
	FIELD(kdp_disk_journal, nr_parts), FIELD(kdp_disk_journal, used),
	FIELD(kdp_disk_journal, reserved),
};

static const struct field head_fields[] = {
	FIELD(kdp_disk_ckpt_head, next_volume),
	FIELD(kdp_disk_ckpt_head, nr_volumes),
	FIELD(kdp_disk_ckpt_head, nr_bitmap),
	FIELD(kdp_disk_ckpt_head, nr_volume_blocks),
	FIELD(kdp_disk_ckpt_head, nr_map_blocks),
	FIELD(kdp_disk_ckpt_head, reserved),
};

static const struct field bitmap_fields[] = {
	FIELD(kdp_disk_ckpt_bitmap, first),
	FIELD(kdp_disk_ckpt_bitmap, reserved),
	FIELD(kdp_disk_ckpt_bitmap, pad),
};

static const struct field word_field = { "word", 0, sizeof(u64) };

static const struct field volumes_fields[] = {
	FIELD(kdp_disk_ckpt_volumes, count),
	FIELD(kdp_disk_ckpt_volumes, reserved),
	FIELD(kdp_disk_ckpt_volumes, pad),
};

static const struct field map_fields[] = {
	FIELD(kdp_disk_ckpt_map, volume), FIELD(kdp_disk_ckpt_map, count),
	FIELD(kdp_disk_ckpt_map, reserved),
};

static const struct field volume_fields[] = {
	FIELD(kdp_disk_volume, id), FIELD(kdp_disk_volume, sectors),
	FIELD(kdp_disk_volume, created), FIELD(kdp_disk_volume, pid_start),
	FIELD(kdp_disk_volume, flags), FIELD(kdp_disk_volume, birth),
	FIELD(kdp_disk_volume, uid), FIELD(kdp_disk_volume, pid),
	FIELD(kdp_disk_volume, parent), FIELD(kdp_disk_volume, boot_id),
	FIELD(kdp_disk_volume, name), FIELD(kdp_disk_volume, session),
	FIELD(kdp_disk_volume, tags), FIELD(kdp_disk_volume, reserved),
	/* what open looks at, once more */
	FIELD(kdp_disk_volume, id), FIELD(kdp_disk_volume, sectors),
	FIELD(kdp_disk_volume, flags), FIELD(kdp_disk_volume, name),
};

static const struct field extent_fields[] = {
	FIELD(kdp_disk_extent, logical), FIELD(kdp_disk_extent, physical),
	FIELD(kdp_disk_extent, count_flags), FIELD(kdp_disk_extent, birth),
};

static const struct field record_fields[] = {
	FIELD(kdp_disk_record, type), FIELD(kdp_disk_record, size),
	FIELD(kdp_disk_record, reserved),
};

/* Behind the head of a record that is no create; as far as it is long. */
static const struct field body_fields[] = {
	FIELD(kdp_disk_record_map, volume),
	FIELD(kdp_disk_record_map, extent.logical),
	FIELD(kdp_disk_record_map, extent.physical),
	FIELD(kdp_disk_record_map, extent.count_flags),
	FIELD(kdp_disk_record_map, extent.birth),
};

static const struct layout {
	const char *name;
	const struct field *fields;
	u32 nr;
} layouts[] = {
	[S_HEADER] = { "header", header_fields, ARRAY_SIZE(header_fields) },
	[S_SUPER] = { "superblock", super_fields, ARRAY_SIZE(super_fields) },
	[S_REPLICA] = { "superblock replica", replica_fields,
			ARRAY_SIZE(replica_fields) },
	[S_CHECKPOINT_REF] = { "superblock checkpoint", ref_fields,
			       ARRAY_SIZE(ref_fields) },
	[S_JOURNAL] = { "journal block", journal_fields,
			ARRAY_SIZE(journal_fields) },
	[S_HEAD] = { "checkpoint head", head_fields, ARRAY_SIZE(head_fields) },
	[S_BITMAP] = { "bitmap block", bitmap_fields,
		       ARRAY_SIZE(bitmap_fields) },
	[S_VOLUMES] = { "volumes block", volumes_fields,
			ARRAY_SIZE(volumes_fields) },
	[S_MAP] = { "map block", map_fields, ARRAY_SIZE(map_fields) },
	[S_VOLUME] = { "volume", volume_fields, ARRAY_SIZE(volume_fields) },
	[S_EXTENT] = { "extent", extent_fields, ARRAY_SIZE(extent_fields) },
	[S_DEVICE] = { "device", NULL, 0 },
};

const char *structure_name(u32 structure)
{
	static const char *const records[] = {
		[KDP_RECORD_CREATE] = "record create",
		[KDP_RECORD_REMOVE] = "record remove",
		[KDP_RECORD_MAP] = "record map",
		[KDP_RECORD_WRITTEN] = "record written",
		[KDP_RECORD_UNMAP] = "record unmap",
		[KDP_RECORD_UNWRITTEN] = "record unwritten",
		[KDP_RECORD_SET] = "record set",
	};
	static char text[32];
	u32 type = structure - S_RECORD;

	if (structure < S_RECORD)
		return layouts[structure].name;
	if (type < ARRAY_SIZE(records) && records[type])
		return records[type];
	snprintf(text, sizeof(text), "record type %u", type);
	return text;
}

static void pick_of(struct rng *rng, u32 structure, u32 at, struct site *site)
{
	const struct layout *l = &layouts[structure];

	site->structure = structure;
	site->field = &l->fields[rng_below(rng, l->nr)];
	site->offset = at + site->field->offset;
}

static void pick_super(struct rng *rng, struct site *site)
{
	u32 roll = rng_below(rng, 10);

	if (roll < 5)
		pick_of(rng, S_SUPER, 0, site);
	else if (roll < 7)
		pick_of(rng, S_REPLICA, offsetof(struct kdp_disk_super, replica) +
			rng_below(rng, KDP_REPLICAS) *
			sizeof(struct kdp_disk_replica), site);
	else
		pick_of(rng, S_CHECKPOINT_REF,
			offsetof(struct kdp_disk_super, checkpoint), site);
}

static void pick_body(struct rng *rng, const struct record_ref *ref,
		      struct site *site)
{
	const struct field *f;

	if (ref->size == sizeof(struct kdp_disk_record_create)) {
		pick_of(rng, S_VOLUME, ref->at + sizeof(struct kdp_disk_record),
			site);
	} else if (ref->size >= sizeof(struct kdp_disk_record_remove)) {
		do {
			f = &body_fields[rng_below(rng,
						   ARRAY_SIZE(body_fields))];
		} while (f->offset + f->size > ref->size);
		site->field = f;
		site->offset = ref->at + f->offset;
	}
}

static void pick_journal(struct rng *rng, const u8 *block, struct site *site)
{
	struct record_ref ref = { .size = 0 }, chosen = { .size = 0 };
	u32 at = 0, n = 0;

	while (record_next(block, &at, &ref))
		if (!rng_below(rng, ++n))
			chosen = ref;
	if (!n || rng_percent(rng, 25)) {
		pick_of(rng, S_JOURNAL, 0, site);
		return;
	}
	site->field = &record_fields[rng_below(rng,
					       ARRAY_SIZE(record_fields))];
	site->offset = chosen.at + site->field->offset;
	if (rng_percent(rng, 75))
		pick_body(rng, &chosen, site);
	site->structure = S_RECORD + chosen.type % 16;
}

static void pick_entry(struct rng *rng, const u8 *block, struct site *site)
{
	const struct kdp_disk_ckpt_volumes *v = (const void *)block;
	const struct kdp_disk_ckpt_map *m = (const void *)block;
	bool volumes = le16_to_cpu(v->h.type) == KDP_BLOCK_CKPT_VOLUMES;
	u32 count = min(le32_to_cpu(v->count), KDP_VOLUMES_PER_BLOCK);

	if (rng_percent(rng, 15)) {
		pick_of(rng, volumes ? S_VOLUMES : S_MAP, 0, site);
	} else if (volumes) {
		pick_of(rng, S_VOLUME, offsetof(typeof(*v), volume) +
			rng_below(rng, count) * sizeof(v->volume[0]), site);
	} else {
		count = min(le32_to_cpu(m->count), KDP_EXTENTS_PER_BLOCK);
		pick_of(rng, S_EXTENT, offsetof(typeof(*m), extent) +
			rng_below(rng, count) * sizeof(m->extent[0]), site);
	}
}

static void pick_bitmap(struct rng *rng, struct site *site)
{
	if (rng_percent(rng, 25)) {
		pick_of(rng, S_BITMAP, 0, site);
		return;
	}
	site->structure = S_BITMAP;
	site->field = &word_field;
	site->offset = offsetof(struct kdp_disk_ckpt_bitmap, words) +
		       rng_below(rng, rng_percent(rng, 50) ? 16 :
				      KDP_BITMAP_WORDS) * sizeof(u64);
}

void site_pick(struct rng *rng, const u8 *block, struct site *site)
{
	const struct kdp_disk_header *h = (const void *)block;
	u16 type = le16_to_cpu(h->type);

	if (rng_percent(rng, 10))
		type = 0;
	switch (type) {
	case KDP_BLOCK_SUPER:
		pick_super(rng, site);
		break;
	case KDP_BLOCK_JOURNAL:
		pick_journal(rng, block, site);
		break;
	case KDP_BLOCK_CKPT_HEAD:
		pick_of(rng, S_HEAD, 0, site);
		break;
	case KDP_BLOCK_CKPT_BITMAP:
		pick_bitmap(rng, site);
		break;
	case KDP_BLOCK_CKPT_VOLUMES:
	case KDP_BLOCK_CKPT_MAP:
		pick_entry(rng, block, site);
		break;
	default:
		pick_of(rng, S_HEADER, 0, site);
	}
}
