// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/string.h>

#include "format/name.h"
#include "model/op.h"

/* The next word of *@text, which is moved behind it; NULL at the end. */
static char *kdp_next_word(char **text)
{
	char *word, *p = *text;

	while (*p == ' ')
		p++;
	if (!*p)
		return NULL;
	word = p;
	while (*p && *p != ' ')
		p++;
	if (*p)
		*p++ = 0;
	*text = p;
	return word;
}

static int kdp_copy_word(char *to, size_t size, const char *value)
{
	size_t len = strlen(value);

	if (!len || len >= size)
		return -EINVAL;
	memset(to, 0, size);
	memcpy(to, value, len);
	return 0;
}

static int kdp_set_uid(struct kdp_volume_info *info, const char *value)
{
	return kstrtou32(value, 10, &info->uid);
}

static int kdp_set_pid(struct kdp_volume_info *info, const char *value)
{
	return kstrtou32(value, 10, &info->pid);
}

static int kdp_set_pid_start(struct kdp_volume_info *info, const char *value)
{
	return kstrtou64(value, 10, &info->pid_start);
}

static int kdp_set_created(struct kdp_volume_info *info, const char *value)
{
	return kstrtou64(value, 10, &info->created);
}

static int kdp_set_session(struct kdp_volume_info *info, const char *value)
{
	return kdp_copy_word(info->session, sizeof(info->session), value);
}

static int kdp_set_tag(struct kdp_volume_info *info, const char *value)
{
	return kdp_copy_word(info->tags, sizeof(info->tags), value);
}

static const struct {
	const char *key;
	int (*set)(struct kdp_volume_info *info, const char *value);
} kdp_create_keys[] = {
	{ .key = "uid", .set = kdp_set_uid },
	{ .key = "pid", .set = kdp_set_pid },
	{ .key = "pid_start", .set = kdp_set_pid_start },
	{ .key = "created", .set = kdp_set_created },
	{ .key = "session", .set = kdp_set_session },
	{ .key = "tag", .set = kdp_set_tag },
};

static int kdp_parse_option(char *word, struct kdp_op *op, char *why)
{
	char *value = strchr(word, '=');
	size_t i;

	if (!strcmp(word, "thick"))
		return 0;
	if (!strcmp(word, "thin")) {
		op->info.flags |= KDP_VOLUME_THIN;
		return 0;
	}
	if (value)
		*value++ = 0;
	for (i = 0; value && i < ARRAY_SIZE(kdp_create_keys); i++) {
		if (strcmp(word, kdp_create_keys[i].key))
			continue;
		if (!kdp_create_keys[i].set(&op->info, value))
			return 0;
		scnprintf(why, KDP_REASON_SIZE,
			  "create: bad value for %s: \"%.40s\"", word, value);
		return -EINVAL;
	}
	scnprintf(why, KDP_REASON_SIZE,
		  "create: unknown option \"%.40s\"; expected thick, uid=, pid=, pid_start=, created=, session=, tag=",
		  word);
	return -EINVAL;
}

static int kdp_parse_create(char *text, struct kdp_op *op, char *why)
{
	char *name = kdp_next_word(&text);
	char *size = kdp_next_word(&text);
	char *word;
	u64 bytes;
	int err;

	if (!size) {
		scnprintf(why, KDP_REASON_SIZE,
			  "create: expected create <name> <size> [options]");
		return -EINVAL;
	}
	if (kdp_copy_word(op->info.name, sizeof(op->info.name), name) ||
	    !kdp_volume_name_ok(op->info.name, sizeof(op->info.name))) {
		scnprintf(why, KDP_REASON_SIZE,
			  "create: invalid name \"%.60s\"; expected 1 to 55 of A-Z a-z 0-9 . _ + -, not starting with . or -",
			  name);
		return -EINVAL;
	}
	if (kdp_parse_size(size, &bytes) ||
	    !bytes || bytes % KDP_BLOCK_SIZE) {
		scnprintf(why, KDP_REASON_SIZE,
			  "create %s: bad size \"%.40s\"; expected a multiple of 4 KiB such as 10G, 512M or 2048s",
			  op->info.name, size);
		return -EINVAL;
	}
	op->info.sectors = bytes >> 9;
	while ((word = kdp_next_word(&text))) {
		err = kdp_parse_option(word, op, why);
		if (err)
			return err;
	}
	return 0;
}

static int kdp_parse_remove(char *text, struct kdp_op *op, char *why)
{
	char *name = kdp_next_word(&text);
	bool ok;

	if (!name || kdp_next_word(&text)) {
		scnprintf(why, KDP_REASON_SIZE,
			  "remove: expected remove <name|#id>");
		return -EINVAL;
	}
	if (name[0] == '#')
		ok = !kstrtou64(name + 1, 10, &op->info.id) && op->info.id;
	else
		ok = !kdp_copy_word(op->info.name, sizeof(op->info.name), name);
	if (ok)
		return 0;
	scnprintf(why, KDP_REASON_SIZE,
		  "remove: \"%.60s\" is neither a name nor #<id>", name);
	return -EINVAL;
}

static const struct {
	const char *verb;
	enum kdp_op_type type;
	int (*parse)(char *text, struct kdp_op *op, char *why);
} kdp_verbs[] = {
	{ .verb = "create", .type = KDP_OP_CREATE, .parse = kdp_parse_create },
	{ .verb = "remove", .type = KDP_OP_REMOVE, .parse = kdp_parse_remove },
};

int kdp_op_parse(char *text, struct kdp_op *op, char *why)
{
	char *verb = kdp_next_word(&text);
	size_t i;

	memset(op, 0, sizeof(*op));
	for (i = 0; verb && i < ARRAY_SIZE(kdp_verbs); i++) {
		if (strcmp(verb, kdp_verbs[i].verb))
			continue;
		op->type = kdp_verbs[i].type;
		return kdp_verbs[i].parse(text, op, why);
	}
	scnprintf(why, KDP_REASON_SIZE,
		  "unknown operation \"%.40s\"; expected create or remove",
		  verb ? verb : "");
	return -EINVAL;
}
