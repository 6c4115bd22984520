// SPDX-License-Identifier: GPL-2.0-only
/*
 * `create` with arguments put together at random: it ends with one of its exit
 * codes, and ASan sees neither a wrong access nor a leak.  Only an image file
 * is ever named as a device that exists.
 */
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

#include "args.h"

#define IMAGE_BYTES	(64 << 20)
#define MAX_WORDS	24
#define CASES		3000

const struct cli_command *const cli_commands[] = { &cmd_create, NULL };

static char image[64];
static uint32_t state = 1;

static uint32_t draw(uint32_t n)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state % n;
}

static const char *const devices[] = {
	image, image, image, image, "", "/", ".", "nowhere/at/all",
};
static const char *const pools[] = {
	"p", "pool", "a-b", "-", "", "..", "a b", "p/q", "\xff\xfe", "p%sn%n",
	"1234567890123456789012345678901", "12345678901234567890123456789012",
};
static const char *const profiles[] = {
	"empty", "empty", "fstests_default", "fstests", "", "../../etc/passwd",
};
static const char *const volumes[] = {
	"a:1M", "b:4M", "e:1M", "c:1M:thin", "d:1M:thick", "big:40M", "f:2M", ":1M", "a:", "a",
	"a:b:c:d", "x:0", "x:-1", "x:1", "x:99999999999999999999", "x:1E",
	"x:18446744073709551615", "x:1.5G", "x:3s", "%s%n:1M", "y:1T:thin",
	"long-name-of-a-volume-that-has-no-end-at-all-and-then-some-more:1M",
};
static const char *const chunks[] = {
	"64K", "128K", "1G", "0", "1", "63K", "65536", "-64K", "2G", "", "K",
	"18446744073709551615", "99999999999999999999999", "1E", "64KK",
};
static const struct {
	const char *name;
	const char *const *values;
	size_t nr;
	unsigned int weight;
} options[] = {
#define VALUES(v, w) v, sizeof(v) / sizeof((v)[0]), w
	{ "--device", VALUES(devices, 1) }, { "--pool", VALUES(pools, 2) },
	{ "--profile", VALUES(profiles, 2) },
	{ "--volume", VALUES(volumes, 6) }, { "--chunk", VALUES(chunks, 2) },
#undef VALUES
	{ "--force", NULL, 0, 6 }, { "--clear-residue", NULL, 0, 1 },
	{ "--image", NULL, 0, 6 }, { "--no-activate", NULL, 0, 1 },
	{ "--json", NULL, 0, 2 }, { "--dry-run", NULL, 0, 3 },
	{ "--yes", NULL, 0, 4 }, { "--", NULL, 0, 1 }, { "-h", NULL, 0, 1 },
	{ "-", NULL, 0, 1 }, { "--=", NULL, 0, 1 }, { "--yes=1", NULL, 0, 1 },
};

#define NR_OPTIONS	(sizeof(options) / sizeof(options[0]))

/* The text, at times with a byte changed, cut short, or very long. */
static char *word(const char *text)
{
	size_t n = strlen(text);
	char *w;

	if (!draw(60)) {
		w = test_malloc(5001);
		memset(w, 'a' + draw(26), 5000);
		w[5000] = 0;
		return w;
	}
	w = test_malloc(n + 1);
	memcpy(w, text, n + 1);
	/* a device must not become another one */
	if (n && text != image && !draw(16))
		w[draw(n)] = draw(3) ? 1 + draw(255) : 0;
	return w;
}

static size_t draw_option(void)
{
	size_t i, total = 0;
	unsigned int at;

	for (i = 0; i < NR_OPTIONS; i++)
		total += options[i].weight;
	at = draw(total);
	for (i = 0; at >= options[i].weight; i++)
		at -= options[i].weight;
	return i;
}

static int make_words(char **argv)
{
	int n = 0, want = 3 + draw(draw(4) ? 8 : MAX_WORDS - 5);
	size_t i;

	if (draw(4)) {
		argv[n++] = word("--device");
		argv[n++] = word(image);
		argv[n++] = word("--image");
	}
	while (n < want) {
		i = draw_option();
		argv[n++] = word(options[i].name);
		if (options[i].nr && draw(20))
			argv[n++] = word(options[i].values[draw(options[i].nr)]);
	}
	return n;
}

static enum cli_exit run_one(void)
{
	char *words[MAX_WORDS + 2], *argv[MAX_WORDS + 2];
	int i, n = make_words(words), nr = 0;
	struct kdpu_err err = { };
	enum cli_exit code = EXIT_USAGE;
	bool help;

	memcpy(argv, words, sizeof(argv));
	if (!cli_parse(&cmd_create, n, argv, &nr, &help, &err))
		code = help ? EXIT_DONE : cmd_create.run(nr, argv);
	cli_parse_free(&cmd_create);
	for (i = 0; i < n; i++)
		test_free(words[i]);
	return code;
}

static void arguments_at_random(void **unused)
{
	int count[EXIT_INTERRUPTED + 1] = { 0 };
	int i, out = dup(1), err = dup(2), null = open("/dev/null", O_RDWR);

	(void)unused;
	fflush(NULL);
	dup2(null, 0);
	dup2(null, 1);
	dup2(null, 2);
	for (i = 0; i < CASES; i++) {
		enum cli_exit code = run_one();

		assert_in_range(code, 0, EXIT_INTERRUPTED);
		count[code]++;
	}
	fflush(NULL);
	dup2(out, 1);
	dup2(err, 2);
	close(out);
	close(err);
	close(null);
	print_message("# %d command lines: %d done, %d wrong, %d refused, %d declined, %d no space\n",
		      CASES, count[EXIT_DONE], count[EXIT_USAGE],
		      count[EXIT_REFUSED], count[EXIT_DECLINED],
		      count[EXIT_NO_SPACE]);
	assert_true(count[EXIT_DONE] > 20);
	assert_true(count[EXIT_REFUSED] > 20);
	assert_true(count[EXIT_DECLINED] > 5);
	assert_true(count[EXIT_NO_SPACE] > 5);
	assert_int_equal(count[EXIT_CHECK_LOST], 0);
	assert_int_equal(count[EXIT_INTERRUPTED], 0);
}

static int make_image(void **unused)
{
	int fd;

	(void)unused;
	strcpy(image, "/tmp/kdp-create-XXXXXX");
	fd = mkstemp(image);
	if (fd < 0 || ftruncate(fd, IMAGE_BYTES))
		return -1;
	return close(fd);
}

static int remove_image(void **unused)
{
	(void)unused;
	return unlink(image);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(arguments_at_random),
	};

	return cmocka_run_group_tests_name("admin-create", tests, make_image,
					   remove_image);
}
