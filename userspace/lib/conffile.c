// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conffile.h"
#include "io.h"

unsigned int kdpu_conf_line_at(const struct kdpu_conf *f, const char *at)
{
	const char *p;
	unsigned int n = 1;

	for (p = f->text; p < at; p++)
		n += *p == '\n';
	return n;
}

/* The last line that begins with @key, and how many do. */
static const char *find_key(const struct kdpu_conf *f, const char *key,
			    unsigned int *nr)
{
	size_t len = strlen(key);
	const char *line = f->text, *p, *found = f->text;

	*nr = 0;
	for (; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		p = line + strspn(line, " \t");
		if (!strncmp(p, key, len) &&
		    (*key == '[' || strchr(" \t=\n", p[len]))) {
			found = p;
			++*nr;
		}
	}
	return found;
}

unsigned int kdpu_conf_line_of(const struct kdpu_conf *f, const char *key)
{
	unsigned int nr;

	return kdpu_conf_line_at(f, find_key(f, key, &nr));
}

unsigned int kdpu_conf_count(const struct kdpu_conf *f, const char *key)
{
	unsigned int nr;

	find_key(f, key, &nr);
	return nr;
}

int kdpu_conf_locate(const struct kdpu_conf *f, unsigned int line,
		     struct kdpu_err *err)
{
	struct kdpu_err e = *err;

	kdpu_fail(err, -EINVAL, "%s:%u: %.300s", f->path, line, e.what);
	return kdpu_expected(err, "%s", e.expected);
}

static int read_text(struct kdpu_conf *f, struct kdpu_err *err)
{
	struct stat st;
	int ret = 0, fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return kdpu_fail_errno(err, -errno, "cannot read %s", f->path);
	if (fstat(fd, &st))
		ret = -errno;
	else if (!S_ISREG(st.st_mode) || st.st_size > KDPU_CONF_BYTES)
		ret = -EFBIG;
	f->text = calloc(1, KDPU_CONF_BYTES + 1);
	if (!f->text)
		ret = -ENOMEM;
	if (!ret)
		ret = kdpu_pread(fd, f->text, st.st_size, 0);
	close(fd);
	if (ret == -EFBIG) {
		kdpu_fail(err, -EINVAL, "%s is no file of text", f->path);
		return kdpu_expected(err, "a file of at most 64 KiB");
	}
	if (ret)
		return kdpu_fail_errno(err, ret, "cannot read %s", f->path);
	if (strlen(f->text) == (size_t)st.st_size)
		return 0;
	kdpu_fail(err, -EINVAL, "there is a zero byte");
	kdpu_expected(err, "text");
	return kdpu_conf_locate(f, kdpu_conf_line_at(f, f->text +
						     strlen(f->text)), err);
}

/* No control characters, and no line that libeconf would cut. */
static int check_text(const struct kdpu_conf *f, struct kdpu_err *err)
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
			return kdpu_conf_locate(f, kdpu_conf_line_at(f, p), err);
		}
	}
	return 0;
}

int kdpu_conf_read(struct kdpu_conf *f, const char *path, struct kdpu_err *err)
{
	int ret;

	f->path = path;
	f->text = NULL;
	ret = read_text(f, err);
	if (!ret)
		ret = check_text(f, err);
	if (ret)
		kdpu_conf_free(f);
	return ret;
}

void kdpu_conf_free(struct kdpu_conf *f)
{
	free(f->text);
	f->text = NULL;
}

int kdpu_conf_parse(const struct kdpu_conf *f, const char *expected,
		    econf_file **parsed, struct kdpu_err *err)
{
	econf_err e = econf_readFile(parsed, f->path, "=", "#");
	char *name = NULL;
	uint64_t line = 0;

	if (!e)
		return 0;
	*parsed = NULL;
	if (e == ECONF_NOMEM)
		return kdpu_fail_memory(err);
	econf_errLocation(&name, &line);
	free(name);
	kdpu_fail(err, -EINVAL, "%s", econf_errString(e));
	kdpu_expected(err, "%s", expected);
	return kdpu_conf_locate(f, line, err);
}
