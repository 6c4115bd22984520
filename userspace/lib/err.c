// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "err.h"

int kdpu_fail(struct kdpu_err *e, int error, const char *fmt, ...)
{
	char what[sizeof(e->what)];	/* @fmt's arguments may point into @e */
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	memset(e, 0, sizeof(*e));
	e->error = error;
	memcpy(e->what, what, sizeof(what));
	return error;
}

int kdpu_fail_errno(struct kdpu_err *e, int error, const char *fmt, ...)
{
	char what[sizeof(e->what) - 80];
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	return kdpu_fail(e, error, "%s: %.70s", what, strerror(-error));
}

int kdpu_expected(struct kdpu_err *e, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(e->expected, sizeof(e->expected), fmt, args);
	va_end(args);
	return e->error;
}

int kdpu_todo(struct kdpu_err *e, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(e->todo, sizeof(e->todo), fmt, args);
	va_end(args);
	return e->error;
}

int kdpu_fail_memory(struct kdpu_err *e)
{
	return kdpu_fail(e, -ENOMEM, "out of memory");
}
