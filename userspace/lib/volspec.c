// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/text.h"
#include "volspec.h"

static int check_name(const struct kdpu_volspecs *l, const char *name,
		      struct kdpu_err *err)
{
	size_t i;

	if (!kdpu_volume_name_ok(name)) {
		kdpu_fail(err, -EINVAL, "\"%.80s\" is no name for a volume",
			  name);
		return kdpu_expected(err, "1 to 55 of A-Z a-z 0-9 . _ + -, not starting with . or -");
	}
	for (i = 0; i < l->nr; i++) {
		if (!strcmp(l->v[i].name, name)) {
			kdpu_fail(err, -EEXIST, "the volume %s is asked for twice",
				  name);
			return kdpu_expected(err, "every name once");
		}
	}
	return 0;
}

/* A size, perhaps with ":thin" behind it. */
static int parse_size(const char *text, struct kdpu_volspec *v,
		      struct kdpu_err *err)
{
	const char *colon = strchr(text, ':');
	char size[32];

	if (!colon)
		return kdpu_parse_size(text, &v->bytes, err);
	if (strcmp(colon, ":thin")) {
		kdpu_fail(err, -EINVAL, "\"%.80s\" is no kind of volume",
			  colon + 1);
		return kdpu_expected(err, "SIZE or SIZE:thin");
	}
	v->thin = true;
	snprintf(size, sizeof(size), "%.*s", (int)(colon - text), text);
	return kdpu_parse_size(size, &v->bytes, err);
}

static int append(struct kdpu_volspecs *l, const struct kdpu_volspec *spec,
		  struct kdpu_err *err)
{
	struct kdpu_volspec *v = realloc(l->v, (l->nr + 1) * sizeof(*v));

	if (!v)
		return kdpu_fail_memory(err);
	l->v = v;
	v[l->nr++] = *spec;
	return 0;
}

int kdpu_volspecs_append(struct kdpu_volspecs *l,
			 const struct kdpu_volspecs *more,
			 struct kdpu_err *err)
{
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < more->nr; i++) {
		ret = check_name(l, more->v[i].name, err);
		if (!ret)
			ret = append(l, &more->v[i], err);
	}
	return ret;
}

int kdpu_volspecs_add(struct kdpu_volspecs *l, const char *name,
		      const char *size, struct kdpu_err *err)
{
	struct kdpu_volspec spec = { };
	int ret = check_name(l, name, err);

	if (!ret)
		ret = parse_size(size, &spec, err);
	if (ret)
		return ret;
	memcpy(spec.name, name, strlen(name));
	return append(l, &spec, err);
}

int kdpu_volspecs_parse(struct kdpu_volspecs *l, const char *text,
			struct kdpu_err *err)
{
	const char *colon = strchr(text, ':');
	char name[KDPU_VOLUME_NAME + 1] = "";

	if (!colon) {
		kdpu_fail(err, -EINVAL, "\"%.80s\" has no size", text);
		return kdpu_expected(err, "NAME:SIZE, such as scratch:10G or scratch:10G:thin");
	}
	/* a longer name is cut, and still too long for the check */
	memcpy(name, text, (size_t)(colon - text) < sizeof(name) - 1 ?
	       (size_t)(colon - text) : sizeof(name) - 1);
	return kdpu_volspecs_add(l, name, colon + 1, err);
}

uint64_t kdpu_volspecs_bytes(const struct kdpu_volspecs *l)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < l->nr; i++)
		sum += l->v[i].thin ? 0 : l->v[i].bytes;
	return sum;
}

void kdpu_volspecs_free(struct kdpu_volspecs *l)
{
	free(l->v);
	l->v = NULL;
	l->nr = 0;
}
