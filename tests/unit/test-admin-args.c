// SPDX-License-Identifier: GPL-2.0-only
/* Command lines. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "args.h"

static struct {
	bool yes;
	const char *device;
	struct cli_list volumes;
} opt;

static const struct cli_option options[] = {
	{ .name = "yes", .flag = &opt.yes },
	{ .name = "device", .arg = "DEV", .text = &opt.device },
	{ .name = "volume", .arg = "SPEC", .list = &opt.volumes },
	{ .name = NULL }
};

static const struct cli_command make = {
	.name = "make", .synopsis = "A [B]", .options = options,
	.min_args = 1, .max_args = 2,
};
static const struct cli_command volume_make = {
	.name = "volume make", .synopsis = "", .max_args = -1,
};
static const struct cli_command volume_remove = {
	.name = "volume remove", .synopsis = "", .max_args = -1,
};

const struct cli_command *const cli_commands[] = {
	&make, &volume_make, &volume_remove, NULL,
};

static struct kdpu_err err;
static char *words[16];
static int nr_words, nr;
static bool help;

/* Split at spaces, parse; what is left is in words[0..nr). */
static int parse(const struct cli_command *c, const char *line)
{
	static char copy[256];
	char *save, *w;

	cli_parse_free(&make);
	memset(&opt, 0, sizeof(opt));
	strcpy(copy, line);
	nr_words = 0;
	for (w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save))
		words[nr_words++] = w;
	return cli_parse(c, nr_words, words, &nr, &help, &err);
}

static void commands_are_found(void **state)
{
	char *one[] = { "make", "x" }, *two[] = { "volume", "remove", "p" };
	char *half[] = { "volume" }, *more[] = { "maker" };
	int used;

	(void)state;
	assert_ptr_equal(cli_find(2, one, &used), &make);
	assert_int_equal(used, 1);
	assert_ptr_equal(cli_find(3, two, &used), &volume_remove);
	assert_int_equal(used, 2);
	assert_null(cli_find(1, half, &used));
	assert_null(cli_find(1, more, &used));
	assert_null(cli_find(0, more, &used));
}

static void options_come_anywhere(void **state)
{
	(void)state;
	assert_int_equal(parse(&make, "a --yes --device /dev/x b"), 0);
	assert_true(opt.yes);
	assert_string_equal(opt.device, "/dev/x");
	assert_int_equal(nr, 2);
	assert_string_equal(words[0], "a");
	assert_string_equal(words[1], "b");
	assert_int_equal(parse(&make, "--device=/dev/y=z a"), 0);
	assert_string_equal(opt.device, "/dev/y=z");
	assert_false(opt.yes);
}

static void lists_collect(void **state)
{
	(void)state;
	assert_int_equal(parse(&make, "--volume a:1G x --volume=b:2G"), 0);
	assert_int_equal(opt.volumes.nr, 2);
	assert_string_equal(opt.volumes.v[0], "a:1G");
	assert_string_equal(opt.volumes.v[1], "b:2G");
	cli_parse_free(&make);
	assert_int_equal(opt.volumes.nr, 0);
}

static void hyphens_end_options(void **state)
{
	(void)state;
	assert_int_equal(parse(&make, "-- --yes"), 0);
	assert_false(opt.yes);
	assert_int_equal(nr, 1);
	assert_string_equal(words[0], "--yes");
	/* a lone hyphen is an argument */
	assert_int_equal(parse(&make, "-"), 0);
	assert_int_equal(nr, 1);
}

static void mistakes_are_refused(void **state)
{
	static const char *const bad[] = {
		"a --unknown", "a --yess", "a --ye", "a -y", "a --yes=1",
		"a --device", "a --device x --device y", "", "a b c",
		"a --device=x --device=x",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(&err, 0, sizeof(err));
		assert_int_equal(parse(&make, bad[i]), -EINVAL);
		assert_true(err.what[0] != 0);
		assert_true(err.expected[0] != 0 || err.todo[0] != 0);
	}
}

static void help_wins(void **state)
{
	(void)state;
	assert_int_equal(parse(&make, "--help"), 0);
	assert_true(help);
	assert_int_equal(parse(&make, "-h --nonsense"), 0);
	assert_true(help);
	assert_int_equal(parse(&make, "a"), 0);
	assert_false(help);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands_are_found),
		cmocka_unit_test(options_come_anywhere),
		cmocka_unit_test(lists_collect),
		cmocka_unit_test(hyphens_end_options),
		cmocka_unit_test(mistakes_are_refused),
		cmocka_unit_test(help_wins),
	};
	int failed = cmocka_run_group_tests_name("admin-args", tests, NULL,
						 NULL);

	cli_parse_free(&make);
	return failed;
}
