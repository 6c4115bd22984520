// SPDX-License-Identifier: GPL-2.0-only
/* Which pools are activated by themselves: situations, and all combinations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/decide.h"

static const struct kdpu_policy by_default = {
	.auto_activate = true,
	.threshold = KDPU_THRESHOLD,
};

static const struct kdpu_facts own = {
	.device = "/dev/sdb", .pool = "ci", .host = "lab1", .other = "/dev/sdc",
	.found = true, .copies = 5, .serial = KDPU_SERIAL_SAME,
	.size = KDPU_SIZE_SAME, .owner = KDPU_OWNER_THIS, .clean = true,
};

struct situation {
	const char *name;
	enum kdpu_answer verdict;
	const char *rule;
	unsigned int score;
	const char *why;		/* part of the reason */
	const char *todo;		/* and of what to do */
	void (*change)(struct kdpu_facts *f, struct kdpu_policy *p);
};

#define CHANGE(name, what) \
	static void name(struct kdpu_facts *f, struct kdpu_policy *p) \
	{ (void)f; (void)p; what; }

CHANGE(nothing, )
CHANGE(power_cut, f->clean = false)
CHANGE(four_damaged, f->copies = 1; f->clean = false)
CHANGE(no_serial, f->serial = KDPU_SERIAL_NONE)
CHANGE(no_serial_worst, f->serial = KDPU_SERIAL_NONE; f->copies = 1;
       f->clean = false)
CHANGE(no_serial_grown, f->serial = KDPU_SERIAL_NONE;
       f->size = KDPU_SIZE_GROWN)
CHANGE(grown, f->size = KDPU_SIZE_GROWN; f->copies = 1)
CHANGE(shrunk, f->size = KDPU_SIZE_SHRUNK)
CHANGE(lost_serial, f->serial = KDPU_SERIAL_LOST)
CHANGE(dd_copy, f->serial = KDPU_SERIAL_OTHER)
CHANGE(carried, f->owner = KDPU_OWNER_OTHER)
CHANGE(in_use_there, f->owner = KDPU_OWNER_OTHER; f->clean = false)
CHANGE(nobody, f->owner = KDPU_OWNER_UNKNOWN)
CHANGE(nobody_open, f->owner = KDPU_OWNER_UNKNOWN; f->clean = false)
CHANGE(no_id, f->owner = KDPU_OWNER_NO_ID)
CHANGE(no_id_open, f->owner = KDPU_OWNER_NO_ID; f->clean = false)
CHANGE(lost_serial_grown, f->serial = KDPU_SERIAL_LOST;
       f->size = KDPU_SIZE_GROWN)
CHANGE(dd_copy_grown, f->serial = KDPU_SERIAL_OTHER; f->size = KDPU_SIZE_GROWN)
CHANGE(clone, f->clone = true)
CHANGE(active, f->active = true)
CHANGE(active_off, f->active = true; p->auto_activate = false;
       p->cmdline_off = true; strcpy(p->broken, "x"))
CHANGE(elsewhere, f->active_elsewhere = true)
CHANGE(blank, memset(f, 0, sizeof(*f)))
CHANGE(mixed, f->mixed = true)
CHANGE(unknown, strcpy(f->unknown, "cannot list /sys/dev/block"))
CHANGE(broken, strcpy(p->broken, "kdevpool.conf:3: nonsense"))
CHANGE(off, p->auto_activate = false)
CHANGE(cmdline, p->cmdline_off = true)
CHANGE(strict, p->threshold = 100; f->copies = 4)
CHANGE(lenient, p->threshold = 75; f->owner = KDPU_OWNER_OTHER)
CHANGE(lenient_open, p->threshold = 75; f->owner = KDPU_OWNER_OTHER;
       f->clean = false)

static const struct situation situations[] = {
	{ "this machine's, closed", KDPU_ACTIVATE, "score", 100,
	  "this machine had the pool last", "", nothing },
	{ "after a power cut", KDPU_ACTIVATE, "score", 100,
	  "did not close it", "", power_cut },
	{ "four copies damaged", KDPU_ACTIVATE, "score", 96, "1 of 5 copies",
	  "", four_damaged },
	{ "a loop device", KDPU_ACTIVATE, "score", 95, "no serial number", "",
	  no_serial },
	{ "a loop device, power cut, four damaged", KDPU_ACTIVATE, "score", 91,
	  "no serial number", "", no_serial_worst },
	{ "a loop device of another size", KDPU_REFUSE, "threshold", 70,
	  "the size is another", "size it had", no_serial_grown },
	{ "the disk has grown", KDPU_ACTIVATE, "score", 91, "has grown", "",
	  grown },
	{ "the disk has shrunk", KDPU_REFUSE, "shrunk", 65, "smaller", "",
	  shrunk },
	{ "the serial number is not told", KDPU_REFUSE, "threshold", 70,
	  "does not tell the serial", "activate /dev/sdb", lost_serial },
	{ "copied by dd, the original is gone", KDPU_REFUSE, "threshold", 65,
	  "a copy of the disk", "activate /dev/sdb", dd_copy },
	{ "carried over, closed", KDPU_REFUSE, "threshold", 80,
	  "another machine (lab1)", "activate /dev/sdb", carried },
	{ "in use there", KDPU_REFUSE, "threshold", 60,
	  "may be active on host lab1", "certainly not so", in_use_there },
	{ "a machine without id", KDPU_REFUSE, "threshold", 80,
	  "no machine id", "systemd.machine_id=", no_id },
	{ "nobody's, closed", KDPU_REFUSE, "threshold", 80, "not recorded",
	  "activate /dev/sdb", nobody },
	{ "nobody's, open", KDPU_REFUSE, "threshold", 65, "not closed",
	  "activate /dev/sdb", nobody_open },
	{ "a clone", KDPU_REFUSE, "clone", 100,
	  "/dev/sdb and /dev/sdc hold the same pool",
	  "activate /dev/sdb, or kdevpool-admin activate /dev/sdc", clone },
	{ "active", KDPU_SKIP, "active", 100, "active already", "", active },
	{ "active, and all is off", KDPU_SKIP, "active", 100,
	  "active already", "", active_off },
	{ "active from another disk", KDPU_REFUSE, "active-elsewhere", 100,
	  "active from /dev/sdc", "take /dev/sdc away", elsewhere },
	{ "no pool, or five copies damaged", KDPU_NO_POOL, "no-pool", 0,
	  "no valid superblock", "check", blank },
	{ "two pools", KDPU_REFUSE, "mixed", 75, "two pools", "dump /dev/sdb",
	  mixed },
	{ "a fact is missing", KDPU_REFUSE, "unknown", 100, "cannot list",
	  "activate /dev/sdb", unknown },
	{ "a mistake in the configuration", KDPU_REFUSE, "configuration", 100,
	  "kdevpool.conf:3: nonsense", "kdevpool-admin config", broken },
	{ "switched off", KDPU_REFUSE, "auto_activate", 100,
	  "auto_activate", "activate /dev/sdb", off },
	{ "switched off at boot", KDPU_REFUSE, "command-line", 100,
	  "kdevpool.auto", "activate /dev/sdb", cmdline },
	{ "a higher threshold", KDPU_REFUSE, "threshold", 99, "", "", strict },
	{ "a lower one takes what is carried over", KDPU_ACTIVATE, "score", 80,
	  "and closed it", "", lenient },
	{ "but not what may be in use", KDPU_REFUSE, "threshold", 60,
	  "may be active", "", lenient_open },
};

static void situations_are_decided(void **state)
{
	const struct situation *s;
	struct kdpu_decision d;
	struct kdpu_policy p;
	struct kdpu_facts f;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(situations) / sizeof(situations[0]); i++) {
		s = &situations[i];
		f = own;
		p = by_default;
		s->change(&f, &p);
		kdpu_decide(&f, &p, &d);
		if (d.verdict != s->verdict || strcmp(d.rule, s->rule) ||
		    d.score != s->score || !strstr(d.why, s->why) ||
		    !strstr(d.todo, s->todo))
			fail_msg("%s: %d by %s, %u points: %s; %s", s->name,
				 d.verdict, d.rule, d.score, d.why, d.todo);
	}
}

/* Said plainly, in the order of weight; the code has tables. */
static enum kdpu_answer oracle(const struct kdpu_facts *f,
			       const struct kdpu_policy *p, unsigned int score)
{
	if (!f->found)
		return KDPU_NO_POOL;
	if (f->mixed || f->size == KDPU_SIZE_SHRUNK)
		return KDPU_REFUSE;
	if (f->active)
		return KDPU_SKIP;
	if (f->active_elsewhere)
		return KDPU_REFUSE;
	if (p->force)
		return KDPU_ACTIVATE;
	if (f->unknown[0] || p->broken[0] || p->cmdline_off ||
	    !p->auto_activate || f->clone)
		return KDPU_REFUSE;
	return score >= p->threshold ? KDPU_ACTIVATE : KDPU_REFUSE;
}

/* What must be so whatever the points are. */
static void check_principles(const struct kdpu_facts *f,
			     const struct kdpu_policy *p,
			     const struct kdpu_decision *d)
{
	bool good_disk = f->serial == KDPU_SERIAL_SAME ||
			 (f->serial == KDPU_SERIAL_NONE &&
			  f->size == KDPU_SIZE_SAME);
	bool comes_up = f->owner == KDPU_OWNER_THIS && good_disk;

	assert_true(d->score <= 100);
	if (d->verdict == KDPU_REFUSE || d->verdict == KDPU_NO_POOL)
		assert_true(d->why[0] && d->todo[0]);
	if (d->verdict != KDPU_ACTIVATE)
		assert_false(d->forced);
	if (p->force || f->mixed || !f->found || f->size == KDPU_SIZE_SHRUNK)
		return;
	/* how it was left does not count on the machine that it belongs to */
	assert_int_equal(d->score >= KDPU_THRESHOLD, comes_up);
	if (d->verdict == KDPU_ACTIVATE && p->threshold == 75)
		assert_true(comes_up || (f->clean && good_disk));
}

static void decode(unsigned int n, struct kdpu_facts *f, struct kdpu_policy *p)
{
	static const unsigned int thresholds[] = { 75, 90 };

#define TAKE(nr) (v = n % (nr), n /= (nr), v)
	unsigned int v;

	*f = own;
	*p = by_default;
	f->found = TAKE(2);
	f->mixed = TAKE(2);
	f->copies = 1 + TAKE(5);
	f->serial = TAKE(KDPU_NR_SERIAL);
	f->size = TAKE(KDPU_NR_SIZE);
	f->owner = TAKE(KDPU_NR_OWNER);
	f->clean = TAKE(2);
	f->active = TAKE(2);
	f->active_elsewhere = TAKE(2);
	f->clone = TAKE(2);
	f->unknown[0] = TAKE(2) ? 'x' : 0;
	p->auto_activate = TAKE(2);
	p->cmdline_off = TAKE(2);
	p->broken[0] = TAKE(2) ? 'x' : 0;
	p->force = TAKE(2);
	p->threshold = thresholds[TAKE(2)];
#undef TAKE
}

static void all_combinations(void **state)
{
	const unsigned int all = 4 * 5 * KDPU_NR_SERIAL * KDPU_NR_SIZE *
				 KDPU_NR_OWNER * 2 * (1 << 9);
	unsigned int n, nr[4] = { };
	struct kdpu_decision d;
	struct kdpu_policy p;
	struct kdpu_facts f;

	(void)state;
	for (n = 0; n < all; n++) {
		decode(n, &f, &p);
		kdpu_decide(&f, &p, &d);
		if (d.verdict != oracle(&f, &p, d.score))
			fail_msg("combination %u: %d by %s", n, d.verdict,
				 d.rule);
		check_principles(&f, &p, &d);
		nr[d.verdict]++;
	}
	print_message("%u combinations: %u activated, %u skipped, %u refused, %u no pool\n",
		      all, nr[0], nr[1], nr[2], nr[3]);
	assert_true(nr[0] && nr[1] && nr[2] && nr[3]);
}

static void words_that_are_too_long(void **state)
{
	struct kdpu_policy p = by_default;
	struct kdpu_facts f = own;
	struct kdpu_decision d;

	(void)state;
	memset(f.device, 'd', sizeof(f.device) - 1);
	memset(f.other, 'o', sizeof(f.other) - 1);
	memset(f.host, 'h', sizeof(f.host) - 1);
	f.clone = true;
	kdpu_decide(&f, &p, &d);
	assert_true(strlen(d.why) < sizeof(d.why));
	assert_true(strlen(d.todo) < sizeof(d.todo));
	f.clone = false;
	f.owner = KDPU_OWNER_OTHER;
	f.clean = false;
	kdpu_decide(&f, &p, &d);
	assert_int_equal(d.verdict, KDPU_REFUSE);
}

/* A line of the table in kdevpool.conf(5), and facts of which it is true. */
static const struct line {
	const char *text;
	enum kdpu_score score;
	void (*change)(struct kdpu_facts *f, struct kdpu_policy *p);
	void (*also)(struct kdpu_facts *f, struct kdpu_policy *p);
} lines[] = {
	{ "superblocks: valid, all of one pool", KDPU_SCORE_SUPER, nothing,
	  nothing },
	{ "each of five copies with a valid superblock", KDPU_SCORE_COPIES,
	  four_damaged, grown },
	{ "  serial number or WWN, and size, as recorded", KDPU_SCORE_DISK,
	  nothing, power_cut },
	{ "  the same serial number, the disk has grown", KDPU_SCORE_DISK,
	  grown, grown },
	{ "  no serial number recorded, the same size", KDPU_SCORE_DISK,
	  no_serial, no_serial },
	{ "  no serial number recorded, another size", KDPU_SCORE_DISK,
	  no_serial_grown, no_serial_grown },
	{ "  one is recorded, the disk tells none", KDPU_SCORE_DISK,
	  lost_serial, lost_serial_grown },
	{ "  another serial number", KDPU_SCORE_DISK, dd_copy,
	  dd_copy_grown },
	{ "  this machine had the pool last", KDPU_SCORE_HOST, nothing,
	  power_cut },
	{ "  another, or it cannot be told; closed", KDPU_SCORE_HOST,
	  carried, nobody },
	{ "  it cannot be told; not closed", KDPU_SCORE_HOST, nobody_open,
	  no_id_open },
	{ "  another; not closed", KDPU_SCORE_HOST, in_use_there,
	  lenient_open },
};

static unsigned int points_of(const struct line *l,
			      void (*change)(struct kdpu_facts *f,
					     struct kdpu_policy *p))
{
	struct kdpu_policy p = by_default;
	struct kdpu_facts f = own;
	struct kdpu_decision d;

	change(&f, &p);
	kdpu_decide_score(&f, &d);
	return d.points[l->score].points;
}

static void compare_line(const char *text, unsigned int points)
{
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (strcmp(lines[i].text, text))
			continue;
		if (points_of(&lines[i], lines[i].change) != points ||
		    points_of(&lines[i], lines[i].also) != points)
			fail_msg("\"%s\": %u and %u points, kdevpool.conf(5) has %u",
				 text, points_of(&lines[i], lines[i].change),
				 points_of(&lines[i], lines[i].also), points);
		return;
	}
	fail_msg("kdevpool.conf(5) has a line \"%s\", which this test does not know",
		 text);
}

/* Both ways: no line is missing on either side. */
static void the_manual_has_the_points(void **state)
{
	FILE *f = fopen("userspace/man/kdevpool.conf.5", "r");
	char line[200], text[120];
	unsigned int points;
	size_t n = 0;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, ".It \"%119[^\"]\" Ta %u", text, &points) != 2)
			continue;
		compare_line(text, points);
		n++;
	}
	fclose(f);
	assert_int_equal(n, sizeof(lines) / sizeof(lines[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(situations_are_decided),
		cmocka_unit_test(all_combinations),
		cmocka_unit_test(words_that_are_too_long),
		cmocka_unit_test(the_manual_has_the_points),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
