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

static int kdp_set_boot_id(struct kdp_volume_info *info, const char *value)
{
	return kdp_parse_id(value, info->boot_id) ? 0 : -EINVAL;
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
	u32 change;		/* KDP_SET_*; 0: only when it is created */
} kdp_keys[] = {
	{ .key = "uid", .set = kdp_set_uid, .change = KDP_SET_UID },
	{ .key = "pid", .set = kdp_set_pid, .change = KDP_SET_PID },
	{ .key = "pid_start", .set = kdp_set_pid_start,
	  .change = KDP_SET_PID_START },
	{ .key = "boot_id", .set = kdp_set_boot_id,
	  .change = KDP_SET_BOOT_ID },
	{ .key = "created", .set = kdp_set_created },
	{ .key = "session", .set = kdp_set_session,
	  .change = KDP_SET_SESSION },
	{ .key = "tag", .set = kdp_set_tag, .change = KDP_SET_TAGS },
};

/* "key=value"; *@change is what the key changes.  -ENOENT: no such key. */
static int kdp_parse_key(char *word, struct kdp_volume_info *info, u32 *change,
			 char *why)
{
	char *value = strchr(word, '=');
	size_t i;

	if (value)
		*value++ = 0;
	for (i = 0; value && i < ARRAY_SIZE(kdp_keys); i++) {
		if (strcmp(word, kdp_keys[i].key))
			continue;
		*change = kdp_keys[i].change;
		if (!kdp_keys[i].set(info, value))
			return 0;
		/* what is empty already may be set to nothing */
		if (!*value && *change & (KDP_SET_SESSION | KDP_SET_TAGS))
			return -ENODATA;
		scnprintf(why, KDP_REASON_SIZE, "bad value for %s: \"%.40s\"",
			  word, value);
		return -EINVAL;
	}
	return -ENOENT;
}

static int kdp_parse_option(char *word, struct kdp_op *op, char *why)
{
	u32 change;
	int err;

	if (!strcmp(word, "thick"))
		return 0;
	if (!strcmp(word, "thin")) {
		op->info.flags |= KDP_VOLUME_THIN;
		return 0;
	}
	err = kdp_parse_key(word, &op->info, &change, why);
	if (err == -ENODATA)
		scnprintf(why, KDP_REASON_SIZE, "create: %s is empty", word);
	if (err == -ENOENT)
		scnprintf(why, KDP_REASON_SIZE,
			  "create: unknown option \"%.40s\"; expected thick, thin, uid=, pid=, pid_start=, boot_id=, created=, session=, tag=",
			  word);
	return err ? -EINVAL : 0;
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

/* "#<id>" or a name into @info.  False: neither. */
static bool kdp_parse_volume(const char *word, struct kdp_volume_info *info)
{
	if (word[0] == '#')
		return !kstrtou64(word + 1, 10, &info->id) && info->id;
	return !kdp_copy_word(info->name, sizeof(info->name), word);
}

static int kdp_parse_remove(char *text, struct kdp_op *op, char *why)
{
	char *name = kdp_next_word(&text);

	if (!name || kdp_next_word(&text)) {
		scnprintf(why, KDP_REASON_SIZE,
			  "remove: expected remove <name|#id>");
		return -EINVAL;
	}
	if (kdp_parse_volume(name, &op->info))
		return 0;
	scnprintf(why, KDP_REASON_SIZE,
		  "remove: \"%.60s\" is neither a name nor #<id>", name);
	return -EINVAL;
}

static int kdp_parse_rename(char *text, struct kdp_op *op, char *why)
{
	char *name = kdp_next_word(&text);
	char *to = kdp_next_word(&text);
	struct kdp_volume_info *c = &op->change;

	if (!to || kdp_next_word(&text) || !kdp_parse_volume(name, &op->info)) {
		scnprintf(why, KDP_REASON_SIZE,
			  "rename: expected rename <name|#id> <new name>");
		return -EINVAL;
	}
	op->changes = KDP_SET_NAME;
	if (!kdp_copy_word(c->name, sizeof(c->name), to) &&
	    kdp_volume_name_ok(c->name, sizeof(c->name)))
		return 0;
	scnprintf(why, KDP_REASON_SIZE,
		  "rename: invalid name \"%.60s\"; expected 1 to 55 of A-Z a-z 0-9 . _ + -, not starting with . or -",
		  to);
	return -EINVAL;
}

static int kdp_parse_set(char *text, struct kdp_op *op, char *why)
{
	char *name = kdp_next_word(&text);
	char *word = kdp_next_word(&text);
	u32 change;
	int err;

	if (!word || !kdp_parse_volume(name, &op->info)) {
		scnprintf(why, KDP_REASON_SIZE,
			  "set: expected set <name|#id> <key>=<value> ...");
		return -EINVAL;
	}
	for (; word; word = kdp_next_word(&text)) {
		change = 0;
		err = kdp_parse_key(word, &op->change, &change, why);
		if (err == -EINVAL)
			return err;
		if (err == -ENOENT || !change) {
			scnprintf(why, KDP_REASON_SIZE,
				  "set: unknown option \"%.40s\"; expected uid=, pid=, pid_start=, boot_id=, session=, tag=",
				  word);
			return -EINVAL;
		}
		if (err == -ENODATA && change == KDP_SET_TAGS)
			memset(op->change.tags, 0, sizeof(op->change.tags));
		else if (err == -ENODATA)
			memset(op->change.session, 0,
			       sizeof(op->change.session));
		op->changes |= change;
	}
	return 0;
}

static const struct {
	const char *verb;
	enum kdp_op_type type;
	int (*parse)(char *text, struct kdp_op *op, char *why);
} kdp_verbs[] = {
	{ .verb = "create", .type = KDP_OP_CREATE, .parse = kdp_parse_create },
	{ .verb = "remove", .type = KDP_OP_REMOVE, .parse = kdp_parse_remove },
	{ .verb = "rename", .type = KDP_OP_SET, .parse = kdp_parse_rename },
	{ .verb = "set", .type = KDP_OP_SET, .parse = kdp_parse_set },
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
		  "unknown operation \"%.40s\"; expected create, remove, rename or set",
		  verb ? verb : "");
	return -EINVAL;
}
