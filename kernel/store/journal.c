// SPDX-License-Identifier: GPL-2.0-only
/*
 * One commit to the journals: everything that its records rest on has
 * completed; flush the device; write the blocks to all current replicas with
 * FUA; wait for all to end; three must have succeeded.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/math64.h>

#include "store/private.h"

struct kdp_commit {
	const struct kdp_batch *batch;
	u64 chain;
};

static u64 kdp_commit_chain(const struct kdp_store *s,
			    const struct kdp_batch *b)
{
	u64 chain = kdp_chain_begin(s->chain, s->super.epoch, s->super.nonce,
				    b->sequence, b->nr_blocks);
	u32 i;

	for (i = 0; i < b->nr_blocks; i++) {
		u8 *block = b->blocks + (size_t)i * KDP_BLOCK_SIZE;

		chain = kdp_chain_feed(chain, kdp_journal_payload(block),
				       b->used[i]);
	}
	return chain;
}

static struct kdp_journal_info kdp_batch_info(const struct kdp_store *s,
					      const struct kdp_batch *b,
					      u64 chain, u32 i)
{
	return (struct kdp_journal_info) {
		.epoch = s->super.epoch,
		.nonce = s->super.nonce,
		.sequence = b->sequence,
		.pos = s->pos + i,
		.prev_chain = s->chain,
		.chain = chain,
		.part = i,
		.nr_parts = b->nr_blocks,
		.used = b->used[i],
	};
}

static u64 kdp_seal_journal(struct kdp_store *s, void *block, u32 r, u32 i,
			    const void *data)
{
	const struct kdp_commit *c = data;
	u64 address = kdp_journal_block(&s->super.geometry, r, s->pos + i);
	struct kdp_journal_info info = kdp_batch_info(s, c->batch, c->chain, i);

	kdp_journal_seal(&info, s->super.uuid, r, address, block);
	return address;
}

/* The pool is no longer as a clean close left it. */
static int kdp_clear_clean(struct kdp_store *s)
{
	if (!(s->super.flags & KDP_SUPER_CLEAN))
		return 0;
	s->super.flags &= ~KDP_SUPER_CLEAN;
	return kdp_super_write(s, 1);
}

/* What is behind the ring's tail is needed by recovery. */
static u32 kdp_journal_free(const struct kdp_store *s)
{
	return s->super.geometry.journal_blocks - s->journal_used;
}

bool kdp_journal_room(const struct kdp_store *s, u32 nr_blocks)
{
	return kdp_journal_free(s) >= nr_blocks + s->batch[0].max_blocks;
}

/*
 * Flushes are numbered as they begin, so that a FLUSH knows whether one that
 * it has not asked for began after the FLUSH did.
 */
static int kdp_commit_flush(struct kdp_store *s, u64 *number)
{
	*number = s->flushes_begun + 1;
	WRITE_ONCE(s->flushes_begun, *number);
	/* whose data ends after the flush was issued reads the new number */
	smp_mb();
	return s->ops->flush(s->disk);
}

/* What the copies must say from now on. */
static void kdp_batch_took(struct kdp_store *s, const struct kdp_batch *b,
			   u64 chain)
{
	u32 i, ring;

	for (i = 0; i < b->nr_blocks; i++) {
		u8 *block = b->blocks + (size_t)i * KDP_BLOCK_SIZE;

		div_u64_rem(s->pos + i, s->super.geometry.journal_blocks,
			    &ring);
		s->taken[ring] = (struct kdp_taken) {
			.info = kdp_batch_info(s, b, chain, i),
			.digest = kdp_journal_digest(block, b->used[i]),
		};
	}
}

static int kdp_batch_write_out(struct kdp_store *s, struct kdp_batch *b)
{
	struct kdp_commit c = { .batch = b };
	u64 flush;
	int err;
	u32 ok;

	if (kdp_journal_free(s) < b->nr_blocks)
		return kdp_store_fail(s, "commit %llu: the journal is full",
				      (unsigned long long)b->sequence);
	err = kdp_commit_flush(s, &flush);
	if (err)
		return kdp_store_fail(s, "commit %llu: flush failed (error %d)",
				      (unsigned long long)b->sequence, err);
	err = kdp_clear_clean(s);
	if (err)
		return err;
	c.chain = kdp_commit_chain(s, b);
	ok = kdp_replicas_write(s, b->blocks, b->nr_blocks, KDP_IO_WRITE_FUA,
				kdp_seal_journal, &c);
	if (ok < KDP_QUORUM)
		return kdp_store_fail(s,
			"commit %llu: only %u of 5 metadata copies could be written, 3 are needed",
			(unsigned long long)b->sequence, ok);
	kdp_batch_took(s, b, c.chain);
	s->sequence = b->sequence;
	s->chain = c.chain;
	s->pos += b->nr_blocks;
	WRITE_ONCE(s->journal_used, s->journal_used + b->nr_blocks);
	WRITE_ONCE(s->flush_of_commit, flush);
	/* pairs with the acquire in kdp_store_volume_dirty() */
	atomic64_set_release(&s->durable, s->sequence);
	if (s->health_changed)
		kdp_super_write(s, 1);
	return 0;
}

int kdp_batch_write(struct kdp_store *s, struct kdp_batch *b)
{
	int err = kdp_batch_write_out(s, b);

	kdp_tell_ended(s, KDP_WORK_COMMIT, b->sequence, b->nr_blocks, err);
	return err;
}
