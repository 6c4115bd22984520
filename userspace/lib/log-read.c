// SPDX-License-Identifier: GPL-2.0-only
/* Decisions out of the journal. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "declog.h"
#include "journal.h"

#define USEC		1000000ull
#define MAX_ENTRIES	100000

static void copy_field(const struct kdpu_journal *j, sd_journal *s,
		       const char *name, char *to, size_t size)
{
	size_t len, skip = strlen(name) + 1;
	const void *data;

	to[0] = 0;
	if (j->get_data(s, name, &data, &len) < 0 || len < skip)
		return;
	len -= skip;
	len = len < size - 1 ? len : size - 1;
	memcpy(to, (const char *)data + skip, len);
	to[len] = 0;
}

static int copy_number(const struct kdpu_journal *j, sd_journal *s,
		       const char *name)
{
	char text[16];

	copy_field(j, s, name, text, sizeof(text));
	return text[0] ? atoi(text) : -1;
}

static void read_entry(const struct kdpu_journal *j, sd_journal *s,
		       struct kdpu_logged *e)
{
	const struct {
		const char *name;
		char *to;
		size_t size;
	} fields[] = {
		{ "_BOOT_ID", e->boot, sizeof(e->boot) },
		{ "_HOSTNAME", e->host, sizeof(e->host) },
		{ "KDEVPOOL_POOL", e->pool, sizeof(e->pool) },
		{ "KDEVPOOL_UUID", e->uuid, sizeof(e->uuid) },
		{ "KDEVPOOL_DEVICE", e->device, sizeof(e->device) },
		{ "KDEVPOOL_DECISION", e->decision, sizeof(e->decision) },
		{ "KDEVPOOL_RULE", e->rule, sizeof(e->rule) },
		{ "KDEVPOOL_BY", e->by, sizeof(e->by) },
		{ "KDEVPOOL_REASONS", e->reasons, sizeof(e->reasons) },
		{ "MESSAGE", e->message, sizeof(e->message) },
	};
	size_t i;

	memset(e, 0, sizeof(*e));
	j->get_realtime_usec(s, &e->usec);
	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		copy_field(j, s, fields[i].name, fields[i].to, fields[i].size);
	e->score = copy_number(j, s, "KDEVPOOL_SCORE");
	e->threshold = copy_number(j, s, "KDEVPOOL_THRESHOLD");
}

/* A word "NAME=VALUE" of ours. */
static void parse_word(const char *word, struct kdpu_logged *e)
{
	const struct {
		const char *name;
		char *to;
		size_t size;
	} texts[] = {
		{ "POOL=", e->pool, sizeof(e->pool) },
		{ "UUID=", e->uuid, sizeof(e->uuid) },
		{ "DEVICE=", e->device, sizeof(e->device) },
		{ "DECISION=", e->decision, sizeof(e->decision) },
		{ "RULE=", e->rule, sizeof(e->rule) },
		{ "BY=", e->by, sizeof(e->by) },
	};
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (!strncmp(word, texts[i].name, strlen(texts[i].name)))
			snprintf(texts[i].to, texts[i].size, "%s",
				 word + strlen(texts[i].name));
	if (!strncmp(word, "SCORE=", 6))
		e->score = atoi(word + 6);
	if (!strncmp(word, "THRESHOLD=", 10))
		e->threshold = atoi(word + 10);
}

bool kdpu_log_parse(const char *line, struct kdpu_logged *e)
{
	const char *fields = strstr(line, " {POOL=");
	char words[512], *rest = words, *word;

	if (!fields || line[strlen(line) - 1] != '}')
		return false;
	snprintf(words, sizeof(words), "%s", fields + 2);
	words[strcspn(words, "}")] = 0;
	while ((word = strsep(&rest, " ")))
		parse_word(word, e);
	snprintf(e->message, sizeof(e->message), "%.*s", (int)(fields - line),
		 line);
	return e->decision[0];
}

static int match(const struct kdpu_journal *j, sd_journal *s, const char *name,
		 const char *value)
{
	char text[160];

	if (!value)
		return 0;
	snprintf(text, sizeof(text), "%s=%s", name, value);
	return j->add_match(s, text, strlen(text));
}

static int match_all(const struct kdpu_journal *j, sd_journal *s,
		     const struct kdpu_log_request *req)
{
	int ret = match(j, s, "MESSAGE_ID", KDPU_MESSAGE_ID);

	if (ret >= 0)
		ret = match(j, s, "KDEVPOOL_POOL", req->pool);
	if (ret >= 0)
		ret = match(j, s, "KDEVPOOL_UUID", req->uuid);
	if (ret >= 0)
		ret = match(j, s, "KDEVPOOL_DECISION", req->decision);
	/* or of the kernel's log, which has no such fields to match */
	if (ret >= 0)
		ret = j->add_disjunction(s);
	if (ret >= 0)
		ret = match(j, s, "SYSLOG_IDENTIFIER", "kdevpool-admin");
	if (ret >= 0)
		ret = match(j, s, "_TRANSPORT", "kernel");
	return ret < 0 ? ret : 0;
}

static bool same(const char *wanted, const char *is)
{
	return !wanted || !strcmp(wanted, is);
}

static bool is_wanted(const struct kdpu_log_request *req, struct kdpu_logged *e)
{
	char line[sizeof(e->message)];

	if (!e->decision[0]) {
		memcpy(line, e->message, sizeof(line));
		if (!line[0] || !kdpu_log_parse(line, e))
			return false;
	}
	return same(req->pool, e->pool) && same(req->uuid, e->uuid) &&
	       same(req->decision, e->decision);
}

static int add_entry(struct kdpu_log *l, const struct kdpu_logged *e,
		     struct kdpu_err *err)
{
	struct kdpu_logged *n = realloc(l->e, (l->nr + 1) * sizeof(*n));

	if (!n)
		return kdpu_fail_memory(err);
	l->e = n;
	n[l->nr++] = *e;
	return 0;
}

/* From the newest on backwards. */
static int collect(const struct kdpu_journal *j, sd_journal *s,
		   const struct kdpu_log_request *req, struct kdpu_log *l,
		   struct kdpu_err *err)
{
	size_t most = req->last ? req->last : MAX_ENTRIES;
	struct kdpu_logged e;
	int ret = 0;

	while (!ret && l->nr < most && j->previous(s) > 0) {
		read_entry(j, s, &e);
		if (e.usec < req->since)
			break;
		if (is_wanted(req, &e))
			ret = add_entry(l, &e, err);
	}
	return ret;
}

static void reverse(struct kdpu_log *l)
{
	struct kdpu_logged e;
	size_t i;

	for (i = 0; i < l->nr / 2; i++) {
		e = l->e[i];
		l->e[i] = l->e[l->nr - 1 - i];
		l->e[l->nr - 1 - i] = e;
	}
}

static int no_journal(int error, struct kdpu_err *err)
{
	kdpu_fail_errno(err, error, "the journal cannot be read");
	kdpu_expected(err, "systemd's journal, and a user who may read it: root, or group systemd-journal");
	return kdpu_todo(err, "without a journal the decisions are in the kernel's log: dmesg | grep kdevpool-admin");
}

int kdpu_log_read(const struct kdpu_log_request *req, struct kdpu_log *l,
		  struct kdpu_err *err)
{
	const struct kdpu_journal *j = kdpu_journal();
	sd_journal *s;
	int ret;

	memset(l, 0, sizeof(*l));
	if (!j)
		return no_journal(-ENOSYS, err);
	ret = j->open(&s, SD_JOURNAL_LOCAL_ONLY);
	if (ret < 0)
		return no_journal(ret, err);
	ret = match_all(j, s, req);
	if (ret >= 0)
		ret = j->seek_tail(s);
	if (ret < 0)
		no_journal(ret, err);
	else
		ret = collect(j, s, req, l, err);
	j->close(s);
	if (ret)
		kdpu_log_free(l);
	else
		reverse(l);
	return ret;
}

void kdpu_log_free(struct kdpu_log *l)
{
	free(l->e);
	memset(l, 0, sizeof(*l));
}

static bool parse_ago(const char *text, uint64_t *seconds)
{
	static const char units[] = "smhd";
	static const unsigned int factor[] = { 1, 60, 3600, 86400 };
	const char *unit;
	unsigned int n;
	int at = 0;

	if (*text < '0' || *text > '9')
		return false;
	if (sscanf(text, "%6u%n", &n, &at) != 1 || !text[at] || text[at + 1])
		return false;
	unit = strchr(units, text[at]);
	if (!unit)
		return false;
	*seconds = (uint64_t)n * factor[unit - units];
	return true;
}

static bool parse_date(const char *text, time_t *when)
{
	static const char *const forms[] = {
		"%Y-%m-%d %H:%M:%S UTC", "%Y-%m-%d %H:%M:%S",
		"%Y-%m-%d %H:%M", "%Y-%m-%d",
	};
	struct tm tm;
	char *end;
	size_t i;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		memset(&tm, 0, sizeof(tm));
		end = strptime(text, forms[i], &tm);
		if (end && !*end) {
			*when = timegm(&tm);
			return true;
		}
	}
	return false;
}

int kdpu_log_time(const char *text, uint64_t now, uint64_t *usec,
		  struct kdpu_err *err)
{
	uint64_t ago;
	time_t when;

	if (parse_ago(text, &ago)) {
		*usec = ago < now ? (now - ago) * USEC : 0;
		return 0;
	}
	if (parse_date(text, &when) && when >= 0) {
		*usec = when * USEC;
		return 0;
	}
	kdpu_fail(err, -EINVAL, "\"%.60s\" is no time", text);
	return kdpu_expected(err, "30m, 2h, 3d (ago), or 2026-01-31, or \"2026-01-31 12:00\" (UTC)");
}
