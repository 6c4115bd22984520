/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Operations asked for by a message or a tool.  An operation is prepared
 * (checked, all memory and space taken), then either applied, which cannot
 * fail, or cancelled, which leaves no trace.
 */
#ifndef KDP_MODEL_OP_H
#define KDP_MODEL_OP_H

#include "model/freed.h"

enum kdp_op_type {
	KDP_OP_CREATE = 1,
	KDP_OP_REMOVE,
	KDP_OP_SET,
};

/* What a set changes. */
#define KDP_SET_NAME		0x01u
#define KDP_SET_UID		0x02u
#define KDP_SET_PID		0x04u
#define KDP_SET_PID_START	0x08u
#define KDP_SET_SESSION		0x10u
#define KDP_SET_TAGS		0x20u
#define KDP_SET_BOOT_ID		0x40u

/* Longest sentence of why something failed. */
#define KDP_REASON_SIZE	200

struct kdp_op {
	enum kdp_op_type type;
	/* create: name, sectors, flags and owner; id, birth are filled in */
	struct kdp_volume_info info;
	/* remove: by id when info.id is not 0, else by info.name */
	/* set: by info.name when it is not empty, else by info.id */
	struct kdp_volume_info change;	/* set: the new values of @changes */
	u32 changes;			/* set: KDP_SET_* */
	/* filled by kdp_op_prepare() */
	bool named;			/* remove: by its name */
	struct kdp_volume *volume;
	struct kdp_freed *freed;	/* remove: the way back of its chunks */
	struct kdp_volume_info before;	/* set: what the volume was */
};

/*
 * Prepare @op.  0, or an error with a sentence in @why (KDP_REASON_SIZE):
 * -EINVAL name or size, -EEXIST, -ENOENT, -EBUSY in use, -ENOSPC, -ENFILE too
 * many volumes, -ENOMEM.  Nothing is changed on error.
 */
int kdp_op_prepare(struct kdp_model *m, struct kdp_op *op, char *why);
void kdp_op_cancel(struct kdp_model *m, struct kdp_op *op);

/*
 * Make the prepared @op visible.  Cannot fail.  A removed volume is detached;
 * it and its chunks are handed to the caller in op->freed.
 */
void kdp_op_apply(struct kdp_model *m, struct kdp_op *op);

/*
 * The records of a prepared op, one per call: *@cursor starts at 0.  False
 * when there are no more.
 */
bool kdp_op_next_record(const struct kdp_op *op, u32 *cursor,
			struct kdp_record *rec);

/*
 * Parse "create NAME SIZE [thick] [key=value ...]", "remove NAME|#ID",
 * "rename NAME|#ID NEW" or "set NAME|#ID key=value ...", one operation, words
 * separated by single spaces; keys: uid pid pid_start boot_id created session
 * tag (set: not created; an empty session or tag removes it).  @text is changed.
 * 0 or -EINVAL with a sentence in @why.
 */
int kdp_op_parse(char *text, struct kdp_op *op, char *why);

#endif
