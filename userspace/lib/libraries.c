// SPDX-License-Identifier: GPL-2.0-only
#include "journal.h"
#include "libdm.h"
#include "libmnt.h"

#define NR(names) (sizeof(names) / sizeof((names)[0]))

#define NAME(name) "dm_" #name,
static const char *const dm_names[] = { KDPU_LIBDM_CALLS(NAME) };
#undef NAME

static struct kdpu_libdm dm_calls;

struct kdpu_loaded kdpu_libdm = {
	.file = "libdevmapper.so.1.02.1",
	.package = "libdevmapper1.02.1",
	.names = dm_names,
	.nr = NR(dm_names),
	.calls = &dm_calls,
};

#define NAME(name) "mnt_" #name,
static const char *const mnt_names[] = { KDPU_LIBMNT_CALLS(NAME) };
#undef NAME

static struct kdpu_libmnt mnt_calls;

struct kdpu_loaded kdpu_libmnt = {
	.file = "libmount.so.1",
	.package = "libmount1",
	.names = mnt_names,
	.nr = NR(mnt_names),
	.calls = &mnt_calls,
};

#define NAME(name) "sd_journal_" #name,
static const char *const journal_names[] = { KDPU_JOURNAL_CALLS(NAME) };
#undef NAME

static struct kdpu_journal journal_calls;

static struct kdpu_loaded libsystemd = {
	.file = "libsystemd.so.0",
	.package = "libsystemd0",
	.names = journal_names,
	.nr = NR(journal_names),
	.calls = &journal_calls,
};

const struct kdpu_journal *kdpu_journal(void)
{
	struct kdpu_err err;

	return kdpu_load(&libsystemd, &err) ? NULL : &journal_calls;
}
