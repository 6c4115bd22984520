// SPDX-License-Identifier: GPL-2.0-only
#include "journal.h"
#include "libdm.h"
#include "libmnt.h"

/* Of the names and the calls that begin with @of. */
#define LIBRARY(of, so_name, debian) { \
	.file = so_name, \
	.package = debian, \
	.names = of##_names, \
	.nr = sizeof(of##_names) / sizeof(of##_names[0]), \
	.calls = &of##_calls, \
}

#define NAME(name) "dm_" #name,
static const char *const dm_names[] = { KDPU_LIBDM_CALLS(NAME) };
#undef NAME
#define NAME(name) "mnt_" #name,
static const char *const mnt_names[] = { KDPU_LIBMNT_CALLS(NAME) };
#undef NAME
#define NAME(name) "sd_journal_" #name,
static const char *const journal_names[] = { KDPU_JOURNAL_CALLS(NAME) };
#undef NAME

static struct kdpu_libdm dm_calls;
static struct kdpu_libmnt mnt_calls;
static struct kdpu_journal journal_calls;

struct kdpu_loaded kdpu_libdm =
	LIBRARY(dm, "libdevmapper.so.1.02.1", "libdevmapper1.02.1");
struct kdpu_loaded kdpu_libmnt =
	LIBRARY(mnt, "libmount.so.1", "libmount1");
static struct kdpu_loaded libsystemd =
	LIBRARY(journal, "libsystemd.so.0", "libsystemd0");

const struct kdpu_journal *kdpu_journal(void)
{
	struct kdpu_err err;

	return kdpu_load(&libsystemd, &err) ? NULL : &journal_calls;
}
