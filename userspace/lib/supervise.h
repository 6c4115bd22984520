/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Work that must be done wholly or not at all, whoever is killed: a worker
 * process does it, this one watches.  Each of the two takes it back when the
 * other cannot; only both killed at once leave it half done.
 */
#ifndef KDPU_SUPERVISE_H
#define KDPU_SUPERVISE_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

struct kdpu_work {
	/* in the worker: 0, or a negative errno and what it says in @err */
	int (*run)(void *data, struct kdpu_err *err);
	/* in either, perhaps in both one after the other: as it was before */
	int (*undo)(void *data);
	/* in the worker: run() shall end soon; signal safe */
	void (*stop)(void);
	bool (*stopped)(void);	/* in the supervisor: is that wanted? */
	void *data;		/* run() can return something in shared memory */
};

/* Memory that is the same for both processes, zeroed; NULL: errno says why. */
void *kdpu_shared_new(size_t size);
void kdpu_shared_free(void *p, size_t size);

/*
 * Do it.  *@undone (if it failed): undo() succeeded.  The worker inherits the
 * handlers of signals; those that the supervisor gets reach it when stopped()
 * says so afterwards.
 */
int kdpu_supervise(const struct kdpu_work *w, bool *undone,
		   struct kdpu_err *err);

#endif
