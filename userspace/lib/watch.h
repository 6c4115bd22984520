/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What happens to active pools, as it happens.
 *
 * The kernel's own uevents are listened to, not those of udev (which may not be
 * there, and come later).  Each change of health or mode is one of them and carries
 * the new value, so that changes that follow each other fast are all seen;
 * device-mapper's event counter would merge them.  If the socket overflows all
 * the same, that is an event of its own, and what is different afterwards follows.
 */
#ifndef KDPU_WATCH_H
#define KDPU_WATCH_H

#include "dmname.h"
#include "err.h"

enum kdpu_event_type {
	KDPU_EVENT_STARTED,	/* first of all; about no pool */
	KDPU_EVENT_POOL_APPEARS,
	KDPU_EVENT_POOL_GOES,
	KDPU_EVENT_VOLUME_APPEARS,	/* its device */
	KDPU_EVENT_VOLUME_GOES,
	KDPU_EVENT_HEALTH,
	KDPU_EVENT_MODE,
	KDPU_EVENT_MOVED,	/* a copy of the metadata, to another extent */
	KDPU_EVENT_LOST,	/* events; about no pool */
};

struct kdpu_event {
	enum kdpu_event_type type;
	char pool[KDPU_POOL_NAME];
	char volume[KDPU_VOLUME_NAME];	/* "" if it is about a pool */
	char mode[16];			/* of a pool; "" if not known */
	int valid;			/* copies, -1: not known */
	/* MOVED: */
	unsigned int replica;
	uint64_t from, to;		/* blocks of the disk */
};

/* What can be seen of a device now. */
struct kdpu_seen {
	uint8_t uuid[KDPU_UUID_SIZE];
	uint64_t id;			/* 0: the pool's own */
	char name[KDPU_DM_NAME_SIZE];
	char pool[KDPU_POOL_NAME], volume[KDPU_VOLUME_NAME];
	char mode[16];
	int valid;
	bool live;			/* has been resumed */
};

struct kdpu_uevent {
	const char *action, *device;	/* "change", "dm-3" */
	const char *event, *health;	/* KDEVPOOL_EVENT, _HEALTH or NULL */
	const char *moved;		/* KDEVPOOL_MOVED or NULL */
};

/* How to look; for tests another one. */
struct kdpu_watch_eyes {
	/* false: none of ours, or gone */
	bool (*look)(const char *device, struct kdpu_seen *s);
	/* Call @fn for each device of ours. */
	int (*all)(void (*fn)(const char *device, void *data), void *data,
		   struct kdpu_err *err);
};

extern const struct kdpu_watch_eyes kdpu_watch_eyes;

struct kdpu_watch;

/* Also looks what there is.  NULL: no memory, or *@err. */
struct kdpu_watch *kdpu_watch_new(const struct kdpu_watch_eyes *eyes,
				  struct kdpu_err *err);
void kdpu_watch_free(struct kdpu_watch *w);

/* What has come of it is then there for kdpu_watch_next().  -ENOMEM. */
int kdpu_watch_uevent(struct kdpu_watch *w, const struct kdpu_uevent *u);
/* Some were lost: compare all there is with what was known. */
int kdpu_watch_lost(struct kdpu_watch *w, struct kdpu_err *err);

/* The oldest that was not given out; false: none. */
bool kdpu_watch_next(struct kdpu_watch *w, struct kdpu_event *e);

/* "pool-appears" and so on. */
const char *kdpu_event_name(enum kdpu_event_type type);

/* The kernel's events.  Begin before kdpu_watch_new(), or some are missed. */
struct kdpu_uevents;
struct kdpu_uevents *kdpu_uevents_new(struct kdpu_err *err);
void kdpu_uevents_free(struct kdpu_uevents *u);
int kdpu_uevents_fd(const struct kdpu_uevents *u);
/* Take all that have come.  0 or a negative errno. */
int kdpu_uevents_read(struct kdpu_uevents *u, struct kdpu_watch *w,
		      struct kdpu_err *err);

#endif
