// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"

/* How many of the words at @argv are the command's name?  0: not it. */
static int matches(const char *name, int argc, char **argv)
{
	int words = 0;
	size_t n;

	while (*name) {
		n = strcspn(name, " ");
		if (words == argc || strlen(argv[words]) != n ||
		    strncmp(argv[words], name, n))
			return 0;
		words++;
		name += n + (name[n] == ' ');
	}
	return words;
}

const struct cli_command *cli_find(int argc, char **argv, int *used)
{
	const struct cli_command *const *c;

	for (c = cli_commands; *c; c++) {
		*used = matches((*c)->name, argc, argv);
		if (*used)
			return *c;
	}
	return NULL;
}

static const struct cli_option *find_option(const struct cli_command *c,
					    const char *name, size_t len)
{
	const struct cli_option *o;

	for (o = c->options; o && o->name; o++)
		if (strlen(o->name) == len && !strncmp(o->name, name, len))
			return o;
	return NULL;
}

/* "-n 3", or "-n3" */
static const struct cli_option *find_letter(const struct cli_command *c,
					    char letter)
{
	const struct cli_option *o;

	for (o = c->options; o && o->name; o++)
		if (o->letter == letter && o->letter)
			return o;
	return NULL;
}

static int add_to_list(struct cli_list *l, const char *value,
		       struct kdpu_err *err)
{
	const char **v = realloc(l->v, (l->nr + 1) * sizeof(*v));

	if (!v)
		return kdpu_fail_memory(err);
	l->v = v;
	v[l->nr++] = value;
	return 0;
}

static int set_option(const struct cli_option *o, const char *value,
		      struct kdpu_err *err)
{
	if (o->list)
		return add_to_list(o->list, value, err);
	if (o->flag) {
		*o->flag = true;
		return 0;
	}
	if (*o->text) {
		kdpu_fail(err, -EINVAL, "--%s is given twice", o->name);
		return kdpu_expected(err, "once");
	}
	*o->text = value;
	return 0;
}

/* One option at argv[0]; *@used is how many words it took. */
static int parse_option(const struct cli_command *c, int argc, char **argv,
			int *used, struct kdpu_err *err)
{
	const char *name = argv[0] + 2;
	bool is_long = argv[0][1] == '-';
	size_t len = strcspn(name, "=");
	const struct cli_option *o = is_long ? find_option(c, name, len) :
				     find_letter(c, argv[0][1]);
	const char *value = !is_long && name[0] ? name :
			    is_long && name[len] ? name + len + 1 : NULL;

	*used = 1;
	if (!o) {
		kdpu_fail(err, -EINVAL, "%s has no option %.60s", c->name,
			  argv[0]);
		return kdpu_todo(err, PROGRAM " %s --help", c->name);
	}
	if (!o->arg && value) {
		kdpu_fail(err, -EINVAL, "--%s takes no value", o->name);
		return kdpu_expected(err, "--%s alone", o->name);
	}
	if (o->arg && !value) {
		if (argc < 2) {
			kdpu_fail(err, -EINVAL, "--%s needs a value", o->name);
			return kdpu_expected(err, "--%s %s", o->name, o->arg);
		}
		value = argv[1];
		*used = 2;
	}
	return set_option(o, value, err);
}

static int check_count(const struct cli_command *c, int nr,
		       struct kdpu_err *err)
{
	if (nr >= c->min_args && (c->max_args < 0 || nr <= c->max_args))
		return 0;
	kdpu_fail(err, -EINVAL, "%s: %s arguments", c->name,
		  nr < c->min_args ? "not enough" : "too many");
	kdpu_expected(err, PROGRAM " %s %s", c->name, c->synopsis);
	return kdpu_todo(err, PROGRAM " %s --help", c->name);
}

int cli_parse(const struct cli_command *c, int argc, char **argv, int *nr,
	      bool *help, struct kdpu_err *err)
{
	bool options = true;
	int i, used, ret, n = 0;

	*help = false;
	for (i = 0; i < argc; i += used) {
		used = 1;
		if (options && !strcmp(argv[i], "--")) {
			options = false;
		} else if (options && (!strcmp(argv[i], "--help") ||
				       !strcmp(argv[i], "-h"))) {
			*help = true;
			return 0;
		} else if (options && argv[i][0] == '-' && argv[i][1]) {
			ret = parse_option(c, argc - i, argv + i, &used, err);
			if (ret)
				return ret;
		} else {
			argv[n++] = argv[i];
		}
	}
	*nr = n;
	return check_count(c, n, err);
}

void cli_parse_free(const struct cli_command *c)
{
	const struct cli_option *o;

	for (o = c->options; o && o->name; o++) {
		if (o->flag)
			*o->flag = false;
		if (o->text)
			*o->text = NULL;
		if (!o->list)
			continue;
		free(o->list->v);
		o->list->v = NULL;
		o->list->nr = 0;
	}
}
