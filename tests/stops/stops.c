// SPDX-License-Identifier: GPL-2.0-only
/*
 * stops DISK=path [EVERY=n] [FIRST=n] [AFTER=command] [CUTS=n] -- PROGRAM...
 *
 * Runs the program once for each of its system calls that write and for each
 * thing that can happen there (trace.h), always on the same disk.  Afterwards
 * each byte of it must be as before, or `PROGRAM check DISK` be content.
 *
 *   EVERY, FIRST   only these calls: FIRST, FIRST + EVERY, ...
 *   AFTER          a shell command after each run, before the disk is judged
 *   CUTS           also states of the disk after a power cut: cuts.h
 */
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cuts.h"
#include "disk.h"
#include "trace.h"

static struct {
	const char *disk, *after;
	unsigned int every, first, cuts;
} opt = { .every = 1, .first = 1 };

static struct {
	unsigned int cases, as_before, pools;
} count[NR_ACTIONS];

static unsigned int bad;

static struct disk disk;
static char **program;
static FILE *output;		/* of the program's last run */

static void show_output(void)
{
	char line[256];

	rewind(output);
	while (fgets(line, sizeof(line), output))
		printf("# %s", line);
}

/* "PROGRAM COMMAND DISK": its exit status. */
int ask(const char *command)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		dup2(fileno(output), 1);
		dup2(fileno(output), 2);
		execlp(program[0], program[0], command, opt.disk, NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		err(2, "%s", command);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static void not_ok(const struct trace *t, const char *why)
{
	bad++;
	printf("not ok call %u (%s), %s: %s\n", t->at, t->call,
	       action_name(t->action), why);
	show_output();
}

/* What became of the disk; a run that ends well must have made a pool. */
static void judge(const struct trace *t)
{
	bool done = WIFEXITED(t->status) && !WEXITSTATUS(t->status);
	size_t changes = disk_changes(&disk);

	if (t->stuck)
		not_ok(t, "it does not end");
	else if (!changes && done)
		not_ok(t, "says that it is done, and nothing is there");
	else if (!changes)
		count[t->action].as_before++;
	else if (!ask("check"))
		count[t->action].pools++;
	else
		not_ok(t, "neither as before nor a complete pool");
	if (changes)
		disk_put_back(&disk);
}

static void clear_output(void)
{
	if (ftruncate(fileno(output), 0) ||
	    lseek(fileno(output), 0, SEEK_SET))
		err(2, "output");
}

/* False: there is no such call. */
static bool one_case(unsigned int at, enum action action)
{
	struct trace t = {
		.argv = program, .at = at, .action = action,
		.output = fileno(output),
	};

	clear_output();
	if (opt.cuts)
		cuts_begin(&t);
	trace_run(&t);
	if (opt.after && system(opt.after))
		not_ok(&t, "the command after it fails");
	if (t.acted)
		count[action].cases++;
	if (t.acted || t.stuck)
		judge(&t);
	else
		disk_put_back(&disk);
	if (opt.cuts && t.acted)
		cuts_try(&disk, &t, opt.cuts);
	return t.calls >= at;
}

static unsigned int undisturbed(void)
{
	struct trace t = {
		.argv = program, .action = NO_ACTION,
		.output = fileno(output),
	};

	clear_output();
	trace_run(&t);
	if (opt.after && system(opt.after))
		not_ok(&t, "the command after it fails");
	if (!WIFEXITED(t.status) || WEXITSTATUS(t.status) || ask("check"))
		not_ok(&t, "fails undisturbed");
	disk_put_back(&disk);
	return t.calls;
}

static unsigned int number(const char *text, const char *word)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (!*text || *end || n > 1000000)
		errx(2, "wrong number: %s", word);
	return n;
}

static void read_word(const char *word)
{
	if (!strncmp(word, "DISK=", 5))
		opt.disk = word + 5;
	else if (!strncmp(word, "AFTER=", 6))
		opt.after = word + 6;
	else if (!strncmp(word, "EVERY=", 6))
		opt.every = number(word + 6, word);
	else if (!strncmp(word, "FIRST=", 6))
		opt.first = number(word + 6, word);
	else if (!strncmp(word, "CUTS=", 5))
		opt.cuts = number(word + 5, word);
	else
		errx(2, "unknown: %s", word);
}

/*
 * Most calls come before the pool is there: whoever is left must have noticed
 * what happened, not just have done its work.
 */
static void tell(enum action a)
{
	printf("# %s: %u cases, %u as before, %u complete pools\n",
	       action_name(a), count[a].cases, count[a].as_before,
	       count[a].pools);
	if (count[a].as_before && count[a].as_before >= count[a].pools)
		return;
	bad++;
	printf("not ok %s: it goes on all the same\n", action_name(a));
}

int main(int argc, char **argv)
{
	unsigned int at, calls;
	enum action a;
	int i;

	for (i = 1; i < argc && strcmp(argv[i], "--"); i++)
		read_word(argv[i]);
	if (!opt.disk || !opt.every || !opt.first || i + 1 >= argc)
		errx(2, "usage: stops DISK=path [NAME=value...] -- PROGRAM...");
	program = argv + i + 1;
	output = tmpfile();
	if (!output)
		err(2, "temporary file");
	disk_remember(&disk, opt.disk);
	cuts_disk(opt.disk);
	calls = undisturbed();
	printf("# %u calls write\n", calls);
	for (a = 0; !bad && a < NR_ACTIONS; a++) {
		for (at = opt.first; one_case(at, a); at += opt.every)
			;
		tell(a);
	}
	if (opt.cuts)
		printf("# %u power cuts\n", cuts_tried());
	bad += cuts_bad();
	return !!bad;
}
