// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "decide.h"
#include "err.h"

static void set_points(struct kdpu_points *p, const char *fact,
		       unsigned int points, unsigned int max, const char *fmt,
		       ...) KDPU_PRINTF(5, 6);

static void set_points(struct kdpu_points *p, const char *fact,
		       unsigned int points, unsigned int max, const char *fmt,
		       ...)
{
	va_list args;

	p->fact = fact;
	p->points = points;
	p->max = max;
	va_start(args, fmt);
	vsnprintf(p->text, sizeof(p->text), fmt, args);
	va_end(args);
}

struct graded {
	unsigned int points;
	const char *text;
};

static const struct graded disks[KDPU_NR_SERIAL][KDPU_NR_SIZE] = {
	[KDPU_SERIAL_SAME] = {
		[KDPU_SIZE_SAME] = { 35, "the disk has the serial number and size that are recorded" },
		[KDPU_SIZE_GROWN] = { 30, "the disk has the serial number that is recorded, and has grown" },
	},
	[KDPU_SERIAL_NONE] = {
		[KDPU_SIZE_SAME] = { 30, "the disk has the recorded size; no serial number is recorded" },
		[KDPU_SIZE_GROWN] = { 5, "no serial number is recorded, and the size is another" },
	},
	[KDPU_SERIAL_LOST] = {
		[KDPU_SIZE_SAME] = { 5, "the disk does not tell the serial number that is recorded" },
		[KDPU_SIZE_GROWN] = { 5, "the disk does not tell the serial number that is recorded" },
	},
	[KDPU_SERIAL_OTHER] = {
		[KDPU_SIZE_SAME] = { 0, "another serial number is recorded: this is a copy of the disk" },
		[KDPU_SIZE_GROWN] = { 0, "another serial number is recorded: this is a copy of the disk" },
	},
};

#define DISK_MAX	35
#define HOST_MAX	40
#define SUPER_MAX	20

static void score_disk(const struct kdpu_facts *f, struct kdpu_points *p)
{
	const struct graded *g = &disks[f->serial][f->size];

	set_points(p, "disk", g->points, DISK_MAX, "%s", g->text ? g->text :
		   "the disk is smaller than the pool");
}

/* Is it ours, and may it be in use? */
static void score_host(const struct kdpu_facts *f, struct kdpu_points *p)
{
	const char *how = f->clean ? "and closed it" : "and did not close it";
	const char *host = f->host[0] ? f->host : "not named";
	const char *open = f->clean ? "it was closed" : "it was not closed";

	switch (f->owner) {
	case KDPU_OWNER_THIS:
		set_points(p, "host", 40, HOST_MAX, "this machine had the pool last, %s",
			   how);
		break;
	case KDPU_OWNER_OTHER:
		set_points(p, "host", f->clean ? 20 : 0, HOST_MAX,
			   "another machine (%.40s) had the pool last, %s", host,
			   how);
		break;
	case KDPU_OWNER_NO_ID:
		set_points(p, "host", f->clean ? 20 : 5, HOST_MAX,
			   "this machine has no machine id to compare; %s",
			   open);
		break;
	default:
		set_points(p, "host", f->clean ? 20 : 5, HOST_MAX,
			   "which machine had it last is not recorded (%.40s); %s",
			   host, open);
	}
}

void kdpu_decide_score(const struct kdpu_facts *f, struct kdpu_decision *d)
{
	struct kdpu_points *p = d->points;
	bool super = f->found && !f->mixed;
	size_t i;

	set_points(&p[KDPU_SCORE_SUPER], "super", super ? SUPER_MAX : 0,
		   SUPER_MAX, "%s", super ? "the superblocks are valid and of one pool" :
		   f->mixed ? "there are superblocks of two pools" :
		   "there is no valid superblock");
	set_points(&p[KDPU_SCORE_COPIES], "copies", super ? f->copies : 0,
		   KDPU_COPIES, "%u of %d copies have a valid superblock",
		   f->copies, KDPU_COPIES);
	score_disk(f, &p[KDPU_SCORE_DISK]);
	score_host(f, &p[KDPU_SCORE_HOST]);
	/* nothing is recorded that could be compared */
	for (i = 0; !f->found && i < KDPU_NR_SCORES; i++) {
		p[i].points = 0;
		strcpy(p[i].text, "no valid superblock");
	}
	d->score = 0;
	for (i = 0; i < KDPU_NR_SCORES; i++)
		d->score += p[i].points;
}

static bool is_none(const struct kdpu_facts *f, const struct kdpu_policy *p)
{
	(void)p;
	return !f->found;
}

static bool is_mixed(const struct kdpu_facts *f, const struct kdpu_policy *p)
{
	(void)p;
	return f->mixed;
}

static bool is_shrunk(const struct kdpu_facts *f, const struct kdpu_policy *p)
{
	(void)p;
	return f->size == KDPU_SIZE_SHRUNK;
}

static bool is_active(const struct kdpu_facts *f, const struct kdpu_policy *p)
{
	(void)p;
	return f->active;
}

static bool is_elsewhere(const struct kdpu_facts *f,
			 const struct kdpu_policy *p)
{
	(void)p;
	return f->active_elsewhere;
}

static bool is_clone(const struct kdpu_facts *f, const struct kdpu_policy *p)
{
	(void)p;
	return f->clone;
}

static bool is_unknown(const struct kdpu_facts *f, const struct kdpu_policy *p)
{
	(void)p;
	return f->unknown[0];
}

static bool is_broken(const struct kdpu_facts *f, const struct kdpu_policy *p)
{
	(void)f;
	return p->broken[0];
}

static bool is_cmdline(const struct kdpu_facts *f, const struct kdpu_policy *p)
{
	(void)f;
	return p->cmdline_off;
}

static bool is_off(const struct kdpu_facts *f, const struct kdpu_policy *p)
{
	(void)f;
	return !p->auto_activate;
}

/* "{1}": the device; "{2}": the other device, or what the rule is about. */
static const struct rule {
	const char *name;
	bool (*applies)(const struct kdpu_facts *f,
			const struct kdpu_policy *p);
	enum kdpu_answer verdict;
	bool last;		/* the user's word does not help */
	const char *why;
	const char *todo;
} rules[] = {
	{ "no-pool", is_none, KDPU_NO_POOL, true,
	  "no valid superblock is on {1}: no pool, or all five copies damaged",
	  "kdevpool-admin check {1}" },
	{ "mixed", is_mixed, KDPU_REFUSE, true,
	  "superblocks of two pools are on {1}",
	  "see which: kdevpool-admin dump {1}; then keep one with repair, or destroy" },
	{ "shrunk", is_shrunk, KDPU_REFUSE, true,
	  "{1} is smaller than the disk that the pool was made on",
	  "give it the size it had: kdevpool-admin check {1} tells which" },
	{ "active", is_active, KDPU_SKIP, true,
	  "it is active already", "" },
	{ "active-elsewhere", is_elsewhere, KDPU_REFUSE, true,
	  "the pool is active from {2}, and {1} holds a copy of it",
	  "to use this copy instead: deactivate the pool, take {2} away, then kdevpool-admin activate {1}" },
	{ "unknown", is_unknown, KDPU_REFUSE, false,
	  "it could not be found out whether that is safe: {2}",
	  "if it is: kdevpool-admin activate {1}" },
	{ "configuration", is_broken, KDPU_REFUSE, false,
	  "there is a mistake in the configuration, and nothing is activated by itself: {2}",
	  "mend it (kdevpool-admin config checks it); now: kdevpool-admin activate {1}" },
	{ "command-line", is_cmdline, KDPU_REFUSE, false,
	  "switched off by kdevpool.auto on the kernel's command line",
	  "kdevpool-admin activate {1}" },
	{ "auto_activate", is_off, KDPU_REFUSE, false,
	  "switched off by auto_activate in the configuration ({2})",
	  "kdevpool-admin activate {1}" },
	{ "clone", is_clone, KDPU_REFUSE, false,
	  "{1} and {2} hold the same pool: one is a copy of the other, and neither is activated",
	  "say which one: kdevpool-admin activate {1}, or kdevpool-admin activate {2}" },
};

static const char *subject(const struct kdpu_facts *f,
			   const struct kdpu_policy *p, const struct rule *r)
{
	if (r->applies == is_unknown)
		return f->unknown;
	if (r->applies == is_broken)
		return p->broken;
	return r->applies == is_off ? "kdevpool-admin config" : f->other;
}

/* @text is of the table above. */
static void fill_in(char *buf, size_t size, const char *text,
		    const char *device, const char *other)
{
	const char *p;
	size_t n = 0;

	for (p = text; *p && n < size - 1; p++) {
		if (!strncmp(p, "{1}", 3) || !strncmp(p, "{2}", 3)) {
			n += snprintf(buf + n, size - n, "%s",
				      p[1] == '1' ? device : other);
			n = n < size ? n : size - 1;
			p += 2;
		} else {
			buf[n++] = *p;
		}
	}
	buf[n] = 0;
}

static const struct rule *find_rule(const struct kdpu_facts *f,
				    const struct kdpu_policy *p)
{
	size_t i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].applies(f, p))
			return &rules[i];
	return NULL;
}

/* What helps against too few points. */
static const char *remedy(const struct kdpu_facts *f)
{
	if (f->owner == KDPU_OWNER_OTHER && !f->clean)
		return "if that is certainly not so: kdevpool-admin activate --force {1}; from then on the pool is this machine's";
	if (f->owner == KDPU_OWNER_NO_ID)
		return "systemd-machine-id-setup, or systemd.machine_id= on the kernel's command line; now: kdevpool-admin activate {1}";
	if (f->serial == KDPU_SERIAL_NONE && f->size == KDPU_SIZE_GROWN)
		return "give the device the size it had, or lower the threshold in kdevpool.conf; now: kdevpool-admin activate {1}";
	return "if that is right: kdevpool-admin activate {1}; from then on it comes up by itself";
}

/* Below the threshold: the fact that weighs most is the reason. */
static void too_low(const struct kdpu_facts *f, struct kdpu_decision *d)
{
	const struct kdpu_points *worst = &d->points[KDPU_SCORE_DISK];
	const struct kdpu_points *host = &d->points[KDPU_SCORE_HOST];

	if (host->max - host->points > worst->max - worst->points)
		worst = host;
	if (f->owner == KDPU_OWNER_OTHER && !f->clean)
		snprintf(d->why, sizeof(d->why),
			 "the pool may be active on host %.63s, which had it last and did not close it",
			 f->host[0] ? f->host : "(not named)");
	else
		snprintf(d->why, sizeof(d->why), "%s", worst->text);
	fill_in(d->todo, sizeof(d->todo), remedy(f), f->device, "");
	d->rule = "threshold";
	d->verdict = KDPU_REFUSE;
}

static void refuse(const struct kdpu_facts *f, const struct kdpu_policy *p,
		   const struct rule *r, struct kdpu_decision *d)
{
	const char *other = subject(f, p, r);

	d->rule = r->name;
	d->verdict = r->verdict;
	fill_in(d->why, sizeof(d->why), r->why, f->device, other);
	fill_in(d->todo, sizeof(d->todo), r->todo, f->device, other);
}

/* What stands in the way, were it not for the user's word. */
static void decide(const struct kdpu_facts *f, const struct kdpu_policy *p,
		   struct kdpu_decision *d, bool *last)
{
	const struct rule *r = find_rule(f, p);

	*last = r && r->last;
	if (r) {
		refuse(f, p, r, d);
	} else if (d->score < d->threshold) {
		too_low(f, d);
	} else {
		d->rule = "score";
		d->verdict = KDPU_ACTIVATE;
		snprintf(d->why, sizeof(d->why), "%s; %s; %s",
			 d->points[KDPU_SCORE_HOST].text,
			 d->points[KDPU_SCORE_DISK].text,
			 d->points[KDPU_SCORE_COPIES].text);
	}
}

void kdpu_decide(const struct kdpu_facts *f, const struct kdpu_policy *p,
		 struct kdpu_decision *d)
{
	char against[sizeof(d->why)];
	bool last;

	memset(d, 0, sizeof(*d));
	d->threshold = p->threshold;
	kdpu_decide_score(f, d);
	decide(f, p, d, &last);
	if (d->verdict != KDPU_REFUSE || last || !p->force)
		return;
	memcpy(against, d->why, sizeof(against));
	d->verdict = KDPU_ACTIVATE;
	d->forced = true;
	d->todo[0] = 0;
	snprintf(d->why, sizeof(d->why), "by the user's word, although %.460s",
		 against);
}
