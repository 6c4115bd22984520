// SPDX-License-Identifier: GPL-2.0-only
/*
 * The histories that the base images come from.  A new record type needs a
 * line here that makes the store write one; survey.c says when it is missing.
 */
#include <linux/kernel.h>

#include "corpus.h"

#define SMALL	KDP_MIN_DEVICE_BLOCKS

/* One of each: journals of all ages, on the smallest ring. */
static const char *const plain[] = {
	"save fresh",
	"reopen",
	"create a 1M uid=1000 pid=77 pid_start=12 created=9 session=s tag=t",
	"written a 0 3",
	"create b 2M;create c 64K",
	"set a uid=7 tag=u;rename c d;rename d c",
	"commit",
	"save journal",
	"written b 4 1",
	"remove c",
	"written b 5 3",
	"commit",
	"save removed",
	"checkpoint",
	"save checkpoint",
	"written a 3 2",
	"commit",
	"churn 9",
	"written first 0 1",
	"commit",
	"save churned",
	"written b 0 2",
	"commit",
	"create d 64K",
	"save wrapped",
	"clean",
	"save clean",
	NULL
};

/* Epochs on top of each other, and two of the same number. */
static const char *const epochs[] = {
	"reopen",
	"create a 1M",
	"create b 640K",
	"save one",
	"reopen",
	"written a 1 2",
	"commit",
	"reopen",
	"create c 64K",
	"written b 0 1",
	"commit",
	"save three",
	"back one",
	"reopen",
	"create other 128K",
	"remove a",
	"save fork",
	"reopen",
	"written b 3 3",
	"create more 64K",
	"save fork-two",
	NULL
};

/* Replicas that missed something. */
static const char *const stale[] = {
	"reopen",
	"create a 1M",
	"stale 1",
	"create b 128K",
	"save one",
	"stale 12",
	"create c 128K",
	"written a 0 2",
	"commit",
	"save three",
	"mend",
	"reopen",
	"stale 03",
	"checkpoint",
	"remove b",
	"save checkpoint",
	NULL
};

/* The power fails in a commit, a checkpoint, an activation. */
static const char *const crashes[] = {
	"reopen",
	"create a 1M",
	"written a 0 2",
	"commit",
	"create b 256K",
	"save before",
	"crash 4", "create c 64K;create d 64K", "save commit-1",
	"reopen", "crash 3", "remove a", "save commit-2",
	"reopen", "written b 0 1", "crash 22", "checkpoint", "save stream",
	"reopen", "written b 1 1", "crash 45", "checkpoint", "save super",
	"back before", "reopen-crash 3", "save heal",
	"back stream", "reopen-crash 6", "save activate-1",
	"back super", "reopen-crash 9", "save activate-2",
	"back super", "reopen-crash 4", "reopen-crash 3", "save twice",
	NULL
};

/* Several blocks of volumes and of maps, commits of several parts. */
static const char *const wide[] = {
	"reopen",
	"volumes v 34 128K",
	"save parts",
	"checkpoint",
	"create frag 34M",
	"fragment frag",
	"checkpoint",
	"save maps",
	"remove v3;remove v4;remove v5",
	"create holes 320K",
	"written frag 1 1",
	"volumes w 20 64K",
	"save both",
	NULL
};

/* Several bitmap blocks; extents of more than a leaf. */
static const char *const big[] = {
	"reopen",
	"create a 3000M",
	"written a 0 600",
	"written a 512 512",
	"create b 100M",
	"commit",
	"save journal",
	"checkpoint",
	"remove b",
	"save checkpoint",
	NULL
};

/* Another pool of the same geometry as the plain one. */
static const char *const foreign[] = {
	"reopen",
	"create x 1M",
	"written x 0 3",
	"create y 2M;create z 64K",
	"commit",
	"save journal",
	"checkpoint",
	"remove y",
	"save checkpoint",
	NULL
};

/* The device grew after the pool was made. */
static const char *const grown[] = {
	"grow 4096",
	"reopen",
	"create a 1M",
	"written a 2 2",
	"commit",
	"save journal",
	NULL
};

/* Thin volumes and discards. */
static const char *const thin[] = {
	"reopen",
	"create t 8M thin",
	"fill t 3 4",
	"fill t 100 2",
	"commit",
	"save journal",
	"create a 1M",
	"written a 0 6",
	"discard t 4 2",
	"discard a 1 3",
	"commit",
	"upkeep",
	"fill t 4 1",
	"commit",
	"save discards",
	"checkpoint",
	"discard t 0 128",
	"fill t 5 3",
	"fill t 60 1",
	"commit",
	"save checkpoint",
	NULL
};

/* A ring that would hold longer commits than there may be. */
static const char *const longer[] = {
	"reopen",
	"volumes v 30 64K",
	"save journal",
	NULL
};

/* Large chunks: few of them, volumes that end within one. */
static const char *const coarse[] = {
	"reopen",
	"create a 5M",
	"create b 4K",
	"written a 1 1",
	"remove b",
	"create c 3M",
	"commit",
	"save journal",
	NULL
};

const struct recipe recipes[] = {
	{ "plain", "plain-pool-uuid.", SMALL, 16, 8, plain },
	{ "epochs", "epochs-pool-uuid", SMALL, 16, 12, epochs },
	{ "stale", "stale-pool-uuid.", SMALL, 16, 12, stale },
	{ "crash", "crash-pool-uuid.", SMALL, 16, 8, crashes },
	{ "wide", "wide-pool-uuid..", SMALL, 16, 16, wide },
	{ "big", "big-pool-uuid...", 64 * SMALL, 16, 8, big },
	{ "foreign", "other-pool-uuid.", SMALL, 16, 8, foreign },
	{ "grown", "grown-pool-uuid.", SMALL, 16, 8, grown },
	{ "thin", "thin-pool-uuid..", SMALL, 16, 8, thin },
	{ "long", "long-pool-uuid..", SMALL, 16, 160, longer },
	{ "coarse", "coarse-pool-uuid", SMALL, 256, 8, coarse },
};

const u32 nr_recipes = ARRAY_SIZE(recipes);
