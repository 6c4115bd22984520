/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The log of decisions: entries of the systemd journal with this MESSAGE_ID and
 * the fields KDEVPOOL_POOL, _UUID, _DEVICE, _DECISION, _SCORE, _THRESHOLD,
 * _REASONS, _BY, _COPIES_BEFORE, _COPIES_AFTER.  Where there is no journal yet, as
 * in an initramfs, a line of the kernel's log, which the journal takes over later,
 * has them in short.
 */
#ifndef KDPU_DECLOG_H
#define KDPU_DECLOG_H

#include <stdint.h>

#include "auto.h"

#define KDPU_MESSAGE_ID	"3d6a3b4f8c0e4b6f9a1d7f52c6e0b8a4"

/* What was decided and done; without a journal into the kernel's log. */
void kdpu_declog_auto(const struct kdpu_auto_request *req,
		      const struct kdpu_auto *a);

/* A pool was activated by hand. */
void kdpu_declog_hand(const char *path, const struct kdpu_pool *p);

/* The words of KDEVPOOL_DECISION. */
const char *kdpu_outcome_word(const struct kdpu_auto *a, bool dry_run);

/* One sentence that tells it. */
void kdpu_auto_message(const struct kdpu_auto *a, char *buf, size_t size);

struct kdpu_logged {
	uint64_t usec;		/* since 1970 */
	char boot[33];
	char host[64];
	char pool[32], uuid[40], device[256];
	char decision[16], rule[24], by[16];
	int score, threshold;	/* -1: none */
	char reasons[800], message[1200];
};

struct kdpu_log_request {
	const char *pool;	/* NULL: all */
	const char *decision;	/* NULL: all */
	const char *uuid;
	uint64_t since;		/* microseconds since 1970; 0: all */
	size_t last;		/* so many of them; 0: all */
};

struct kdpu_log {
	struct kdpu_logged *e;	/* the newest last */
	size_t nr;
};

/*
 * What a line of the kernel's log tells of itself: "MESSAGE {pool=ci uuid=...}".
 * False if it is none of ours.
 */
bool kdpu_log_parse(const char *line, struct kdpu_logged *e);

int kdpu_log_read(const struct kdpu_log_request *req, struct kdpu_log *l,
		  struct kdpu_err *err);
void kdpu_log_free(struct kdpu_log *l);

/*
 * "2026-01-31 12:00", "2026-01-31", or ago: "2h", "30m", "3d".  @now in seconds,
 * *@usec in microseconds since 1970.
 */
int kdpu_log_time(const char *text, uint64_t now, uint64_t *usec,
		  struct kdpu_err *err);

#endif
