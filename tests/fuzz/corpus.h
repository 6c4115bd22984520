/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The base images.  They are made by the store itself, from the scripts in
 * recipes.c, and surveyed: what is where, and does the corpus as a whole hold
 * every structure of the format.
 */
#ifndef KDP_FUZZ_CORPUS_H
#define KDP_FUZZ_CORPUS_H

#include "format/journal.h"
#include "format/record.h"
#include "format/super.h"
#include "image.h"

#define MAX_COMMITS	64u	/* to be replayed, in one image */
#define MAX_VOLUMES	64u	/* whose ids are noted */
#define MAX_TYPES	32u	/* of records */
#define MAX_KNOWN	48u	/* extents that are noted */

struct recipe {
	const char *name;
	const char *uuid;	/* 16 characters */
	u64 device_blocks;
	u32 chunk_blocks;
	u32 journal_blocks;
	const char *const *script;	/* NULL terminated; see script.c */
};

extern const struct recipe recipes[];
extern const u32 nr_recipes;

/* A commit between the checkpoint and the end of the journal. */
struct live_commit {
	u64 sequence;
	u64 pos;
	u32 nr_parts;
};

/* What is mapped; made-up records refer to it. */
struct known {
	u64 volume;
	struct kdp_extent extent;
};

struct base {
	const struct recipe *recipe;
	int parent;			/* the image that it came from; or -1 */
	char name[48];
	struct image *image;
	/* what follows is as the store found it */
	struct kdp_super super;
	struct live_commit commits[MAX_COMMITS];
	u32 nr_commits;
	u64 end_pos;			/* of the journal */
	u64 volumes[MAX_VOLUMES];	/* ids */
	u32 nr_volumes;
	u64 next_volume;		/* no larger id is in use */
	struct known known[MAX_KNOWN];
	u32 nr_known;
	u32 free_chunk, nr_free;	/* the longest run that is free */
	/* what it holds after so many commits, as damage.c wants it */
	u64 hash[MAX_COMMITS + 1];
};

struct corpus {
	struct base *base;
	u32 nr;
	u16 types[MAX_TYPES];	/* record types that the format knows */
	u16 sizes[MAX_TYPES];
	u32 nr_types;
};

extern struct corpus corpus;

/* Build it from the recipes and survey it; false, with a message: unusable. */
bool corpus_build(void);
void corpus_free(void);

/* script.c: run one recipe; corpus_add() is called for every "save". */
void script_run(const struct recipe *recipe);
int corpus_add(const struct recipe *recipe, const char *name, int parent,
	       const struct image *image);

/* survey.c: fill in what @b is like; complain and return false if broken. */
bool survey_base(struct base *b);
/* Find out which record types there are. */
void survey_types(void);
/* Is every structure in one image or another?  Lists what is missing. */
bool survey_complete(void);

/* Walk the records of a journal block; @at: 0 at first.  False at the end. */
struct record_ref {
	u32 at;			/* offset in the block */
	u32 size;
	u16 type;
};

bool record_next(const u8 *block, u32 *at, struct record_ref *ref);

#endif
