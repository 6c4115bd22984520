// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include <linux/kernel.h>

#include "case.h"

static const struct mutation {
	const char *name;
	u32 weight;
	bool (*apply)(struct fcase *c);	/* false: nothing here to do it to */
} mutations[] = {
	{ "rolled back", 0, NULL },
	/* without new checksums these are damage and no more */
	{ "bits", 8, mutate_bits },
	{ "field", 40, mutate_field },
	{ "wipe", 3, mutate_wipe },
	{ "unreadable", 3, mutate_unreadable },
	{ "splice", 14, mutate_splice },
	{ "made-up commit", 12, mutate_commit },
	{ "entries", 12, mutate_entries },
	{ "append", 6, mutate_append },
	{ "drop", 2, mutate_drop },
	{ "swap", 4, mutate_swap },
	{ "duplicate", 4, mutate_copy },
	{ "tear", 3, mutate_tear },
	{ "mix, same pool", 4, mutate_mix_block },
	{ "mix, other pool", 3, mutate_mix_foreign },
	{ "mix replicas", 5, mutate_mix_replica },
	{ "size", 3, mutate_size },
};

#define FIRST_HARM	1u
#define LAST_HARM	4u

const char *mutation_name(u32 mutation)
{
	return mutation < ARRAY_SIZE(mutations) ? mutations[mutation].name :
						  NULL;
}

bool case_verbose;

void case_hit(struct fcase *c, u32 structure)
{
	struct hit hit = { structure, c->mutation };
	u32 i;

	for (i = 0; i < c->nr_hits; i++)
		if (!memcmp(&c->hits[i], &hit, sizeof(hit)))
			return;
	if (c->nr_hits < MAX_HITS)
		c->hits[c->nr_hits++] = hit;
}

const struct base *case_other_base(struct fcase *c, bool same_pool)
{
	u32 i, from = rng_below(&c->rng, corpus.nr);
	const struct base *b;
	bool same;

	for (i = 0; i < corpus.nr; i++) {
		b = &corpus.base[(from + i) % corpus.nr];
		same = b->recipe == c->base->recipe;
		if (b != c->base && same == same_pool)
			return b;
	}
	return NULL;
}

static u32 random_mask(struct rng *rng)
{
	u32 roll = rng_below(rng, 100);

	if (roll < 62)
		return (1u << KDP_REPLICAS) - 1;
	if (roll < 75)
		return 1u << rng_below(rng, KDP_REPLICAS);
	return 1 + rng_below(rng, (1u << KDP_REPLICAS) - 1);
}

/* How many of the blocks to be replayed does replica @r have? */
static u32 known_blocks(const struct fcase *c, u32 r)
{
	u64 pos = c->base->super.checkpoint.journal_pos, at;
	struct kdp_journal_info info;
	u32 n = 0;

	for (; pos < c->end_pos; pos++) {
		at = kdp_journal_block(&c->base->super.geometry, r, pos);
		n += !kdp_journal_decode(image_get(c->disk, at),
					 c->base->super.uuid, r, at, &info) &&
		     info.pos == pos;
	}
	return n;
}

static u32 pick_reference(const struct fcase *c)
{
	u32 r, n, best = 0, most = 0;

	for (r = 0; r < KDP_REPLICAS; r++) {
		if (!case_has(c, r))
			continue;
		n = 1 + known_blocks(c, r);
		if (n > most) {
			most = n;
			best = r;
		}
	}
	return best;
}

void case_begin(struct fcase *c, u64 seed, struct image *disk)
{
	memset(c, 0, sizeof(*c));
	c->seed = seed;
	c->rng.state = seed * 0x2545f4914f6cdd1dull;
	c->disk = disk;
	c->base = &corpus.base[rng_below(&c->rng, corpus.nr)];
	image_reset(disk, c->base->image);
	c->mask = random_mask(&c->rng);
	c->sums = rng_percent(&c->rng, 90);
	c->chains = rng_percent(&c->rng, 93);
	c->nr_commits = c->base->nr_commits;
	memcpy(c->commits, c->base->commits, sizeof(c->base->commits));
	c->end_pos = c->base->end_pos;
	c->plausible = rng_percent(&c->rng, 70);
	c->next_volume = c->base->next_volume;
	c->free_chunk = c->base->free_chunk;
	c->nr_free = c->base->nr_free;
	c->nr_known = c->base->nr_known;
	memcpy(c->known, c->base->known, sizeof(c->base->known));
	c->reference = pick_reference(c);
}

static void mutate_once(struct fcase *c)
{
	u32 i, roll, total = 0;

	for (i = 0; i < ARRAY_SIZE(mutations); i++)
		total += mutations[i].weight;
	do {
		roll = rng_below(&c->rng, total);
		for (i = 0; roll >= mutations[i].weight; i++)
			roll -= mutations[i].weight;
		c->mutation = i;
	} while (!mutations[i].apply(c));
	if (case_verbose)
		printf("  %s\n", mutations[i].name);
}

void case_harm(struct fcase *c)
{
	c->mutation = FIRST_HARM + rng_below(&c->rng, LAST_HARM - FIRST_HARM +
						      1);
	mutations[c->mutation].apply(c);
}

void case_mutate(struct fcase *c)
{
	u32 n = 1;

	c->damage = rng_percent(&c->rng, 12);
	if (c->damage) {
		damage_apply(c);
		return;
	}
	while (n < 5 && rng_percent(&c->rng, 35))
		n++;
	while (n--)
		mutate_once(c);
	case_seal(c);
}
