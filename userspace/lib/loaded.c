// SPDX-License-Identifier: GPL-2.0-only
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loaded.h"

static const char *missing(const struct kdpu_loaded *l, void *handle)
{
	char *to = l->calls;
	void *call;
	size_t i;

	for (i = 0; i < l->nr; i++, to += sizeof(call)) {
		call = dlsym(handle, l->names[i]);
		if (!call)
			return l->names[i];
		memcpy(to, &call, sizeof(call));
	}
	return NULL;
}

int kdpu_load(struct kdpu_loaded *l, struct kdpu_err *err)
{
	const char *name;
	void *handle;

	if (l->handle)
		return 0;
	handle = dlopen(l->file, RTLD_LAZY | RTLD_LOCAL);
	if (!handle) {
		kdpu_fail(err, -ELIBACC, "a library cannot be loaded: %s",
			  dlerror());
		return kdpu_todo(err, "apt-get install %s", l->package);
	}
	name = missing(l, handle);
	if (name) {
		dlclose(handle);
		kdpu_fail(err, -ELIBACC, "the library %s has no function %s",
			  l->file, name);
		return kdpu_todo(err, "apt-get install --reinstall %s",
				 l->package);
	}
	l->handle = handle;
	return 0;
}

const void *kdpu_need(struct kdpu_loaded *l)
{
	struct kdpu_err err;

	if (kdpu_load(l, &err)) {
		fprintf(stderr, "%s\n", err.what);
		exit(EXIT_FAILURE);
	}
	return l->calls;
}

const char *kdpu_loaded_path(const struct kdpu_loaded *l)
{
	struct link_map *map;

	return dlinfo(l->handle, RTLD_DI_LINKMAP, &map) ? l->file : map->l_name;
}
