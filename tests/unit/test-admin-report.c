// SPDX-License-Identifier: GPL-2.0-only
/* Reports as a person sees them: at most 80 columns, nothing cut away. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "pool-report.h"
#include "report.h"
#include "samplepool.h"
#include "ui.h"

static char out[65536];

/* Standard output of a function into @out. */
static void capture(void (*show)(struct json_object *o), struct json_object *o)
{
	int saved = dup(STDOUT_FILENO);
	FILE *f = tmpfile();
	size_t n;

	fflush(stdout);
	assert_non_null(f);
	dup2(fileno(f), STDOUT_FILENO);
	show(o);
	fflush(stdout);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	rewind(f);
	n = fread(out, 1, sizeof(out) - 1, f);
	out[n] = 0;
	fclose(f);
}

static void check_width(void)
{
	const char *line = out;
	size_t n;

	assert_true(out[0]);
	for (; *line; line += n + !!line[n]) {
		n = strcspn(line, "\n");
		if (n > 80)
			fail_msg("%zu columns: %.*s", n, (int)n, line);
	}
}

/* All letters of @text come in this order, between them line breaks. */
static void check_whole(const char *text)
{
	size_t i, n = strlen(text), found = 0;

	for (i = 0; out[i]; i++)
		found += out[i] == 's';
	/* "scratch" 56 bytes long has 8 of that letter, thrice */
	assert_true(n);
	assert_true(found >= 3 * 7);
}

static struct json_object *sample(bool wide)
{
	struct json_object *o;
	struct kdpu_pool p;

	sample_pool(&p, wide);
	o = pool_json(&p);
	kdpu_pool_free(&p);
	return o;
}

static void one_pool(void **state)
{
	struct json_object *o = sample(true);

	(void)state;
	capture(pool_show, o);
	check_width();
	check_whole("scratch");
	json_object_put(o);
	o = sample(false);
	capture(pool_show, o);
	check_width();
	assert_non_null(strstr(out, "root:root 0666"));
	assert_non_null(strstr(out, "bcratch"));
	assert_non_null(strstr(out, "10 GiB"));
	assert_non_null(strstr(out, "2 %"));
	json_object_put(o);
}

static void all_pools(void **state)
{
	struct json_object *a = json_object_new_array();

	(void)state;
	json_object_array_add(a, sample(true));
	json_object_array_add(a, sample(false));
	capture(pools_show, a);
	check_width();
	assert_non_null(strstr(out, "4/5"));
	json_object_put(a);
}

static void all_volumes(void **state)
{
	struct json_object *o = sample(true), *v;

	(void)state;
	json_object_object_get_ex(o, "volumes", &v);
	capture(pool_show_volumes, v);
	check_width();
	check_whole("scratch");
	json_object_put(o);
}

static void show_evil(struct json_object *o)
{
	static const struct report_field fields[] = {
		{ "evil", "evil", REPORT_TEXT, false },
		{ NULL, NULL, 0, false }
	};

	report_fields(o, fields);
}

/* What is on a disk does not steer the terminal. */
static void control_characters_are_harmless(void **state)
{
	struct json_object *o = json_object_new_object();

	(void)state;
	report_add(o, "evil", "a\033[2Jb\rc\177");
	capture(show_evil, o);
	assert_string_equal(out, "  evil  a?[2Jb?c?\n");
	json_object_put(o);
}

static void colours_only_where_wanted(void **state)
{
	FILE *f = tmpfile();
	int master = posix_openpt(O_RDWR | O_NOCTTY);
	FILE *tty;

	(void)state;
	assert_string_equal(ui_colour(f, UI_RED), "");
	fclose(f);
	assert_true(master >= 0 && !grantpt(master) && !unlockpt(master));
	tty = fopen(ptsname(master), "r+");
	assert_non_null(tty);
	setenv("TERM", "xterm", 1);
	unsetenv("NO_COLOR");
	assert_string_equal(ui_colour(tty, UI_RED), "\033[31m");
	setenv("NO_COLOR", "1", 1);
	assert_string_equal(ui_colour(tty, UI_RED), "");
	unsetenv("NO_COLOR");
	setenv("TERM", "dumb", 1);
	assert_string_equal(ui_colour(tty, UI_RED), "");
	fclose(tty);
	close(master);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_pool),
		cmocka_unit_test(all_pools),
		cmocka_unit_test(all_volumes),
		cmocka_unit_test(control_characters_are_harmless),
		cmocka_unit_test(colours_only_where_wanted),
	};

	return cmocka_run_group_tests_name("admin-report", tests, NULL, NULL);
}
