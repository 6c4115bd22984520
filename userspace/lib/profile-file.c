// SPDX-License-Identifier: GPL-2.0-only
/*
 * A file of a profile, read by libeconf.  That tells the line of what it cannot
 * parse; the line of a wrong name or size is looked for here, for the error.
 */
#include <errno.h>
#include <fcntl.h>
#include <libeconf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io.h"
#include "profile.h"

#define MAX_BYTES	(64u << 10)
#define GROUP		"volumes"

/* A profile being read. */
struct file {
	const char *path;
	char *text;		/* all of it */
	econf_file *parsed;
};

/* The number of the line that @at is in. */
static unsigned int line_of(const struct file *f, const char *at)
{
	const char *p;
	unsigned int n = 1;

	for (p = f->text; p < at; p++)
		n += *p == '\n';
	return n;
}

/* Of the last line that begins with @key: there a second one is wrong. */
static unsigned int line_of_key(const struct file *f, const char *key)
{
	size_t len = strlen(key);
	const char *line = f->text, *p, *found = f->text;

	for (; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		p = line + strspn(line, " \t");
		if (!strncmp(p, key, len) && strchr(" \t=\n", p[len]))
			found = p;
	}
	return line_of(f, found);
}

/* "PATH:LINE: what was wrong" before what @err says already. */
static int locate(const struct file *f, unsigned int line,
		  struct kdpu_err *err)
{
	struct kdpu_err e = *err;

	kdpu_fail(err, -EINVAL, "%s:%u: %.300s", f->path, line, e.what);
	return kdpu_expected(err, "%s", e.expected);
}

static int read_text(struct file *f, struct kdpu_err *err)
{
	struct stat st;
	int ret = 0, fd = open(f->path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return kdpu_fail_errno(err, -errno, "cannot read %s", f->path);
	if (fstat(fd, &st))
		ret = -errno;
	else if (!S_ISREG(st.st_mode) || st.st_size > MAX_BYTES)
		ret = -EFBIG;
	f->text = calloc(1, MAX_BYTES + 1);
	if (!f->text)
		ret = -ENOMEM;
	if (!ret)
		ret = kdpu_pread(fd, f->text, st.st_size, 0);
	close(fd);
	if (ret == -EFBIG) {
		kdpu_fail(err, -EINVAL, "%s is no profile", f->path);
		return kdpu_expected(err, "a file of at most 64 KiB");
	}
	if (ret)
		return kdpu_fail_errno(err, ret, "cannot read %s", f->path);
	if (strlen(f->text) == (size_t)st.st_size)
		return 0;
	kdpu_fail(err, -EINVAL, "there is a zero byte");
	kdpu_expected(err, "text");
	return locate(f, line_of(f, f->text + strlen(f->text)), err);
}

/* No control characters, and no line that libeconf would cut. */
static int check_text(const struct file *f, struct kdpu_err *err)
{
	const char *p, *line = f->text;

	for (p = f->text; *p; p++) {
		if (*p == '\n')
			line = p + 1;
		if (((unsigned char)*p < ' ' && !strchr("\n\t\r", *p)) ||
		    *p == 0x7f || p - line > 500) {
			kdpu_fail(err, -EINVAL, p - line > 500 ?
				  "the line is too long" :
				  "there is a control character");
			kdpu_expected(err, "lines of text of at most 500 bytes");
			return locate(f, line_of(f, p), err);
		}
	}
	return 0;
}

static int parse(struct file *f, struct kdpu_err *err)
{
	econf_err e = econf_readFile(&f->parsed, f->path, "=", "#");
	char *name = NULL;
	uint64_t line = 0;

	if (!e)
		return 0;
	f->parsed = NULL;
	if (e == ECONF_NOMEM)
		return kdpu_fail_memory(err);
	econf_errLocation(&name, &line);
	free(name);
	kdpu_fail(err, -EINVAL, "%s", econf_errString(e));
	kdpu_expected(err, "\"summary = TEXT\", \"[volumes]\", and lines \"NAME = SIZE\" or \"NAME = SIZE:thin\"");
	return locate(f, line, err);
}

static int wrong_key(const struct file *f, const char *key, const char *what,
		     struct kdpu_err *err)
{
	kdpu_fail(err, -EINVAL, what, key);
	kdpu_expected(err, "\"summary = TEXT\", then \"[volumes]\" and its lines");
	return locate(f, line_of_key(f, key), err);
}

static int read_summary(struct file *f, struct kdpu_profile *p,
			struct kdpu_err *err)
{
	char **keys = NULL, *value = NULL;
	size_t i, nr = 0;
	int ret = 0;

	if (econf_getKeys(f->parsed, NULL, &nr, &keys))
		return 0;
	for (i = 0; !ret && i < nr; i++)
		if (strcmp(keys[i], "summary"))
			ret = wrong_key(f, keys[i], "\"%.60s\" is unknown", err);
	econf_free(keys);
	if (ret)
		return ret;
	if (!econf_getStringValue(f->parsed, NULL, "summary", &value) && value)
		snprintf(p->summary, sizeof(p->summary), "%.*s",
			 (int)sizeof(p->summary) - 1, value);
	free(value);
	p->summary[strcspn(p->summary, "\n")] = 0;
	return 0;
}

static int add_volume(struct file *f, struct kdpu_profile *p, const char *name,
		      struct kdpu_err *err)
{
	struct kdpu_volspecs *l = &p->volumes;
	char *size = NULL;
	int ret;

	if (econf_getStringValue(f->parsed, GROUP, name, &size) || !size ||
	    !size[0]) {
		kdpu_fail(err, -EINVAL, "%.60s has no size", name);
		ret = kdpu_expected(err, "NAME = SIZE or NAME = SIZE:thin");
	} else {
		ret = kdpu_volspecs_add(l, name, size, err);
	}
	if (!ret && (!l->v[l->nr - 1].bytes || l->v[l->nr - 1].bytes % 4096)) {
		kdpu_fail(err, -EINVAL, "%s is no size for a volume", size);
		ret = kdpu_expected(err, "a multiple of 4 KiB");
	}
	free(size);
	if (!ret || ret == -ENOMEM)
		return ret;
	return locate(f, line_of_key(f, name), err);
}

static int read_volumes(struct file *f, struct kdpu_profile *p,
			struct kdpu_err *err)
{
	char **keys = NULL;
	size_t i, nr = 0;
	int ret = 0;

	if (econf_getKeys(f->parsed, GROUP, &nr, &keys))
		return 0;
	for (i = 0; !ret && i < nr; i++)
		ret = add_volume(f, p, keys[i], err);
	econf_free(keys);
	return ret;
}

/* Exactly one group, and it is ours; it may be without lines. */
static int check_groups(struct file *f, struct kdpu_err *err)
{
	char **groups = NULL;
	size_t i, nr = 0;
	int ret = 0;

	if (econf_getGroups(f->parsed, &nr, &groups))
		nr = 0;
	for (i = 0; !ret && i < nr; i++)
		if (strcmp(groups[i], GROUP)) {
			kdpu_fail(err, -EINVAL, "the section [%.60s] is unknown",
				  groups[i]);
			kdpu_expected(err, "[" GROUP "]");
			ret = locate(f, line_of_key(f, "["), err);
		}
	if (groups)
		econf_free(groups);
	if (!ret && !strstr(f->text, "[" GROUP "]")) {
		kdpu_fail(err, -EINVAL, "there is no section [" GROUP "]");
		kdpu_expected(err, "[" GROUP "], and a line \"NAME = SIZE\" for each volume");
		ret = locate(f, line_of(f, f->text + strlen(f->text)), err);
	}
	return ret;
}

static void set_name(const char *path, struct kdpu_profile *p)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	size_t n = strlen(base);

	if (n > 5 && !strcmp(base + n - 5, ".conf"))
		n -= 5;
	snprintf(p->name, sizeof(p->name), "%.*s", (int)n, base);
}

int kdpu_profile_read(const char *path, struct kdpu_profile *p,
		      struct kdpu_err *err)
{
	struct file f = { .path = path };
	int ret;

	memset(p, 0, sizeof(*p));
	set_name(path, p);
	ret = read_text(&f, err);
	if (!ret)
		ret = check_text(&f, err);
	if (!ret)
		ret = parse(&f, err);
	if (!ret)
		ret = check_groups(&f, err);
	if (!ret)
		ret = read_summary(&f, p, err);
	if (!ret)
		ret = read_volumes(&f, p, err);
	if (f.parsed)
		econf_free(f.parsed);
	free(f.text);
	if (ret)
		kdpu_profile_free(p);
	return ret;
}
