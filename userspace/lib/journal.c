// SPDX-License-Identifier: GPL-2.0-only
#include <dlfcn.h>
#include <stdbool.h>

#include "journal.h"

static bool load(struct kdpu_journal *j)
{
	void *lib = dlopen("libsystemd.so.0", RTLD_LAZY | RTLD_LOCAL);

	if (!lib)
		return false;
#define LOAD(name) \
	*(void **)&j->name = dlsym(lib, "sd_journal_" #name); \
	if (!j->name) \
		return false;
	KDPU_JOURNAL_CALLS(LOAD)
#undef LOAD
	return true;
}

const struct kdpu_journal *kdpu_journal(void)
{
	static struct kdpu_journal calls;
	static enum { UNKNOWN, ABSENT, LOADED } state;

	if (state == UNKNOWN)
		state = load(&calls) ? LOADED : ABSENT;
	return state == LOADED ? &calls : NULL;
}
