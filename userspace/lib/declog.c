// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <syslog.h>
#include <unistd.h>

#include "declog.h"
#include "journal.h"

#define JOURNAL_SOCKET	"/run/systemd/journal/socket"
#define MAX_FIELDS	16

struct entry {
	char text[MAX_FIELDS][1200];
	struct iovec v[MAX_FIELDS];
	int nr;
};

static void add(struct entry *e, const char *fmt, ...) KDPU_PRINTF(2, 3);

static void add(struct entry *e, const char *fmt, ...)
{
	char *text = e->text[e->nr];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(e->text[0]), fmt, args);
	va_end(args);
	/* a newline would end the field */
	for (; *text; text++)
		*text = *text == '\n' ? ' ' : *text;
	e->v[e->nr].iov_base = e->text[e->nr];
	e->v[e->nr].iov_len = strlen(e->text[e->nr]);
	e->nr++;
}

/* "{pool=ci uuid=... score=100}": the fields in short, for kdpu_log_parse() */
static void fields_in_short(const struct entry *e, char *buf, size_t size)
{
	static const char *const wanted[] = {
		"POOL", "UUID", "DEVICE", "DECISION", "RULE", "BY", "SCORE",
		"THRESHOLD",
	};
	const char *value;
	size_t i, n = 0, len;
	int k;

	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		len = strlen(wanted[i]);
		for (k = 0; k < e->nr && n < size; k++) {
			value = e->text[k] + 9;
			if (strncmp(e->text[k], "KDEVPOOL_", 9) ||
			    strncmp(value, wanted[i], len) || value[len] != '=')
				continue;
			n += snprintf(buf + n, size - n, "%s%.*s=%.100s",
				      n ? " " : "", (int)len, wanted[i],
				      value + len + 1);
		}
	}
}

/* In an initramfs there is no journal yet; it reads the kernel's log later. */
static void to_kernel(const struct entry *e, int priority, const char *message)
{
	char line[960], fields[360] = "";
	int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC | O_NOCTTY);
	int n;

	if (fd < 0)
		return;
	fields_in_short(e, fields, sizeof(fields));
	n = snprintf(line, sizeof(line), "<%d>kdevpool-admin: %.560s {%s}\n",
		     LOG_DAEMON | priority, message, fields);
	if (write(fd, line, n) < 0)
		n = 0;
	close(fd);
}

static void begin(struct entry *e, int priority, const char *message)
{
	e->nr = 0;
	add(e, "MESSAGE_ID=" KDPU_MESSAGE_ID);
	add(e, "SYSLOG_IDENTIFIER=kdevpool-admin");
	add(e, "PRIORITY=%d", priority);
	add(e, "MESSAGE=%s", message);
}

static void send(struct entry *e, int priority, const char *message)
{
	const struct kdpu_journal *j = NULL;

	if (!access(JOURNAL_SOCKET, W_OK))
		j = kdpu_journal();
	if (!j || j->sendv(e->v, e->nr) < 0)
		to_kernel(e, priority, message);
}

const char *kdpu_outcome_word(const struct kdpu_auto *a, bool dry_run)
{
	static const char *const words[] = {
		[KDPU_AUTO_ACTIVATED] = "activated",
		[KDPU_AUTO_SKIPPED] = "skipped",
		[KDPU_AUTO_REFUSED] = "refused",
		[KDPU_AUTO_BARREN] = "refused",
		[KDPU_AUTO_WOULD] = "dry-run",
		[KDPU_AUTO_FAILED] = "failed",
	};

	return dry_run ? "dry-run" : words[a->outcome];
}

void kdpu_auto_message(const struct kdpu_auto *a, char *buf, size_t size)
{
	static const char *const words[] = {
		[KDPU_AUTO_ACTIVATED] = "activated",
		[KDPU_AUTO_SKIPPED] = "skipped",
		[KDPU_AUTO_REFUSED] = "not activated",
		[KDPU_AUTO_BARREN] = "not activated",
		[KDPU_AUTO_WOULD] = "would be activated",
		[KDPU_AUTO_FAILED] = "activation failed",
	};
	const struct kdpu_decision *d = &a->decision;
	bool good = a->outcome == KDPU_AUTO_ACTIVATED || a->outcome == KDPU_AUTO_WOULD ||
		    a->outcome == KDPU_AUTO_SKIPPED;
	int n;

	n = snprintf(buf, size, "pool %s on %s: %s: %s",
		     a->facts.pool[0] ? a->facts.pool : "(none)",
		     a->facts.device, words[a->outcome],
		     good ? d->why : a->err.what);
	if (d->rule && d->verdict != KDPU_NO_POOL && d->verdict != KDPU_SKIP)
		n += snprintf(buf + n, (size_t)n < size ? size - n : 0,
			      " (%u points, %u needed)", d->score,
			      d->threshold);
	if (!good && a->err.todo[0] && (size_t)n < size)
		snprintf(buf + n, size - n, "; to do: %s", a->err.todo);
}

static void add_points(struct entry *e, const struct kdpu_decision *d)
{
	char text[800] = "";
	size_t i, n = 0;

	for (i = 0; i < KDPU_NR_SCORES; i++)
		n += snprintf(text + n, sizeof(text) - n, "%s%s %u/%u: %.120s",
			      i ? "; " : "", d->points[i].fact,
			      d->points[i].points, d->points[i].max,
			      d->points[i].text);
	add(e, "KDEVPOOL_SCORE=%u", d->score);
	add(e, "KDEVPOOL_THRESHOLD=%u", d->threshold);
	add(e, "KDEVPOOL_REASONS=%s", text);
	add(e, "KDEVPOOL_RULE=%s", d->rule);
}

static int priority_of(const struct kdpu_auto *a)
{
	if (a->outcome == KDPU_AUTO_FAILED)
		return LOG_ERR;
	return a->outcome == KDPU_AUTO_REFUSED || a->outcome == KDPU_AUTO_BARREN ?
	       LOG_WARNING : LOG_INFO;
}

/* What had to be mended has a line of its own. */
static void log_repair(const struct kdpu_auto *a)
{
	struct entry e;
	char message[512];

	snprintf(message, sizeof(message), "pool %s on %s: %u of %d copies of the metadata were damaged or missing; %u are current now",
		 a->facts.pool, a->facts.device, KDPU_COPIES - a->facts.copies,
		 KDPU_COPIES, a->copies_after);
	begin(&e, LOG_WARNING, message);
	add(&e, "KDEVPOOL_POOL=%s", a->facts.pool);
	add(&e, "KDEVPOOL_UUID=%s", a->facts.uuid);
	add(&e, "KDEVPOOL_DEVICE=%s", a->facts.device);
	add(&e, "KDEVPOOL_DECISION=repaired");
	add(&e, "KDEVPOOL_BY=%s", a->decision.forced ? "forced" : "auto");
	add(&e, "KDEVPOOL_COPIES_BEFORE=%u", a->facts.copies);
	add(&e, "KDEVPOOL_COPIES_AFTER=%u", a->copies_after);
	send(&e, LOG_WARNING, message);
}

void kdpu_declog_auto(const struct kdpu_auto_request *req,
		      const struct kdpu_auto *a)
{
	char message[1100];
	struct entry e;

	kdpu_auto_message(a, message, sizeof(message));
	begin(&e, priority_of(a), message);
	add(&e, "KDEVPOOL_POOL=%s", a->facts.pool);
	add(&e, "KDEVPOOL_UUID=%s", a->facts.uuid);
	add(&e, "KDEVPOOL_DEVICE=%s", req->path);
	add(&e, "KDEVPOOL_DECISION=%s", kdpu_outcome_word(a, req->dry_run));
	add(&e, "KDEVPOOL_BY=%s", req->force ? "forced" : "auto");
	if (a->decision.rule)
		add_points(&e, &a->decision);
	send(&e, priority_of(a), message);
	if (a->outcome == KDPU_AUTO_ACTIVATED && a->facts.copies < KDPU_COPIES)
		log_repair(a);
}

void kdpu_declog_hand(const char *path, const struct kdpu_pool *p)
{
	char message[512], uuid[KDPU_UUID_TEXT];
	struct entry e;

	snprintf(message, sizeof(message), "pool %s on %s: activated by hand",
		 p->name, path);
	begin(&e, LOG_INFO, message);
	add(&e, "KDEVPOOL_POOL=%s", p->name);
	add(&e, "KDEVPOOL_UUID=%s", kdpu_uuid_text(p->uuid, uuid));
	add(&e, "KDEVPOOL_DEVICE=%s", path);
	add(&e, "KDEVPOOL_DECISION=activated");
	add(&e, "KDEVPOOL_BY=hand");
	send(&e, LOG_INFO, message);
}
