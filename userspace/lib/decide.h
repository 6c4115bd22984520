/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Is the pool on a disk activated without being asked?  Pure: what is known of
 * the disk and this machine goes in, verdict and reasons come out.
 *
 * Nothing that counts here grows old: a pool that lay in a drawer for years is
 * as good as one of yesterday.
 *
 * The points are those of the table in kdevpool.conf(5), which test-decide
 * compares with what comes out here.
 *
 * How the pool was left does not count on the machine that had it: a power cut
 * must not keep it away.  On another one a pool that was not closed may be in
 * use there.  One that was closed and carried over stays below 90 all the same:
 * its names and data are for the machine that it belongs to, a new one asks
 * its owner once, and from then on it is his.
 */
#ifndef KDPU_DECIDE_H
#define KDPU_DECIDE_H

#include <stdbool.h>
#include <stddef.h>

#define KDPU_COPIES	5
#define KDPU_THRESHOLD	90

enum kdpu_serial {
	KDPU_SERIAL_SAME,
	KDPU_SERIAL_NONE,	/* none is recorded */
	KDPU_SERIAL_LOST,	/* one is recorded, the disk tells none */
	KDPU_SERIAL_OTHER,
	KDPU_NR_SERIAL
};

enum kdpu_size {
	KDPU_SIZE_SAME,
	KDPU_SIZE_GROWN,
	KDPU_SIZE_SHRUNK,
	KDPU_NR_SIZE
};

enum kdpu_owner {
	KDPU_OWNER_THIS,
	KDPU_OWNER_UNKNOWN,	/* the superblock has no machine id */
	KDPU_OWNER_NO_ID,	/* this machine has none */
	KDPU_OWNER_OTHER,
	KDPU_NR_OWNER
};

struct kdpu_facts {
	char device[256];
	char pool[32], uuid[40], host[64];	/* as the superblock says */
	bool found;		/* at least one valid superblock */
	bool mixed;		/* superblocks of two pools */
	unsigned int copies;	/* with a valid superblock, of KDPU_COPIES */
	enum kdpu_serial serial;
	enum kdpu_size size;
	enum kdpu_owner owner;
	bool clean;		/* closed in order */
	bool active;		/* the pool is active, from this device */
	bool active_elsewhere;	/* from another one, which is in @other */
	bool clone;		/* @other holds the same pool */
	char other[256];
	char unknown[256];	/* what could not be found out; "" */
};

struct kdpu_policy {
	bool auto_activate;
	unsigned int threshold;
	bool cmdline_off;	/* kdevpool.auto=0 */
	char broken[512];	/* the mistake in the configuration; "" */
	bool force;		/* the user has named the device */
};

enum kdpu_answer {
	KDPU_ACTIVATE,
	KDPU_SKIP,		/* it is active */
	KDPU_REFUSE,
	KDPU_NO_POOL,
};

enum kdpu_score {
	KDPU_SCORE_SUPER,
	KDPU_SCORE_COPIES,
	KDPU_SCORE_DISK,
	KDPU_SCORE_HOST,
	KDPU_NR_SCORES
};

struct kdpu_points {
	const char *fact;	/* "super", "copies", "disk", "host" */
	unsigned int points, max;
	char text[128];
};

struct kdpu_decision {
	enum kdpu_answer verdict;
	const char *rule;	/* what decided: "clone", "threshold" */
	bool forced;		/* refused but for the user's word */
	unsigned int score, threshold;
	struct kdpu_points points[KDPU_NR_SCORES];
	char why[512];		/* a sentence, without capital and full stop */
	char todo[384];		/* may be empty */
};

/* The points alone, of which @d->score is the sum. */
void kdpu_decide_score(const struct kdpu_facts *f, struct kdpu_decision *d);

void kdpu_decide(const struct kdpu_facts *f, const struct kdpu_policy *p,
		 struct kdpu_decision *d);

#endif
