// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "corpus.h"

struct corpus corpus;

int corpus_add(const struct recipe *recipe, const char *name, int parent,
	       const struct image *image)
{
	struct base *b;

	b = realloc(corpus.base, (corpus.nr + 1) * sizeof(*b));
	if (!b)
		abort();
	corpus.base = b;
	b += corpus.nr++;
	memset(b, 0, sizeof(*b));
	b->recipe = recipe;
	b->parent = parent;
	b->image = image_copy(image);
	snprintf(b->name, sizeof(b->name), "%s/%s", recipe->name, name);
	return corpus.nr - 1;
}

bool corpus_build(void)
{
	bool ok = true;
	u32 i;

	survey_types();
	for (i = 0; i < nr_recipes; i++)
		script_run(&recipes[i]);
	for (i = 0; i < corpus.nr; i++)
		ok &= survey_base(&corpus.base[i]);
	return ok && survey_complete();
}

void corpus_free(void)
{
	while (corpus.nr)
		image_free(corpus.base[--corpus.nr].image);
	free(corpus.base);
	corpus.base = NULL;
}
