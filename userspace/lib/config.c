// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conffile.h"
#include "config.h"
#include "decide.h"
#include "ident.h"

#define STRING(x)	#x
#define TEXT(x)		STRING(x)

const struct kdpu_key_info kdpu_keys[KDPU_NR_KEYS] = {
	[KDPU_KEY_AUTO_ACTIVATE] = {
		"auto_activate", "yes", "yes or no",
		"activate pools at boot, and when their disk arrives" },
	[KDPU_KEY_THRESHOLD] = {
		"threshold", TEXT(KDPU_THRESHOLD), "a number from 1 to 100",
		"points that a pool must have to be activated by itself" },
	[KDPU_KEY_ACTIVATION_DELAY] = {
		"activation_delay", "0", "seconds, from 0 to 600",
		"seconds to wait before it is decided" },
	[KDPU_KEY_RETRIES] = {
		"retries", "5", "a number from 0 to 600",
		"how often to look again for a device that is absent or busy" },
	[KDPU_KEY_RETRY_DELAY] = {
		"retry_delay", "1", "seconds, from 1 to 60",
		"seconds between two of those" },
	[KDPU_KEY_GROUP] = {
		"group", "kdevpool", "the name of a group",
		"group of the volumes' nodes" },
	[KDPU_KEY_MODE] = {
		"mode", "0660", "three or four octal digits, up to 0777",
		"permissions of the volumes' nodes" },
};

static int number(const char *text, unsigned int min, unsigned int max,
		  int base, unsigned int *n)
{
	unsigned long value;
	char *end;

	if (!strchr("0123456789", text[0]))
		return -EINVAL;
	value = strtoul(text, &end, base);
	if (*end || value < min || value > max)
		return -EINVAL;
	*n = value;
	return 0;
}

static int set_auto(struct kdpu_config *c, const char *text)
{
	if (strcmp(text, "yes") && strcmp(text, "no"))
		return -EINVAL;
	c->auto_activate = text[0] == 'y';
	return 0;
}

static int set_threshold(struct kdpu_config *c, const char *text)
{
	return number(text, 1, 100, 10, &c->threshold);
}

static int set_delay(struct kdpu_config *c, const char *text)
{
	return number(text, 0, 600, 10, &c->activation_delay);
}

static int set_retries(struct kdpu_config *c, const char *text)
{
	return number(text, 0, 600, 10, &c->retries);
}

static int set_retry_delay(struct kdpu_config *c, const char *text)
{
	return number(text, 1, 60, 10, &c->retry_delay);
}

/* It becomes part of a udev property. */
static int set_group(struct kdpu_config *c, const char *text)
{
	static const char ok[] = "abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
	size_t n = strlen(text);

	if (!n || n >= sizeof(c->group) || strspn(text, ok) != n ||
	    text[0] == '-')
		return -EINVAL;
	memcpy(c->group, text, n + 1);
	return 0;
}

static int set_mode(struct kdpu_config *c, const char *text)
{
	size_t n = strlen(text);

	if (n < 3 || n > 4)
		return -EINVAL;
	return number(text, 0, 0777, 8, &c->mode);
}

static int (*const setters[KDPU_NR_KEYS])(struct kdpu_config *c,
					  const char *text) = {
	[KDPU_KEY_AUTO_ACTIVATE] = set_auto,
	[KDPU_KEY_THRESHOLD] = set_threshold,
	[KDPU_KEY_ACTIVATION_DELAY] = set_delay,
	[KDPU_KEY_RETRIES] = set_retries,
	[KDPU_KEY_RETRY_DELAY] = set_retry_delay,
	[KDPU_KEY_GROUP] = set_group,
	[KDPU_KEY_MODE] = set_mode,
};

static void set(struct kdpu_config *c, enum kdpu_key key, const char *value,
		const char *file, unsigned int line)
{
	struct kdpu_setting *s = &c->setting[key];

	snprintf(s->value, sizeof(s->value), "%s", value);
	snprintf(s->file, sizeof(s->file), "%s", file);
	s->line = line;
}

static int find_key(const char *name)
{
	int i;

	for (i = 0; i < KDPU_NR_KEYS; i++)
		if (!strcmp(kdpu_keys[i].name, name))
			return i;
	return -1;
}

/* The mistake is about the line that begins with @word. */
static int mistake(const struct kdpu_conf *f, const char *word,
		   const char *expected, struct kdpu_err *err)
{
	kdpu_expected(err, "%s", expected);
	return kdpu_conf_locate(f, kdpu_conf_line_of(f, word), err);
}

static int unknown_key(const struct kdpu_conf *f, const char *name,
		       struct kdpu_err *err)
{
	char all[256] = "one of";
	size_t i, n = strlen(all);

	for (i = 0; i < KDPU_NR_KEYS; i++)
		n += snprintf(all + n, sizeof(all) - n, "%s %s", i ? "," : "",
			      kdpu_keys[i].name);
	kdpu_fail(err, -EINVAL, "\"%.60s\" is unknown", name);
	return mistake(f, name, all, err);
}

/* libeconf takes a line without "=" for more of the value before. */
static int loose_line(const struct kdpu_conf *f, const char *name,
		      const char *value, struct kdpu_err *err)
{
	kdpu_fail(err, -EINVAL, "\"%.60s\" has no \"=\"",
		  strchr(value, '\n') + 1);
	kdpu_expected(err, "lines \"KEY = VALUE\"");
	return kdpu_conf_locate(f, kdpu_conf_line_of(f, name) + 1, err);
}

static int take_value(struct kdpu_config *c, const struct kdpu_conf *f,
		      econf_file *parsed, const char *name,
		      struct kdpu_err *err)
{
	int key = find_key(name), ret = 0;
	char *value = NULL;

	if (key < 0)
		return unknown_key(f, name, err);
	if (kdpu_conf_count(f, name) > 1) {
		kdpu_fail(err, -EINVAL, "%s is set twice", name);
		return mistake(f, name, "one line for each key", err);
	}
	if (!econf_getStringValue(parsed, NULL, name, &value) && value &&
	    strchr(value, '\n')) {
		ret = loose_line(f, name, value, err);
	} else if (!value || strlen(value) >= sizeof(c->setting[0].value) ||
		   setters[key](c, value)) {
		kdpu_fail(err, -EINVAL, "%s = %.60s is wrong", name,
			  value ? value : "");
		ret = mistake(f, name, kdpu_keys[key].expected, err);
	} else {
		set(c, key, value, f->path, kdpu_conf_line_of(f, name));
	}
	free(value);
	return ret;
}

static int check_groups(const struct kdpu_conf *f, econf_file *parsed,
			struct kdpu_err *err)
{
	char **groups = NULL;
	size_t nr = 0;

	if (econf_getGroups(parsed, &nr, &groups) || !groups)
		nr = 0;
	if (nr)
		kdpu_fail(err, -EINVAL, "there is a section [%.60s]",
			  groups[0]);
	if (groups)
		econf_free(groups);
	if (!nr)
		return 0;
	return mistake(f, "[", "lines \"KEY = VALUE\" without sections", err);
}

static int take_file(struct kdpu_config *c, econf_file *parsed,
		     const struct kdpu_conf *f, struct kdpu_err *err)
{
	char **keys = NULL;
	size_t i, nr = 0;
	int ret = check_groups(f, parsed, err);

	if (ret || econf_getKeys(parsed, NULL, &nr, &keys))
		return ret;
	for (i = 0; !ret && i < nr; i++)
		ret = take_value(c, f, parsed, keys[i], err);
	econf_free(keys);
	return ret;
}

static int take_one(struct kdpu_config *c, const char *path,
		    struct kdpu_err *err)
{
	econf_file *parsed = NULL;
	struct kdpu_conf f;
	int ret = kdpu_conf_read(&f, path, err);

	if (!ret)
		ret = kdpu_conf_parse(&f, "lines \"KEY = VALUE\"", &parsed, err);
	if (!ret)
		ret = take_file(c, parsed, &f, err);
	if (parsed)
		econf_free(parsed);
	kdpu_conf_free(&f);
	return ret;
}

static int is_drop_in(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return d->d_name[0] != '.' && n > 5 &&
	       !strcmp(d->d_name + n - 5, ".conf");
}

static int take_drop_ins(struct kdpu_config *c, const char *dir,
			 struct kdpu_err *err)
{
	char path[PATH_MAX];
	struct dirent **d;
	int i, ret = 0, n = scandir(dir, &d, is_drop_in, alphasort);

	if (n < 0)
		return errno == ENOENT ? 0 :
		       kdpu_fail_errno(err, -errno, "cannot list %s", dir);
	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%.3800s/%s", dir, d[i]->d_name);
		if (!ret)
			ret = take_one(c, path, err);
		free(d[i]);
	}
	free(d);
	return ret;
}

/*
 * libeconf's own way through the folders leaves dangling pointers behind when
 * one of the files is wrong.
 */
static int read_files(const struct kdpu_host *h, struct kdpu_config *c,
		      struct kdpu_err *err)
{
	char path[PATH_MAX];
	int ret = 0;

	kdpu_host_path(h, path, KDPU_CONFIG);
	if (access(path, F_OK) && errno == ENOENT)
		kdpu_host_path(h, path, KDPU_CONFIG_USR "/kdevpool.conf");
	if (!access(path, F_OK) || errno != ENOENT)
		ret = take_one(c, path, err);
	if (!ret)
		ret = take_drop_ins(c, kdpu_host_path(h, path, KDPU_CONFIG_USR
				    "/kdevpool.conf.d"), err);
	if (!ret)
		ret = take_drop_ins(c, kdpu_host_path(h, path, KDPU_CONFIG_ETC
				    "/kdevpool.conf.d"), err);
	return ret;
}

static void read_cmdline(const struct kdpu_host *h, struct kdpu_config *c)
{
	static const char *const on[] = { "1", "yes", "on", "true" };
	char value[16];
	size_t i;

	if (!kdpu_cmdline(h, "kdevpool.auto", value, sizeof(value)))
		return;
	/* who writes it there means to switch off */
	c->cmdline_off = true;
	for (i = 0; i < sizeof(on) / sizeof(on[0]); i++)
		if (!strcmp(value, on[i]))
			c->cmdline_off = false;
}

void kdpu_config_read(const struct kdpu_host *h, struct kdpu_config *c)
{
	int i;

	memset(c, 0, sizeof(*c));
	for (i = 0; i < KDPU_NR_KEYS; i++) {
		setters[i](c, kdpu_keys[i].builtin);
		set(c, i, kdpu_keys[i].builtin, "", 0);
	}
	read_cmdline(h, c);
	if (!read_files(h, c, &c->mistake))
		return;
	c->broken = true;
	c->auto_activate = false;
	set_group(c, "root");
	set_mode(c, "0600");
}
