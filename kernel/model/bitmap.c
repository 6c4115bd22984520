// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "model/bitmap.h"

static u32 kdp_popcount(u64 x)
{
	return hweight64(x);
}

#define KDP_GROUP_CHUNKS	(KDP_GROUP_WORDS * 64)

static u32 kdp_nr_groups(const struct kdp_space *s)
{
	return DIV_ROUND_UP(s->nr_words, KDP_GROUP_WORDS);
}

/* Count the free chunks of every group anew. */
static void kdp_count_groups(struct kdp_space *s)
{
	u32 g, first, w, end;

	for (g = 0; g < kdp_nr_groups(s); g++) {
		first = g * KDP_GROUP_CHUNKS;
		s->group_free[g] = min(s->nr_chunks - first, KDP_GROUP_CHUNKS);
		end = min((g + 1) * KDP_GROUP_WORDS, s->nr_words);
		for (w = g * KDP_GROUP_WORDS; w < end; w++)
			s->group_free[g] -= kdp_popcount(s->busy[w]);
	}
}

int kdp_space_init(struct kdp_space *s, u32 nr_chunks)
{
	memset(s, 0, sizeof(*s));
	s->nr_chunks = nr_chunks;
	s->nr_words = DIV_ROUND_UP(nr_chunks, 64);
	s->used = kvcalloc(s->nr_words, sizeof(u64), GFP_KERNEL);
	s->busy = kvcalloc(s->nr_words, sizeof(u64), GFP_KERNEL);
	s->group_free = kvcalloc(kdp_nr_groups(s), sizeof(u16), GFP_KERNEL);
	if (!s->used || !s->busy || !s->group_free) {
		kdp_space_destroy(s);
		return -ENOMEM;
	}
	kdp_count_groups(s);
	return 0;
}

void kdp_space_destroy(struct kdp_space *s)
{
	kvfree(s->used);
	kvfree(s->busy);
	kvfree(s->group_free);
	memset(s, 0, sizeof(*s));
}

bool kdp_space_test(const u64 *words, u32 chunk)
{
	return words[chunk / 64] >> (chunk % 64) & 1;
}

/* Mask of the bits of word @w that belong to [first, first + count). */
static u64 kdp_word_mask(u32 w, u32 first, u32 count)
{
	u64 from = (u64)w * 64, to = from + 64;
	u64 end = (u64)first + count;
	u64 mask = ~0ull;

	if (first > from)
		mask &= ~0ull << (first - from);
	if (end < to)
		mask &= ~0ull >> (to - end);
	return mask;
}

static u32 kdp_bits_set(u64 *words, u32 first, u32 count)
{
	u32 w, changed = 0;
	u64 mask;

	if (!count)
		return 0;
	for (w = first / 64; w <= (first + count - 1) / 64; w++) {
		mask = kdp_word_mask(w, first, count);
		changed += mask == ~0ull && !words[w] ? 64 :
			   kdp_popcount(mask & ~words[w]);
		words[w] |= mask;
	}
	return changed;
}

static u32 kdp_bits_clear(u64 *words, u32 first, u32 count)
{
	u32 w, changed = 0;
	u64 mask;

	if (!count)
		return 0;
	for (w = first / 64; w <= (first + count - 1) / 64; w++) {
		mask = kdp_word_mask(w, first, count);
		changed += kdp_popcount(mask & words[w]);
		words[w] &= ~mask;
	}
	return changed;
}

u32 kdp_space_use(struct kdp_space *s, u32 first, u32 count)
{
	u32 changed = kdp_bits_set(s->used, first, count);

	s->nr_used += changed;
	return changed;
}

u32 kdp_space_unuse(struct kdp_space *s, u32 first, u32 count)
{
	u32 changed = kdp_bits_clear(s->used, first, count);

	s->nr_used -= changed;
	return changed;
}

u32 kdp_space_busy(struct kdp_space *s, u32 first, u32 count)
{
	u32 n, changed, all = 0;

	for (; count; first += n, count -= n) {
		n = min(count, KDP_GROUP_CHUNKS - first % KDP_GROUP_CHUNKS);
		changed = kdp_bits_set(s->busy, first, n);
		s->group_free[first / KDP_GROUP_CHUNKS] -= changed;
		all += changed;
	}
	s->nr_busy += all;
	return all;
}

u32 kdp_space_unbusy(struct kdp_space *s, u32 first, u32 count)
{
	u32 n, changed, all = 0;

	for (; count; first += n, count -= n) {
		n = min(count, KDP_GROUP_CHUNKS - first % KDP_GROUP_CHUNKS);
		changed = kdp_bits_clear(s->busy, first, n);
		s->group_free[first / KDP_GROUP_CHUNKS] += changed;
		all += changed;
	}
	s->nr_busy -= all;
	return all;
}

/* Does word @w begin a group that has no chunk of the kind looked for? */
static bool kdp_skip_group(const struct kdp_space *s, u32 w, bool set)
{
	if (w % KDP_GROUP_WORDS || w + KDP_GROUP_WORDS > s->nr_words)
		return false;
	return s->group_free[w / KDP_GROUP_WORDS] ==
	       (set ? KDP_GROUP_CHUNKS : 0);
}

/* First chunk from @from on whose busy bit is @set; nr_chunks if none. */
static u32 kdp_next(const struct kdp_space *s, u32 from, bool set)
{
	u64 flip = set ? 0 : ~0ull;
	u64 word;
	u32 w;

	if (from >= s->nr_chunks)
		return s->nr_chunks;
	w = from / 64;
	word = (s->busy[w] ^ flip) & ~0ull << from % 64;
	while (!word) {
		w++;
		while (kdp_skip_group(s, w, set))
			w += KDP_GROUP_WORDS;
		if (w >= s->nr_words)
			return s->nr_chunks;
		word = s->busy[w] ^ flip;
	}
	return min_t(u32, w * 64 + __builtin_ctzll(word), s->nr_chunks);
}

/* The free run at or after @from; false: none before @to. */
static bool kdp_next_run(const struct kdp_space *s, u32 from, u32 to,
			 struct kdp_run *run)
{
	run->first = kdp_next(s, from, false);
	if (run->first >= to)
		return false;
	run->count = kdp_next(s, run->first, true) - run->first;
	return true;
}

/* All is looked at once, beginning at the cursor. */
struct kdp_look {
	u32 at, to;
	bool wrapped;
};

static void kdp_look_begin(const struct kdp_space *s, struct kdp_look *l)
{
	l->at = s->cursor;
	l->to = s->nr_chunks;
	l->wrapped = false;
}

static bool kdp_look_next(const struct kdp_space *s, struct kdp_look *l,
			  struct kdp_run *run)
{
	if (!kdp_next_run(s, l->at, l->to, run)) {
		if (l->wrapped)
			return false;
		l->wrapped = true;
		l->at = 0;
		l->to = s->cursor;
		if (!kdp_next_run(s, l->at, l->to, run))
			return false;
	}
	/* no chunk is seen twice */
	run->count = min(run->count, l->to - run->first);
	l->at = run->first + run->count;
	return true;
}

static void kdp_take_run(struct kdp_space *s, u32 want, struct kdp_run *run)
{
	run->count = min(run->count, want);
	kdp_space_busy(s, run->first, run->count);
	s->cursor = run->first + run->count;
}

#define KDP_SIZE_CLASSES	32u

int kdp_space_plan(struct kdp_space *s, u32 want, u32 *least)
{
	u64 chunks[KDP_SIZE_CLASSES] = { };	/* in runs of 2^i and more */
	struct kdp_look look;
	struct kdp_run run;
	u64 sum = 0;
	u32 i;

	kdp_look_begin(s, &look);
	while (kdp_look_next(s, &look, &run)) {
		if (run.count >= want) {
			s->cursor = run.first;
			*least = want;
			return 0;
		}
		chunks[ilog2(run.count)] += run.count;
	}
	for (i = KDP_SIZE_CLASSES; i--;) {
		sum += chunks[i];
		*least = 1u << i;
		if (sum >= want)
			return 0;
	}
	return -ENOSPC;
}

int kdp_space_reserve(struct kdp_space *s, u32 want, u32 least,
		      struct kdp_run *run)
{
	struct kdp_look look;

	kdp_look_begin(s, &look);
	while (kdp_look_next(s, &look, run)) {
		if (run->count < min(want, least))
			continue;
		kdp_take_run(s, want, run);
		return 0;
	}
	return -ENOSPC;
}

#define KDP_SOME_RUNS	64u

int kdp_space_reserve_some(struct kdp_space *s, u32 want, struct kdp_run *run)
{
	struct kdp_run best = { };
	struct kdp_look look;
	u32 n = 0;

	kdp_look_begin(s, &look);
	while (n++ < KDP_SOME_RUNS && best.count < want &&
	       kdp_look_next(s, &look, run))
		if (run->count > best.count)
			best = *run;
	if (!best.count)
		return -ENOSPC;
	*run = best;
	kdp_take_run(s, want, run);
	return 0;
}

void kdp_space_merge(struct kdp_space *s, u32 *only_used, u32 *only_busy)
{
	u32 w;

	*only_used = 0;
	*only_busy = 0;
	s->nr_used = 0;
	for (w = 0; w < s->nr_words; w++) {
		*only_used += kdp_popcount(s->used[w] & ~s->busy[w]);
		*only_busy += kdp_popcount(s->busy[w] & ~s->used[w]);
		s->used[w] |= s->busy[w];
		s->busy[w] = s->used[w];
		s->nr_used += s->used[w] == ~0ull ? 64 :
			      kdp_popcount(s->used[w]);
	}
	s->nr_busy = s->nr_used;
	kdp_count_groups(s);
}
