// SPDX-License-Identifier: GPL-2.0-only
/* Is what was recovered what had been promised? */
#include <stdio.h>
#include <string.h>

#include "exhaust.h"

static const struct x_spot *find_spot(const struct x_live *l,
				      const struct x_datum *at, u32 *i)
{
	const struct x_spot *s;

	for (*i = 0; *i < l->nr_spots; (*i)++) {
		s = &l->spot[*i];
		if (s->volume == at->volume && s->chunk == at->chunk &&
		    s->sub == at->sub)
			return s;
	}
	return NULL;
}

/*
 * The oldest event whose value may be there: it was promised, or the recovered
 * state has its record, which is not written before its data are durable.
 */
static u32 oldest_event(const struct x_spot *s, u32 promised, u32 state)
{
	u32 i, oldest = promised;

	for (i = promised; i < s->nr; i++)
		if (s->state[i] <= state)
			oldest = i;
	return oldest;
}

static bool datum_good(const struct x_live *l, const struct x_floor *f,
		       u32 state, const struct x_datum *at, char *text)
{
	const struct x_spot *s;
	u32 i, k = 0;

	s = find_spot(l, at, &i);
	if (s)
		for (k = oldest_event(s, f->promised[i], state); k < s->nr; k++)
			if (s->value[k] == at->got)
				return true;
	if (at->got && at->got >> 32 != x_tag(at->volume, at->chunk, at->sub,
					      0) >> 32)
		snprintf(text, 200,
			 "promise 3: volume %llu chunk %u.%u reads %llx, written by another",
			 (unsigned long long)at->volume, at->chunk, at->sub,
			 (unsigned long long)at->got);
	else
		snprintf(text, 200,
			 "promise 1: volume %llu chunk %u.%u reads %llx, which is too old for state %u",
			 (unsigned long long)at->volume, at->chunk, at->sub,
			 (unsigned long long)at->got, state);
	return false;
}

static bool data_good(const struct x_live *l, const struct x_floor *f,
		      u32 state, const struct x_outcome *out, char *text)
{
	u32 i;

	for (i = 0; i < out->nr_data; i++)
		if (!datum_good(l, f, state, &out->data[i], text))
			return false;
	return true;
}

/* The same state may come twice, with other data. */
static void judge_states(const struct x_live *l, const struct x_floor *f,
			 const struct x_outcome *out, struct x_verdict *v)
{
	u32 i;

	snprintf(v->text, sizeof(v->text),
		 "promise 1: the pool was never in this state");
	for (i = 0; i < f->nr_states; i++) {
		if (l->state[i] != out->digest)
			continue;
		v->state = i;
		if (i < f->acked)
			snprintf(v->text, sizeof(v->text),
				 "promise 1: state %u of %u, %u was acknowledged",
				 i, f->nr_states, f->acked);
		else if (data_good(l, f, i, out, v->text)) {
			v->good = true;
			return;
		}
	}
}

void x_judge(const struct x_live *l, u32 floor, const struct x_outcome *out,
	     struct x_verdict *v)
{
	v->good = false;
	v->state = ~0u;
	if (out->error) {
		snprintf(v->text, sizeof(v->text),
			 "recovery, or a commit after it, failed: %d",
			 out->error);
		return;
	}
	judge_states(l, &l->floor[floor], out, v);
	if (!out->leaked && !out->mapped_but_free && !out->doubly_mapped)
		return;
	v->good = false;
	snprintf(v->text, sizeof(v->text),
		 "bitmap and maps: %u leaked, %u mapped but free, %u doubly mapped",
		 out->leaked, out->mapped_but_free, out->doubly_mapped);
}
