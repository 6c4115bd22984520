// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel.h>
#include <linux/string.h>

#include "format/name.h"
#include "format/super.h"

static void kdp_encode_geometry(const struct kdp_geometry *g,
				struct kdp_disk_super *d)
{
	u32 r;

	d->device_blocks = cpu_to_le64(g->device_blocks);
	d->chunk_blocks = cpu_to_le32(g->chunk_blocks);
	d->nr_chunks = cpu_to_le32(g->nr_chunks);
	d->journal_blocks = cpu_to_le32(g->journal_blocks);
	d->slot_blocks = cpu_to_le32(g->slot_blocks);
	d->max_volumes = cpu_to_le32(g->max_volumes);
	for (r = 0; r < KDP_REPLICAS; r++) {
		d->replica[r].super = cpu_to_le64(g->replica[r].super);
		d->replica[r].extent = cpu_to_le64(g->replica[r].extent);
		d->replica[r].health = g->replica[r].health;
	}
	for (r = 0; r < KDP_MAX_RETIRED; r++)
		d->retired[r] = cpu_to_le64(g->retired[r]);
}

static void kdp_decode_geometry(const struct kdp_disk_super *d,
				struct kdp_geometry *g)
{
	u32 r;

	g->device_blocks = le64_to_cpu(d->device_blocks);
	g->chunk_blocks = le32_to_cpu(d->chunk_blocks);
	g->nr_chunks = le32_to_cpu(d->nr_chunks);
	g->journal_blocks = le32_to_cpu(d->journal_blocks);
	g->slot_blocks = le32_to_cpu(d->slot_blocks);
	g->max_volumes = le32_to_cpu(d->max_volumes);
	for (r = 0; r < KDP_REPLICAS; r++) {
		g->replica[r].super = le64_to_cpu(d->replica[r].super);
		g->replica[r].extent = le64_to_cpu(d->replica[r].extent);
		g->replica[r].health = d->replica[r].health;
	}
	for (r = 0; r < KDP_MAX_RETIRED; r++)
		g->retired[r] = le64_to_cpu(d->retired[r]);
}

static void kdp_encode_ref(const struct kdp_checkpoint_ref *c,
			   struct kdp_disk_checkpoint_ref *d)
{
	d->slot = cpu_to_le32(c->slot);
	d->nr_blocks = cpu_to_le32(c->nr_blocks);
	d->epoch = cpu_to_le64(c->epoch);
	d->sequence = cpu_to_le64(c->sequence);
	d->chain = cpu_to_le64(c->chain);
	d->journal_pos = cpu_to_le64(c->journal_pos);
}

static void kdp_decode_ref(const struct kdp_disk_checkpoint_ref *d,
			   struct kdp_checkpoint_ref *c)
{
	c->slot = le32_to_cpu(d->slot);
	c->nr_blocks = le32_to_cpu(d->nr_blocks);
	c->epoch = le64_to_cpu(d->epoch);
	c->sequence = le64_to_cpu(d->sequence);
	c->chain = le64_to_cpu(d->chain);
	c->journal_pos = le64_to_cpu(d->journal_pos);
}

void kdp_super_encode(const struct kdp_super *s, u32 r, u32 slot, void *block)
{
	struct kdp_disk_super *d = block;
	struct kdp_block_id id = {
		.type = KDP_BLOCK_SUPER,
		.replica = r,
		.block = kdp_super_block(&s->geometry, r, slot),
		.epoch = s->epoch,
		.sequence = s->sequence,
		.nonce = s->nonce,
	};

	memset(block, 0, KDP_BLOCK_SIZE);
	memcpy(id.uuid, s->uuid, KDP_UUID_SIZE);
	d->version = cpu_to_le32(KDP_VERSION);
	d->flags = cpu_to_le32(s->flags);
	d->compat = cpu_to_le64(s->compat);
	d->ro_compat = cpu_to_le64(s->ro_compat);
	d->incompat = cpu_to_le64(s->incompat);
	memcpy(d->name, s->name, sizeof(d->name));
	kdp_encode_geometry(&s->geometry, d);
	kdp_encode_ref(&s->checkpoint, &d->checkpoint);
	d->start_sequence = cpu_to_le64(s->start_sequence);
	d->start_chain = cpu_to_le64(s->start_chain);
	d->created = cpu_to_le64(s->created);
	d->activated = cpu_to_le64(s->activated);
	memcpy(d->machine_id, s->machine_id, sizeof(d->machine_id));
	memcpy(d->host, s->host, sizeof(d->host));
	memcpy(d->serial, s->serial, sizeof(d->serial));
	kdp_block_seal(block, &id);
}

static enum kdp_fault kdp_super_check_raw(const void *block)
{
	const struct kdp_disk_super *d = block;
	u32 r;

	if (le32_to_cpu(d->version) != KDP_VERSION)
		return KDP_BAD_VERSION;
	if (le64_to_cpu(d->incompat) & ~KDP_INCOMPAT_KNOWN)
		return KDP_BAD_FEATURE;
	if (le32_to_cpu(d->flags) & ~KDP_SUPER_CLEAN)
		return KDP_BAD_RESERVED;
	if (d->reserved0 ||
	    !kdp_is_zero((const u8 *)block + sizeof(*d),
			 KDP_BLOCK_SIZE - sizeof(*d)))
		return KDP_BAD_RESERVED;
	for (r = 0; r < KDP_REPLICAS; r++)
		if (!kdp_is_zero(d->replica[r].reserved, 7))
			return KDP_BAD_RESERVED;
	if (!kdp_pool_name_ok(d->name, sizeof(d->name)))
		return KDP_BAD_NAME;
	if (d->host[sizeof(d->host) - 1] || d->serial[sizeof(d->serial) - 1])
		return KDP_BAD_NAME;
	return KDP_OK;
}

static enum kdp_fault kdp_super_check(const struct kdp_super *s, u32 r,
				      u64 address)
{
	const struct kdp_checkpoint_ref *c = &s->checkpoint;
	enum kdp_fault fault = kdp_geometry_validate(&s->geometry);

	if (fault)
		return fault;
	if (address != kdp_super_block(&s->geometry, r, 0) &&
	    address != kdp_super_block(&s->geometry, r, 1))
		return KDP_BAD_ADDRESS;
	if (!s->epoch || s->epoch > KDP_MAX_COUNT || c->epoch > s->epoch)
		return KDP_BAD_EPOCH;
	if (!s->sequence || s->sequence > KDP_MAX_COUNT ||
	    s->start_sequence > KDP_MAX_COUNT ||
	    c->sequence > KDP_MAX_COUNT || c->journal_pos > KDP_MAX_COUNT)
		return KDP_BAD_SEQUENCE;
	if (c->slot >= KDP_CHECKPOINT_SLOTS || !c->nr_blocks ||
	    c->nr_blocks > s->geometry.slot_blocks)
		return KDP_BAD_COUNT;
	return KDP_OK;
}

enum kdp_fault kdp_super_decode(const void *block, u32 r, u64 address,
				struct kdp_super *s)
{
	const struct kdp_disk_super *d = block;
	struct kdp_super t = { };
	enum kdp_fault fault;

	fault = kdp_block_verify(block, KDP_BLOCK_SUPER, r, address, d->h.uuid);
	if (!fault)
		fault = kdp_super_check_raw(block);
	if (fault)
		return fault;

	memcpy(t.uuid, d->h.uuid, KDP_UUID_SIZE);
	t.epoch = le64_to_cpu(d->h.epoch);
	t.sequence = le64_to_cpu(d->h.sequence);
	t.nonce = le64_to_cpu(d->h.nonce);
	t.flags = le32_to_cpu(d->flags);
	t.compat = le64_to_cpu(d->compat);
	t.ro_compat = le64_to_cpu(d->ro_compat);
	t.incompat = le64_to_cpu(d->incompat);
	memcpy(t.name, d->name, sizeof(t.name));
	kdp_decode_geometry(d, &t.geometry);
	kdp_decode_ref(&d->checkpoint, &t.checkpoint);
	t.start_sequence = le64_to_cpu(d->start_sequence);
	t.start_chain = le64_to_cpu(d->start_chain);
	t.created = le64_to_cpu(d->created);
	t.activated = le64_to_cpu(d->activated);
	memcpy(t.machine_id, d->machine_id, sizeof(t.machine_id));
	memcpy(t.host, d->host, sizeof(t.host));
	memcpy(t.serial, d->serial, sizeof(t.serial));

	fault = kdp_super_check(&t, r, address);
	if (!fault)
		*s = t;
	return fault;
}

int kdp_super_compare(const struct kdp_super *a, const struct kdp_super *b)
{
	if (a->epoch != b->epoch)
		return a->epoch < b->epoch ? -1 : 1;
	if (a->sequence != b->sequence)
		return a->sequence < b->sequence ? -1 : 1;
	return 0;
}
