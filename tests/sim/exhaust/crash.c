// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every crash point of a log, and every case of each.
 *
 * A crash point is before, between and after the transfers of a submit, as they
 * complete one after the other, and after a flush.  Two in a row at which the
 * same is certain, the same is pending and the same was promised have the same
 * cases, which are counted again, but not tried again.  Nor is an image that
 * this sequence had before with the same promises.
 *
 * A torn block fails its checksum and must count as lost.  So every case in
 * which blocks of metadata are lost has a twin where they are torn, which must
 * come to the same; of reduced choices (choice.c) only the case in which all
 * are lost.
 *
 * Promise 2: all five replicas are current, as no transfer fails here, so of
 * the images that recovery can tell apart each is tried again with every one to
 * four replicas wiped, again modulo permutation, and with some as they were
 * before the sequence, which the hash of the image chooses.  These, too, go on
 * living (recover.c).  Of images that recovery cannot tell apart, as they differ
 * where it does not look, the others are tried with one such choice.
 *
 * A recovery can lose power too; after that another one must come to the same.
 * Recoveries that read the same write the same, so one of them is crashed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exhaust.h"

#define STALE		(1u << KDP_REPLICAS)	/* in x_where.wipe */
#define ANY		(~0u)

struct x_counts x_counts;

/* The examination of one log: of a sequence, or of a recovery. */
struct walk {
	struct x_exam *exam;
	u32 depth;
	const struct x_outcome *must;	/* depth 1: what to come to */
	u8 alike[KDP_REPLICAS];		/* before the log */
	u32 floor;
	struct x_where at;
	struct x_pending pending, now;	/* without and with those in flight */
	struct x_choice choice;
	bool any;			/* point before */
	u64 last_key, last_cases;	/* of that */
};

static struct x_set seen_images, seen_cases, seen_recoveries;

static bool verbose(const struct walk *w)
{
	return w->exam->only;
}

static bool differs(u32 wanted, u32 is)
{
	return wanted != ANY && wanted != is;
}

/* Is this the case to be shown, so far as it is decided? */
static bool wanted_case(const struct walk *w)
{
	const struct x_where *only = w->exam->only;

	if (!only)
		return true;
	if (w->depth)
		return !differs(only->inner_point, w->at.inner_point) &&
		       !differs(only->inner_kase, w->at.inner_kase);
	return !differs(only->point, w->at.point) &&
	       !differs(only->kase, w->at.kase);
}

static void tell(const struct walk *w, const struct x_outcome *out,
		 const struct x_verdict *v)
{
	u32 i;

	printf("  point %u case %u wipe %u inner %d:%d: ", w->at.point,
	       w->at.kase, w->at.wipe, (int)w->at.inner_point,
	       (int)w->at.inner_kase);
	if (out->error)
		printf("error %d: %s\n", out->error, x_why);
	else
		printf("state %d (%u acknowledged)\n", (int)v->state,
		       w->exam->live->floor[w->floor].acked);
	for (i = 0; i < out->nr_data; i++)
		printf("    volume %llu chunk %u.%u holds %llx\n",
		       (unsigned long long)out->data[i].volume,
		       out->data[i].chunk, out->data[i].sub,
		       (unsigned long long)out->data[i].got);
	printf("    %s\n", v->good ? "good" : v->text);
}

static void judge(struct walk *w, const struct x_outcome *out)
{
	struct x_verdict v;

	x_judge(w->exam->live, w->floor, out, &v);
	if (v.good && w->must && out != w->must) {
		v.good = false;
		snprintf(v.text, sizeof(v.text),
			 "a crash in recovery changes what is recovered");
	}
	if (verbose(w))
		tell(w, out, &v);
	if (!v.good)
		x_violation(w->exam, &w->at, v.text);
}

/* Only the first of those that are equal in this case are wiped. */
static bool canonical(u32 wiped, const u8 *alike)
{
	u32 r, q;

	for (r = 0; r < KDP_REPLICAS; r++)
		for (q = 0; q < r; q++)
			if (alike[q] == alike[r] && wiped >> r & 1 &&
			    !(wiped >> q & 1))
				return false;
	return true;
}

static void wipe(struct walk *w, u32 which, u32 how)
{
	struct x_disk *d = w->exam->disk;

	if (verbose(w) && differs(w->exam->only->wipe, which))
		return;
	x_counts.wiped++;
	w->at.wipe = which;
	d->wiped = which & (STALE - 1);
	d->stale = which & STALE ? x_base : NULL;
	judge(w, x_recover(d, how, NULL));
	d->wiped = 0;
	w->at.wipe = 0;
}

/* The one that the image's hash says. */
static void wipe_one(struct walk *w)
{
	u64 luck = kdp_mix64(w->exam->disk->hash);

	wipe(w, (luck & STALE) | (1 + (luck >> 32) % (STALE - 2)), 0);
}

static void wipe_all(struct walk *w)
{
	u8 alike[KDP_REPLICAS];
	u32 which;

	x_choice_alike(&w->choice, alike);
	for (which = 1; which < STALE - 1; which++)
		if (canonical(which, alike))
			wipe(w, which, X_DEEP);
	if (verbose(w))
		for (which = 1; which < STALE - 1; which++)
			wipe(w, which | STALE, X_DEEP);
	else
		wipe(w, STALE | (1 + kdp_mix64(w->exam->disk->hash) %
				 (STALE - 2)), X_DEEP);
}

static void walk_log(struct walk *w, const struct x_log *log, u32 from);

/* The recovery from what is on the disk loses power in its turn. */
static void crash_recovery(struct walk *w, const struct x_outcome *out)
{
	static struct walk inner;
	static struct x_log log;

	memset(&inner, 0, sizeof(inner));
	inner.exam = w->exam;
	inner.depth = 1;
	inner.must = out;
	inner.floor = w->floor;
	inner.at = w->at;
	x_choice_alike(&w->choice, inner.alike);
	log.nr = log.nr_submits = 0;
	x_recover(w->exam->disk, 0, &log);
	walk_log(&inner, &log, 0);
}

/* One of the images that recovery can tell apart. */
static void try_deeply(struct walk *w, const struct x_outcome *out)
{
	judge(w, x_recover(w->exam->disk, (w->depth ? X_INNER : 0) | X_DEEP,
			   NULL));
	if (w->depth)
		return;
	wipe_all(w);
	if (w->exam->crash_recovery && !out->error)
		crash_recovery(w, out);
}

static void try_image(struct walk *w, const struct x_outcome *untorn)
{
	struct x_disk *d = w->exam->disk;
	const struct x_outcome *out = x_recover(d, w->depth, NULL);
	u64 leaf = ((u64)w->floor << 32 | x_leaf) ^
		   kdp_mix64((u64)(uintptr_t)w->must);

	judge(w, out);
	if (untorn && out != untorn)
		x_violation(w->exam, &w->at, "a torn block was not lost");
	if (!w->depth)
		x_counts.distinct += x_set_add(&seen_images, d->hash);
	if (verbose(w) || x_set_add(&seen_recoveries, leaf))
		try_deeply(w, out);
	else if (!w->depth)
		wipe_one(w);
}

/* Put what survives on the disk; true if a block is torn. */
static bool put(struct walk *w, const u8 *version, u32 *old, bool torn)
{
	struct x_disk *d = w->exam->disk;
	bool any = false;
	u32 i;

	for (i = 0; i < w->now.nr; i++) {
		const struct x_unit *u = &w->now.unit[i];
		u32 content = d->cell[u->block];

		old[i] = content;
		if (version[i])
			content = u->content[version[i] - 1];
		else if (torn && u->replica != X_DATA)
			content = x_content_torn(u->content[u->nr - 1], old[i]);
		if (!version[i] && content != old[i]) {
			any = true;
			x_counts.torn_units++;
		}
		x_disk_set(d, u->block, content);
	}
	return any;
}

static void take_back(struct walk *w, const u32 *old)
{
	u32 i;

	for (i = 0; i < w->now.nr; i++)
		x_disk_set(w->exam->disk, w->now.unit[i].block, old[i]);
}

static void show_units(const struct walk *w, const u8 *version, bool torn)
{
	const struct x_unit *u;
	u32 i;

	printf("point %d case %d%s:\n", (int)w->at.point, (int)w->at.kase,
	       torn ? ", what is lost is torn" : "");
	for (i = 0; i < w->now.nr; i++) {
		u = &w->now.unit[i];
		printf("  block %u (%s%u, %u): version %u of %u%s\n", u->block,
		       u->replica == X_DATA ? "data " : "R", u->replica,
		       u->role, version[i], u->nr,
		       version[i] && u->discard[version[i] - 1] ?
		       ", a discard" : "");
	}
}

static void count_case(struct walk *w, bool torn)
{
	if (w->depth) {
		x_counts.inner_cases++;
		return;
	}
	x_counts.cases++;
	x_counts.torn += torn;
}

static void do_case(struct walk *w, const u8 *version, bool torn)
{
	struct x_disk *d = w->exam->disk;
	const struct x_outcome *untorn = NULL;
	u32 old[X_UNITS];
	u64 key;

	if (torn) {
		put(w, version, old, false);
		untorn = x_recover(d, w->depth, NULL);
		take_back(w, old);
	}
	if (put(w, version, old, torn) || !torn) {
		count_case(w, torn);
		key = d->hash ^ kdp_mix64(w->floor + 1) ^
		      kdp_mix64((u64)(uintptr_t)w->must);
		if (verbose(w))
			show_units(w, version, torn);
		if (verbose(w) || x_set_add(&seen_cases, key))
			try_image(w, untorn);
	}
	take_back(w, old);
}

static void each_case(struct walk *w)
{
	u32 *kase = w->depth ? &w->at.inner_kase : &w->at.kase;
	u8 version[X_UNITS];
	bool twin = true;

	*kase = 0;
	do {
		x_choice_versions(&w->choice, version);
		if (wanted_case(w))
			do_case(w, version, false);
		(*kase)++;
		if (twin && wanted_case(w))
			do_case(w, version, true);
		(*kase)++;
		twin = w->choice.complete;
	} while (x_choice_next(&w->choice));
}

static u64 nr_cases(const struct walk *w)
{
	return w->depth ? x_counts.inner_cases : x_counts.cases;
}

static void count_point(struct walk *w)
{
	if (w->depth) {
		x_counts.inner_points++;
		return;
	}
	x_counts.points++;
	if (w->choice.complete)
		x_counts.complete++;
	else
		x_counts.reduced++;
}

/* A crash when the entries [from, to) are in flight. */
static void crash_point(struct walk *w, const struct x_log *log, u32 from,
			u32 to, u32 floor)
{
	struct x_disk *d = w->exam->disk;
	u32 *point = w->depth ? &w->at.inner_point : &w->at.point;
	u64 key, before;
	u32 i;

	w->now = w->pending;
	for (i = from; i < to; i++)
		x_pending_add(&w->now, d, &log->entry[i]);
	if (!w->depth)
		w->floor = floor;
	key = kdp_mix64(d->hash ^ kdp_mix64(w->floor)) ^
	      x_pending_hash(&w->now);
	if (w->any && key == w->last_key) {
		count_point(w);
		if (w->depth)
			x_counts.inner_cases += w->last_cases;
		else
			x_counts.cases += w->last_cases;
	} else {
		x_choice_begin(&w->choice, &w->now, w->alike, w->depth);
		count_point(w);
		before = nr_cases(w);
		each_case(w);
		w->last_cases = nr_cases(w) - before;
		w->last_key = key;
		w->any = true;
	}
	(*point)++;
}

/* Transfers of one submit, one after the other. */
static void walk_submit(struct walk *w, const struct x_log *log, u32 first,
			u32 end, bool examine)
{
	const struct x_entry *e = &log->entry[first];
	u32 i;

	for (i = first; i < end; i++, e++) {
		if (examine)
			crash_point(w, log, i, end, e->floor);
		x_pending_complete(&w->pending, w->exam->disk, e);
	}
	if (examine)
		crash_point(w, log, end, end, e[-1].floor);
}

static void walk_log(struct walk *w, const struct x_log *log, u32 from)
{
	static u32 saved[2][X_BLOCKS];
	struct x_disk *d = w->exam->disk;
	u64 hash = d->hash;
	u32 first, end;

	memcpy(saved[w->depth], d->cell, sizeof(d->cell));
	for (first = 0; first < log->nr; first = end) {
		end = first + 1;
		while (end < log->nr &&
		       log->entry[end].submit == log->entry[first].submit)
			end++;
		walk_submit(w, log, first, end, first >= from);
	}
	memcpy(d->cell, saved[w->depth], sizeof(d->cell));
	d->hash = hash;
}

void x_examine(struct x_exam *x, const struct x_log *log, u32 from)
{
	static struct walk w;

	memset(&w, 0, sizeof(w));
	w.exam = x;
	w.at.inner_point = ANY;
	w.at.inner_kase = ANY;
	x_set_clear(&seen_images);
	x_set_clear(&seen_cases);
	x_set_clear(&seen_recoveries);
	walk_log(&w, log, from);
}
