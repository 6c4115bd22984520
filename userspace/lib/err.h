/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One form for everything that goes wrong: what is the matter, what was
 * expected, what to do about it.  Functions of the library return 0 or a
 * negative errno and fill a struct kdpu_err that the caller hands in; a caller
 * passes both up untouched.
 */
#ifndef KDPU_ERR_H
#define KDPU_ERR_H

#define KDPU_PRINTF(a, b)	__attribute__((format(printf, a, b)))

struct kdpu_err {
	int error;		/* the negative errno, 0 if nothing failed */
	char what[512];
	char expected[384];	/* may be empty */
	char todo[512];		/* may be empty */
};

/* Start a new error; forgets what @e held.  Returns @error. */
int kdpu_fail(struct kdpu_err *e, int error, const char *fmt, ...)
	KDPU_PRINTF(3, 4);

/* Like kdpu_fail(), with ": <text of the errno>" behind the sentence. */
int kdpu_fail_errno(struct kdpu_err *e, int error, const char *fmt, ...)
	KDPU_PRINTF(3, 4);

/* Add to the error what was expected, and what to do.  Return e->error. */
int kdpu_expected(struct kdpu_err *e, const char *fmt, ...) KDPU_PRINTF(2, 3);
int kdpu_todo(struct kdpu_err *e, const char *fmt, ...) KDPU_PRINTF(2, 3);

/* No memory: a complete error of its own. */
int kdpu_fail_memory(struct kdpu_err *e);

#endif
