// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "health.h"

#define MAX_TEXT	1024

static bool parse_copies(const char *text, struct kdpu_health *h)
{
	struct kdpu_copy *c = h->copy;
	unsigned long long mended, extent, from;
	int i, used;
	unsigned int r;

	for (i = 0; i < KDPU_COPIES; i++, c++, text += used) {
		used = 0;
		if (sscanf(text, " R%u %15s damaged=%u attempts=%u mended=%llu extent=%llu moved_from=%llu%n",
			   &r, c->state, &c->damaged, &c->attempts, &mended,
			   &extent, &from, &used) != 7 || !used || (int)r != i)
			return false;
		c->mended = mended;
		c->extent = extent;
		c->moved_from = from;
	}
	return true;
}

static bool parse_job(const char *text, const char *name, struct kdpu_job *j)
{
	unsigned long long asked, served, ended;
	char word[8];

	text = strstr(text, name);
	if (!text || sscanf(text, "%7s asked=%llu served=%llu result=%15s ended=%llu",
			    word, &asked, &served, j->result, &ended) != 5)
		return false;
	j->asked = asked;
	j->served = served;
	j->ended = ended;
	return true;
}

static bool parse_jobs(const char *text, struct kdpu_health *h)
{
	const char *found = strstr(text, "\nfound "), *cross, *rewrites;
	unsigned long long n;
	char word[8];

	cross = strstr(text, "\ncross ");
	rewrites = strstr(text, "\nrewrites ");
	if (!found || !cross || !rewrites ||
	    sscanf(text, "now %7s", h->now) != 1 ||
	    !parse_job(text, "\nscrub ", &h->scrub) ||
	    !parse_job(text, "\nrepair ", &h->repair))
		return false;
	if (sscanf(found, " found places=%u R0=%u R1=%u R2=%u R3=%u R4=%u",
		   &h->places, &h->bad[0], &h->bad[1], &h->bad[2], &h->bad[3],
		   &h->bad[4]) != 6 ||
	    sscanf(cross, " cross %7s mapped_but_free=%u mapped_twice=%u leaked=%u",
		   word, &h->mapped_but_free, &h->mapped_twice,
		   &h->leaked) != 4 ||
	    sscanf(rewrites, " rewrites %llu", &n) != 1)
		return false;
	h->rewrites = n;
	h->crossed = !strcmp(word, "done");
	return true;
}

static bool parse_valid(const char *text, struct kdpu_health *h)
{
	return sscanf(text, "%u/5 copies valid", &h->valid) == 1;
}

static bool parse_progress(const char *text, struct kdpu_health *h)
{
	h->done = 0;
	h->all = 0;
	return !strcmp(text, "idle") ||
	       sscanf(text, "%u/%u", &h->done, &h->all) == 2;
}

static bool parse_repairs(const char *text, struct kdpu_health *h)
{
	unsigned long long n;
	bool good = sscanf(text, "%llu", &n) == 1;

	h->repairs = good ? n : 0;
	return good;
}

static bool parse_last_repair(const char *text, struct kdpu_health *h)
{
	unsigned long long n;
	bool good = sscanf(text, "%llu", &n) == 1;

	h->last_repair = good ? n : 0;
	return good;
}

static bool parse_interval(const char *text, struct kdpu_health *h)
{
	return sscanf(text, "%u", &h->scrub_interval) == 1;
}

static bool parse_auto(const char *text, struct kdpu_health *h)
{
	h->auto_repair = text[0] == '1';
	return text[0] == '0' || text[0] == '1';
}

int kdpu_health_read(const struct kdpu_host *host, dev_t dev,
		     struct kdpu_health *h, struct kdpu_err *err)
{
	static const struct {
		const char *name;
		bool (*parse)(const char *text, struct kdpu_health *h);
	} files[] = {
		/* first: what is served by then is in all the others */
		{ "jobs", parse_jobs },
		{ "replicas", parse_copies },
		{ "metadata_health", parse_valid },
		{ "metadata_repairs", parse_repairs },
		{ "last_repair_time", parse_last_repair },
		{ "scrub_progress", parse_progress },
		{ "scrub_interval_seconds", parse_interval },
		{ "auto_repair_enabled", parse_auto },
	};
	char text[MAX_TEXT];
	size_t i;

	memset(h, 0, sizeof(*h));
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (kdpu_host_read(host, text, sizeof(text),
				   "/sys/dev/block/%u:%u/kdevpool/%s",
				   major(dev), minor(dev), files[i].name))
			return kdpu_fail(err, -ENODEV, "the pool device %u:%u has no kdevpool/%s in sysfs: it is gone, or was never resumed",
					 major(dev), minor(dev), files[i].name);
		if (files[i].parse(text, h))
			continue;
		kdpu_fail(err, -EPROTO, "cannot understand kdevpool/%s of the pool device %u:%u: \"%.100s\"",
			  files[i].name, major(dev), minor(dev), text);
		return kdpu_todo(err, "use a kdevpool-admin of the same version as the kernel module");
	}
	h->known = true;
	return 0;
}
