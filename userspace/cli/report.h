/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reports.  Every report is put together as one JSON object; --json prints it,
 * the text form shows parts of it.  Sizes are in bytes there.
 */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

enum report_format {
	REPORT_TEXT,
	REPORT_NUMBER,
	REPORT_SIZE,
	REPORT_TIME,
	REPORT_YES_NO,
	REPORT_WORDS,		/* sentences; a table breaks them between words */
};

struct report_field {
	const char *key;	/* NULL ends a table of fields */
	const char *title;
	enum report_format format;
	bool wrap;		/* may be broken into several lines */
};

/* Members of objects; NULL text becomes null. */
void report_add(struct json_object *o, const char *key, const char *value);
void report_add_number(struct json_object *o, const char *key, uint64_t n);
void report_add_bool(struct json_object *o, const char *key, bool value);
void report_add_object(struct json_object *o, const char *key,
		       struct json_object *value);

/* "replica": "R0" */
void report_add_replica(struct json_object *o, unsigned int replica);
/* An object for each copy, @fill adds what follows its name. */
struct json_object *report_copies(void (*fill)(struct json_object *o,
					       unsigned int replica,
					       const void *data),
				  const void *data);

/* {"replica": "R0", "area": ..., "block": ...}: a block of the metadata. */
struct json_object *report_place(unsigned int replica, const char *area,
				 uint64_t block);

/* A line for each object of the array; nothing for an empty one. */
void report_table(struct json_object *array, const struct report_field *f);

/* A line for each copy of report_copies() that has "moved_from_block". */
void report_moves(struct json_object *copies);

/* "title  value" lines of one object; absent members are left out. */
void report_fields(struct json_object *o, const struct report_field *f);

/* Print the object and free it.  An exit code. */
int report_json(struct json_object *o);

#endif
