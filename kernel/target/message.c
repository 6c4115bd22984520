// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages to the pool.
 *
 * The buffer for the reply is the one that the message is in, so a message is
 * first copied to memory of our own.  libdevmapper sends a message again if the
 * reply did not fit: what changes anything sees to that beforehand, and answers
 * "too small" without having done a thing.
 *
 * A message that changes something while the pool is suspended fails with
 * EAGAIN.  It must not wait for the resume: it would keep the table in use that
 * a reload wants to replace.
 */
#include <linux/kstrtox.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include "target/pool-target.h"
#include "target/report.h"

#define KDP_MAX_OPS	1024u	/* in one message */

/* A message being worked on; life is held for reading. */
struct kdp_message {
	struct kdp_pool *pool;
	char *text;			/* our copy, words separated by spaces */
	char *result;
	unsigned int maxlen;
	char why[KDP_REASON_SIZE];
};

/* Handlers return 1 if there is a reply, 0 if not, or a negative errno. */
struct kdp_verb {
	const char *name;
	int (*handle)(struct kdp_message *m);
	bool changes;		/* needs a pool that runs */
};

static int kdp_message_fail(struct kdp_message *m, int err, const char *why)
{
	strscpy(m->why, why, sizeof(m->why));
	return err;
}

/* Explain the failure of a store call by what the store says. */
static int kdp_message_store_result(struct kdp_message *m, int r)
{
	kdp_pool_look(m->pool);
	if (r)
		kdp_store_reason(m->pool->store, m->why, sizeof(m->why));
	return r;
}

static u32 kdp_count_ops(const char *text)
{
	u32 n = 1;

	while ((text = strchr(text, ','))) {
		text++;
		n++;
	}
	return n;
}

static int kdp_parse_ops(struct kdp_message *m, struct kdp_op *ops, u32 nr)
{
	char *rest = m->text;
	u32 i;

	for (i = 0; i < nr; i++) {
		int r = kdp_op_parse(strsep(&rest, ","), &ops[i], m->why);

		if (r)
			return r;
		if (ops[i].type == KDP_OP_CREATE && !ops[i].info.created)
			ops[i].info.created = ktime_get_real_seconds();
	}
	return 0;
}

static void kdp_reply_ids(struct kdp_message *m, const struct kdp_op *ops,
			  u32 nr)
{
	unsigned int maxlen = m->maxlen;
	char *result = m->result;
	unsigned int sz = 0;
	u32 i;

	DMEMIT("ok");
	for (i = 0; i < nr; i++)
		DMEMIT(" %llu", ops[i].info.id);
}

/* Space, up to 20 digits for each; "ok", the NUL, one byte to spare. */
static bool kdp_reply_fits(const struct kdp_message *m, u32 nr)
{
	return nr * 21 + 4 <= m->maxlen;
}

static int kdp_execute_ops(struct kdp_message *m, struct kdp_op *ops, u32 nr)
{
	int r = kdp_parse_ops(m, ops, nr);

	if (r)
		return r;
	if (!kdp_reply_fits(m, nr)) {
		kdp_report_overflow(m->result, 0, m->maxlen);
		return 1;
	}
	r = kdp_store_execute(m->pool->store, ops, nr, m->why);
	kdp_pool_look(m->pool);
	if (r)
		return r;
	kdp_reply_ids(m, ops, nr);
	return 1;
}

static int kdp_handle_ops(struct kdp_message *m)
{
	u32 nr = kdp_count_ops(m->text);
	struct kdp_op *ops;
	int r;

	if (nr > KDP_MAX_OPS)
		return kdp_message_fail(m, -E2BIG,
					"too many operations in one message");
	ops = kvcalloc(nr, sizeof(*ops), GFP_KERNEL);
	if (!ops)
		return kdp_message_fail(m, -ENOMEM, "not enough memory");
	r = kdp_execute_ops(m, ops, nr);
	kvfree(ops);
	return r;
}

static int kdp_handle_list(struct kdp_message *m)
{
	char *arg = strchr(m->text, ' ');
	u64 after = 0;

	if (!m->pool->store)
		return kdp_message_fail(m, -ENXIO, "the pool is not open");
	if (arg && kstrtou64(arg + 1, 10, &after))
		return kdp_message_fail(m, -EINVAL,
					"list: expected the id of a volume");
	kdp_report_list(m->pool, after, m->result, m->maxlen);
	return 1;
}

static int kdp_handle_info(struct kdp_message *m)
{
	if (!strcmp(m->text, "info")) {
		kdp_report_info(m->pool, m->result, m->maxlen);
		return 1;
	}
	if (strcmp(m->text, "info last_error"))
		return kdp_message_fail(m, -EINVAL,
					"info: expected nothing or last_error");
	kdp_pool_get_error(m->pool, m->result, m->maxlen);
	return 1;
}

static int kdp_handle_commit(struct kdp_message *m)
{
	int r = kdp_store_commit(m->pool->store, NULL);

	return kdp_message_store_result(m, r);
}

static int kdp_handle_checkpoint(struct kdp_message *m)
{
	int r = kdp_store_checkpoint(m->pool->store);

	return kdp_message_store_result(m, r);
}

/* Nothing would be done before the pool is active. */
static int kdp_ask_active(struct kdp_message *m, enum kdp_tend_ask what)
{
	char reason[KDP_REASON_SIZE];

	if (kdp_store_mode(m->pool->store) != KDP_STORE_ACTIVE) {
		kdp_store_reason(m->pool->store, reason, sizeof(reason));
		scnprintf(m->why, sizeof(m->why),
			  "the pool is not active, nothing can be mended%s%s",
			  reason[0] ? ": " : "", reason);
		return -EROFS;
	}
	kdp_tend_ask(m->pool, what);
	return 0;
}

static int kdp_handle_scrub(struct kdp_message *m)
{
	bool start = !strcmp(m->text, "scrub start");

	if (!start && strcmp(m->text, "scrub stop"))
		return kdp_message_fail(m, -EINVAL,
					"scrub: expected start or stop");
	return kdp_ask_active(m, start ? KDP_ASK_SCRUB : KDP_ASK_STOP);
}

static int kdp_handle_repair(struct kdp_message *m)
{
	if (strcmp(m->text, "repair"))
		return kdp_message_fail(m, -EINVAL,
					"repair: expected nothing more");
	return kdp_ask_active(m, KDP_ASK_REPAIR);
}

static const struct kdp_verb kdp_verbs[] = {
	{ .name = "create", .handle = kdp_handle_ops, .changes = true },
	{ .name = "remove", .handle = kdp_handle_ops, .changes = true },
	{ .name = "rename", .handle = kdp_handle_ops, .changes = true },
	{ .name = "set", .handle = kdp_handle_ops, .changes = true },
	{ .name = "list", .handle = kdp_handle_list },
	{ .name = "info", .handle = kdp_handle_info },
	{ .name = "commit", .handle = kdp_handle_commit, .changes = true },
	{ .name = "checkpoint", .handle = kdp_handle_checkpoint,
	  .changes = true },
	{ .name = "scrub", .handle = kdp_handle_scrub, .changes = true },
	{ .name = "repair", .handle = kdp_handle_repair, .changes = true },
};

static const struct kdp_verb *kdp_find_verb(const char *word)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kdp_verbs); i++)
		if (!strcmp(kdp_verbs[i].name, word))
			return &kdp_verbs[i];
	return NULL;
}

static int kdp_unknown_verb(struct kdp_message *m, const char *word)
{
	size_t size = sizeof(m->why);
	size_t i, n;

	n = scnprintf(m->why, size, "unknown message \"%.40s\"; expected",
		      word);
	for (i = 0; i < ARRAY_SIZE(kdp_verbs); i++)
		n += scnprintf(m->why + n, size - n, "%s %s", i ? "," : "",
			       kdp_verbs[i].name);
	return -EINVAL;
}

static int kdp_dispatch(struct kdp_message *m)
{
	char word[16];
	const struct kdp_verb *verb;

	strscpy(word, m->text, sizeof(word));
	word[strcspn(word, " ,")] = 0;
	verb = kdp_find_verb(word);
	if (!verb)
		return kdp_unknown_verb(m, word);
	if (verb->changes && m->pool->state != KDP_POOL_RUNNING)
		return kdp_message_fail(m, -EAGAIN, "the pool is suspended");
	return verb->handle(m);
}

/* The words of a message, separated by single spaces; NULL: no memory. */
static char *kdp_join(unsigned int argc, char **argv)
{
	size_t size = 1, at = 0;
	unsigned int i;
	char *text;

	for (i = 0; i < argc; i++)
		size += strlen(argv[i]) + 1;
	text = kvmalloc(size, GFP_KERNEL);
	if (!text)
		return NULL;
	text[0] = 0;
	for (i = 0; i < argc; i++)
		at += scnprintf(text + at, size - at, "%s%s", i ? " " : "",
				argv[i]);
	return text;
}

static int kdp_message_run(struct kdp_message *m)
{
	int r;

	down_read(&m->pool->life);
	r = kdp_dispatch(m);
	up_read(&m->pool->life);
	if (r < 0) {
		kdp_pool_set_error(m->pool, m->why);
		DMERR_LIMIT("%s: message failed (%d): %s", m->pool->name, r,
			    m->why);
	}
	return r;
}

int kdp_pool_message(struct kdp_pool *pool, unsigned int argc, char **argv,
		     char *result, unsigned int maxlen)
{
	unsigned int noio = memalloc_noio_save();
	struct kdp_message m = {
		.pool = pool,
		.result = result,
		.maxlen = maxlen,
	};
	int r = -ENOMEM;

	m.text = kdp_join(argc, argv);
	if (m.text)
		r = kdp_message_run(&m);
	kvfree(m.text);
	memalloc_noio_restore(noio);
	return r;
}
