// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <stdio.h>

#include "watch.h"

#define DEVICE_NAME	32

struct known {
	char device[DEVICE_NAME];	/* "" : free */
	struct kdpu_seen seen;
	bool met;			/* by the look at all there is */
};

struct kdpu_watch {
	const struct kdpu_watch_eyes *eyes;
	struct known *known;
	size_t nr_known;
	struct kdpu_event *queue;	/* [first, nr) are to be given out */
	size_t first, nr, room;
	bool quiet;			/* what is found is not told */
	int error;
};

const char *kdpu_event_name(enum kdpu_event_type type)
{
	static const char *const names[] = {
		[KDPU_EVENT_STARTED] = "started",
		[KDPU_EVENT_POOL_APPEARS] = "pool-appears",
		[KDPU_EVENT_POOL_GOES] = "pool-goes",
		[KDPU_EVENT_VOLUME_APPEARS] = "volume-appears",
		[KDPU_EVENT_VOLUME_GOES] = "volume-goes",
		[KDPU_EVENT_HEALTH] = "health",
		[KDPU_EVENT_MODE] = "mode",
		[KDPU_EVENT_MOVED] = "moved",
		[KDPU_EVENT_LOST] = "lost",
	};

	return names[type];
}

static struct known *find(struct kdpu_watch *w, const char *device)
{
	size_t i;

	for (i = 0; i < w->nr_known; i++)
		if (!strcmp(w->known[i].device, device))
			return &w->known[i];
	return NULL;
}

static struct known *add(struct kdpu_watch *w, const char *device)
{
	struct known *k = find(w, ""), *grown;

	if (!k) {
		grown = realloc(w->known, (w->nr_known + 1) * sizeof(*k));
		if (!grown) {
			w->error = -ENOMEM;
			return NULL;
		}
		w->known = grown;
		k = &grown[w->nr_known++];
	}
	memset(k, 0, sizeof(*k));
	snprintf(k->device, sizeof(k->device), "%s", device);
	return k;
}

static struct kdpu_event *put(struct kdpu_watch *w, enum kdpu_event_type type,
			      const struct kdpu_seen *s)
{
	struct kdpu_event *grown;

	if (w->first == w->nr)
		w->first = w->nr = 0;
	if (w->nr == w->room) {
		grown = realloc(w->queue, (w->room + 64) * sizeof(*grown));
		if (!grown) {
			w->error = -ENOMEM;
			return NULL;
		}
		w->queue = grown;
		w->room += 64;
	}
	grown = &w->queue[w->nr++];
	memset(grown, 0, sizeof(*grown));
	grown->type = type;
	grown->valid = -1;
	if (!s)
		return grown;
	memcpy(grown->pool, s->pool, sizeof(grown->pool));
	memcpy(grown->volume, s->volume, sizeof(grown->volume));
	memcpy(grown->mode, s->mode, sizeof(grown->mode));
	grown->valid = s->valid;
	return grown;
}

static void tell(struct kdpu_watch *w, enum kdpu_event_type type,
		 const struct kdpu_seen *s)
{
	if (!w->quiet)
		put(w, type, s);
}

static void forget(struct kdpu_watch *w, struct known *k)
{
	tell(w, k->seen.id ? KDPU_EVENT_VOLUME_GOES : KDPU_EVENT_POOL_GOES,
	     &k->seen);
	k->device[0] = 0;
}

/* A device with the name of one that is known may be another by now. */
static bool is_same(const struct known *k, const struct kdpu_seen *s)
{
	return k->seen.id == s->id &&
	       !memcmp(k->seen.uuid, s->uuid, sizeof(s->uuid));
}

static void compare(struct kdpu_watch *w, struct known *k,
		    const struct kdpu_seen *s)
{
	struct kdpu_seen was = k->seen;

	k->seen = *s;
	if (s->id)
		return;
	if (strcmp(was.mode, s->mode))
		tell(w, KDPU_EVENT_MODE, s);
	if (s->valid >= 0 && was.valid != s->valid)
		tell(w, KDPU_EVENT_HEALTH, s);
}

/* Names can be given by hand: the UUID tells whose volume it is. */
static void name_pool(const struct kdpu_watch *w, struct kdpu_seen *s)
{
	size_t i;

	for (i = 0; s->id && i < w->nr_known; i++)
		if (w->known[i].device[0] && !w->known[i].seen.id &&
		    !memcmp(w->known[i].seen.uuid, s->uuid, sizeof(s->uuid)))
			memcpy(s->pool, w->known[i].seen.pool, sizeof(s->pool));
}

/* Look at a device, and tell what is new about it.  NULL: it is none of ours. */
static struct known *look(struct kdpu_watch *w, const char *device,
			  bool compared)
{
	struct known *k = find(w, device);
	struct kdpu_seen s = { };
	bool there = w->eyes->look(device, &s) && s.live;

	if (k && (!there || !is_same(k, &s))) {
		/* suspended is not gone */
		if (!there && s.name[0] && is_same(k, &s))
			return k;
		forget(w, k);
		k = NULL;
	}
	if (!there)
		return NULL;
	name_pool(w, &s);
	if (k) {
		if (compared)
			compare(w, k, &s);
		return k;
	}
	k = add(w, device);
	if (!k)
		return NULL;
	k->seen = s;
	tell(w, s.id ? KDPU_EVENT_VOLUME_APPEARS : KDPU_EVENT_POOL_APPEARS, &s);
	return k;
}

static void tell_moved(struct kdpu_watch *w, const struct known *k,
		       const char *text)
{
	unsigned long long from, to;
	struct kdpu_event *e;
	unsigned int r;

	if (!text || sscanf(text, "R%u %llu %llu", &r, &from, &to) != 3)
		return;
	e = put(w, KDPU_EVENT_MOVED, &k->seen);
	if (!e)
		return;
	e->replica = r;
	e->from = from;
	e->to = to;
}

/* What the event says counts, not what can be seen meanwhile. */
static void told_by_pool(struct kdpu_watch *w, struct known *k,
			 const struct kdpu_uevent *u)
{
	if (!strcmp(u->event, "moved")) {
		tell_moved(w, k, u->moved);
		return;
	}
	if (strcmp(u->event, "health")) {
		snprintf(k->seen.mode, sizeof(k->seen.mode), "%.15s", u->event);
		tell(w, KDPU_EVENT_MODE, &k->seen);
		return;
	}
	k->seen.valid = u->health ? atoi(u->health) : -1;
	tell(w, KDPU_EVENT_HEALTH, &k->seen);
}

int kdpu_watch_uevent(struct kdpu_watch *w, const struct kdpu_uevent *u)
{
	struct known *k;

	if (!strcmp(u->action, "remove")) {
		k = find(w, u->device);
		if (k)
			forget(w, k);
		return w->error;
	}
	k = look(w, u->device, !u->event);
	if (k && u->event)
		told_by_pool(w, k, u);
	return w->error;
}

static void meet(const char *device, void *data)
{
	struct known *k = look(data, device, true);

	if (k)
		k->met = true;
}

static int look_at_all(struct kdpu_watch *w, struct kdpu_err *err)
{
	size_t i;
	int ret;

	for (i = 0; i < w->nr_known; i++)
		w->known[i].met = false;
	ret = w->eyes->all(meet, w, err);
	for (i = 0; !ret && i < w->nr_known; i++)
		if (w->known[i].device[0] && !w->known[i].met)
			forget(w, &w->known[i]);
	if (!ret && w->error)
		ret = kdpu_fail_memory(err);
	return ret;
}

int kdpu_watch_lost(struct kdpu_watch *w, struct kdpu_err *err)
{
	put(w, KDPU_EVENT_LOST, NULL);
	return look_at_all(w, err);
}

struct kdpu_watch *kdpu_watch_new(const struct kdpu_watch_eyes *eyes,
				  struct kdpu_err *err)
{
	struct kdpu_watch *w = calloc(1, sizeof(*w));

	if (!w) {
		kdpu_fail_memory(err);
		return NULL;
	}
	w->eyes = eyes;
	put(w, KDPU_EVENT_STARTED, NULL);
	w->quiet = true;
	if (look_at_all(w, err)) {
		kdpu_watch_free(w);
		return NULL;
	}
	w->quiet = false;
	return w;
}

void kdpu_watch_free(struct kdpu_watch *w)
{
	if (!w)
		return;
	free(w->known);
	free(w->queue);
	free(w);
}

bool kdpu_watch_next(struct kdpu_watch *w, struct kdpu_event *e)
{
	if (w->first == w->nr)
		return false;
	*e = w->queue[w->first++];
	return true;
}
