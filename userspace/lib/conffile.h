/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The text of a configuration file, for what libeconf does not tell: the line
 * of a wrong name or value, and bytes that it would take without a word.
 */
#ifndef KDPU_CONFFILE_H
#define KDPU_CONFFILE_H

#include <libeconf.h>

#include "err.h"

#define KDPU_CONF_BYTES	(64u << 10)

struct kdpu_conf {
	const char *path;
	char *text;		/* all of it */
};

/* Read and check: a regular file, no control characters, no long lines. */
int kdpu_conf_read(struct kdpu_conf *f, const char *path,
		   struct kdpu_err *err);
void kdpu_conf_free(struct kdpu_conf *f);

/* Have libeconf parse it; @expected is for the error.  econf_free() *@parsed. */
int kdpu_conf_parse(const struct kdpu_conf *f, const char *expected,
		    econf_file **parsed, struct kdpu_err *err);

/* The number of the line that @at, in the text, is in. */
unsigned int kdpu_conf_line_at(const struct kdpu_conf *f, const char *at);

/* Of the last line that begins with @key: there a second one is wrong. */
unsigned int kdpu_conf_line_of(const struct kdpu_conf *f, const char *key);

/* How many lines begin with @key? */
unsigned int kdpu_conf_count(const struct kdpu_conf *f, const char *key);

/* "PATH:LINE: " before what @err says already.  Returns -EINVAL. */
int kdpu_conf_locate(const struct kdpu_conf *f, unsigned int line,
		     struct kdpu_err *err);

#endif
