// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "model/bitmap.h"

int kdp_space_init(struct kdp_space *s, u32 nr_chunks)
{
	memset(s, 0, sizeof(*s));
	s->nr_chunks = nr_chunks;
	s->nr_words = DIV_ROUND_UP(nr_chunks, 64);
	s->used = kvcalloc(s->nr_words, sizeof(u64), GFP_KERNEL);
	s->busy = kvcalloc(s->nr_words, sizeof(u64), GFP_KERNEL);
	if (s->used && s->busy)
		return 0;
	kdp_space_destroy(s);
	return -ENOMEM;
}

void kdp_space_destroy(struct kdp_space *s)
{
	kvfree(s->used);
	kvfree(s->busy);
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

static u32 kdp_popcount(u64 x)
{
	u32 n = 0;

	for (; x; x &= x - 1)
		n++;
	return n;
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
	u32 changed = kdp_bits_set(s->busy, first, count);

	s->nr_busy += changed;
	return changed;
}

u32 kdp_space_unbusy(struct kdp_space *s, u32 first, u32 count)
{
	u32 changed = kdp_bits_clear(s->busy, first, count);

	s->nr_busy -= changed;
	return changed;
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
		if (++w >= s->nr_words)
			return s->nr_chunks;
		word = s->busy[w] ^ flip;
	}
	return min_t(u32, w * 64 + __builtin_ctzll(word), s->nr_chunks);
}

/* Best run within [from, to): true and *@best as soon as one has @want. */
static bool kdp_search(const struct kdp_space *s, u32 from, u32 to, u32 want,
		       struct kdp_run *best)
{
	u32 end;

	while (from < to) {
		from = kdp_next(s, from, false);
		if (from >= to)
			break;
		end = kdp_next(s, from, true);
		if (end - from > best->count) {
			best->first = from;
			best->count = min(end - from, want);
		}
		if (best->count == want)
			return true;
		from = end;
	}
	return false;
}

int kdp_space_reserve(struct kdp_space *s, u32 want, struct kdp_run *run)
{
	struct kdp_run best = { };

	if (!kdp_search(s, s->cursor, s->nr_chunks, want, &best))
		kdp_search(s, 0, s->cursor, want, &best);
	if (!best.count)
		return -ENOSPC;
	kdp_space_busy(s, best.first, best.count);
	s->cursor = best.first + best.count;
	*run = best;
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
}
