/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a long report goes, piece by piece.  The engine must not know JSON:
 * the program hands in functions that put an object together.  @key is the
 * member's name, or NULL within an array.
 */
#ifndef KDPU_ENGINE_EMIT_H
#define KDPU_ENGINE_EMIT_H

#include <stdbool.h>
#include <stdint.h>

struct kdpu_emit {
	void *to;
	/* Begin an object or array that the matching close() ends. */
	void (*open)(void *to, const char *key, bool array);
	void (*close)(void *to);
	void (*number)(void *to, const char *key, uint64_t n);
	void (*text)(void *to, const char *key, const char *text); /* or NULL */
	void (*flag)(void *to, const char *key, bool value);
};

#endif
