// SPDX-License-Identifier: GPL-2.0-only
/*
 * How the replicas are, and when they may be repaired: at most three attempts
 * an hour each, further and further apart as long as they fail, then none any
 * more until somebody asks or the replica answers again.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/string.h>

#include "store/private.h"

static bool kdp_needs_care(const struct kdp_store *s, u32 r)
{
	return !kdp_replica_current(s, r) || s->care[r].damaged;
}

void kdp_health_changed(struct kdp_store *s)
{
	bool wanted = s->rewrite;
	u32 r;

	for (r = 0; r < KDP_REPLICAS; r++)
		wanted |= kdp_needs_care(s, r) && !s->care[r].degraded;
	WRITE_ONCE(s->repair_wanted, wanted);
	WRITE_ONCE(s->health_news, s->health_news + 1);
}

static void kdp_care_forget(struct kdp_store *s, u32 r, u64 now)
{
	struct kdp_care *c = &s->care[r];

	while (c->nr_attempts && now - c->attempt[0] >= s->repair_period)
		memmove(c->attempt, c->attempt + 1,
			--c->nr_attempts * sizeof(c->attempt[0]));
}

static void kdp_degrade(struct kdp_store *s, u32 r)
{
	s->care[r].degraded = true;
	kdp_replica_doubt(s, r, s->super.geometry.replica[r].extent, -EIO);
	kdp_log(err, s,
		"metadata copy R%u: %u repairs within the hour, and it is damaged still: it is degraded, and left alone until a repair is asked for",
		r, KDP_REPAIR_ATTEMPTS);
}

/* The fourth attempt within the hour is not made. */
static bool kdp_care_try(struct kdp_store *s, u32 r, u64 now)
{
	struct kdp_care *c = &s->care[r];

	if (c->degraded || now < c->not_before)
		return false;
	kdp_care_forget(s, r, now);
	if (c->nr_attempts == KDP_REPAIR_ATTEMPTS) {
		kdp_degrade(s, r);
		return false;
	}
	c->attempt[c->nr_attempts++] = now;
	return true;
}

u32 kdp_care_begin(struct kdp_store *s, u64 now)
{
	u32 r, mask = 0;

	for (r = 0; r < KDP_REPLICAS; r++)
		if (kdp_needs_care(s, r) && kdp_care_try(s, r, now))
			mask |= 1u << r;
	kdp_health_changed(s);
	return mask;
}

u32 kdp_care_last(const struct kdp_store *s, u32 mask)
{
	u32 r;

	for (r = 0; r < KDP_REPLICAS; r++)
		if (s->care[r].nr_attempts < KDP_REPAIR_ATTEMPTS)
			mask &= ~(1u << r);
	return mask;
}

void kdp_care_end(struct kdp_store *s, u32 r, bool good, u64 now)
{
	struct kdp_care *c = &s->care[r];

	if (good) {
		c->failures = 0;
		c->not_before = 0;
		return;
	}
	c->not_before = now + ((u64)s->repair_period / 60 << c->failures);
	if (c->failures < KDP_REPAIR_ATTEMPTS)
		c->failures++;
	if (c->nr_attempts == KDP_REPAIR_ATTEMPTS)
		kdp_degrade(s, r);
}

void kdp_care_undo(struct kdp_store *s, u32 r)
{
	if (s->care[r].nr_attempts)
		s->care[r].nr_attempts--;
}

void kdp_care_forgive(struct kdp_store *s, u32 r)
{
	struct kdp_care *c = &s->care[r];

	c->nr_attempts = 0;
	c->failures = 0;
	c->not_before = 0;
	c->degraded = false;
}

bool kdp_store_wants_repair(const struct kdp_store *s)
{
	return kdp_store_mode(s) == KDP_STORE_ACTIVE &&
	       READ_ONCE(s->repair_wanted);
}

u64 kdp_store_repair_delay(struct kdp_store *s, u64 now)
{
	u64 delay = U64_MAX, wait;
	u32 r;

	mutex_lock(&s->commit_lock);
	if (s->rewrite)
		delay = 0;
	for (r = 0; r < KDP_REPLICAS; r++) {
		if (!kdp_needs_care(s, r) || s->care[r].degraded)
			continue;
		wait = s->care[r].not_before;
		wait = wait > now ? wait - now : 0;
		delay = min(delay, wait);
	}
	if (s->mode != KDP_STORE_ACTIVE)
		delay = U64_MAX;
	mutex_unlock(&s->commit_lock);
	return delay;
}

void kdp_store_set_repair_period(struct kdp_store *s, u32 seconds)
{
	mutex_lock(&s->commit_lock);
	s->repair_period = seconds;
	mutex_unlock(&s->commit_lock);
}

void kdp_store_health(struct kdp_store *s, struct kdp_health *h)
{
	struct kdp_replica_condition *c;
	u32 r;

	memset(h, 0, sizeof(*h));
	mutex_lock(&s->commit_lock);
	for (r = 0; r < KDP_REPLICAS; r++) {
		c = &h->replica[r];
		c->up_to_date = kdp_replica_current(s, r);
		c->degraded = s->care[r].degraded;
		c->damaged = s->care[r].damaged;
		c->mended = s->care[r].mended;
		c->attempts = s->care[r].nr_attempts;
		c->extent = s->super.geometry.replica[r].extent;
		c->moved_from = s->care[r].moved_from;
		h->valid += !kdp_needs_care(s, r);
	}
	h->repairs = s->repairs;
	h->rewrites = s->rewrites;
	h->last_repair = s->last_repair;
	h->news = s->health_news;
	mutex_unlock(&s->commit_lock);
	h->scrubbed = READ_ONCE(s->scrubbed);
	h->to_scrub = READ_ONCE(s->to_scrub);
}

u32 kdp_store_health_news(const struct kdp_store *s)
{
	return READ_ONCE(s->health_news);
}

u32 kdp_store_scrubbed(const struct kdp_store *s, u32 *of)
{
	*of = READ_ONCE(s->to_scrub);
	return READ_ONCE(s->scrubbed);
}
