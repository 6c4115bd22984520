/* SPDX-License-Identifier: GPL-2.0-only */
/* Pools that are active on this machine: what the kernel says about them. */
#ifndef KDPU_ACTIVE_H
#define KDPU_ACTIVE_H

#include "dm.h"
#include "health.h"

/* A volume as the pool lists it, and its device if it has one. */
struct kdpu_volume {
	uint64_t id;
	char name[KDPU_VOLUME_NAME];
	uint64_t bytes;
	uint32_t chunks;	/* of its size; a thin one need not have them */
	uint32_t mapped;	/* those that it has, unwritten ones too */
	uint32_t unwritten;
	uint32_t users;		/* devices bound to it */
	char flags[32];
	uint32_t uid;
	uint32_t pid;
	uint64_t pid_start;	/* clock ticks after its machine's boot */
	uint8_t boot_id[KDPU_UUID_SIZE];	/* the boot that it is of; zeros: not known */
	uint64_t created;
	char session[48];
	char tags[64];
	bool has_device;
	struct kdpu_dm_device device;
	char node[160];		/* best path to the device, "" without one */
};

/* Since the pool's table was first loaded. */
struct kdpu_counts {
	bool known;
	uint64_t first_writes, parked, discards, commits, checkpoints, errors;
};

struct kdpu_pool {
	struct kdpu_dm_device device;	/* the pool's own */
	char disk[128];			/* what it lives on: "/dev/sdb" */
	dev_t disk_dev;
	char name[KDPU_POOL_NAME];
	uint8_t uuid[KDPU_UUID_SIZE];
	char mode[16];
	char reason[256];		/* "-" while active */
	uint64_t epoch, sequence, durable;
	uint64_t chunk_bytes;
	uint32_t chunks_used, chunks;
	uint32_t nr_volumes;		/* by the status line */
	uint32_t replicas;
	uint32_t journal_used, journal_blocks;
	char health[8];			/* "ccccc", "" if unknown */
	struct kdpu_counts counts;
	struct kdpu_health metadata;
	struct kdpu_volume *volumes;	/* ascending ids */
	size_t nr;
};

struct kdpu_pools {
	struct kdpu_pool *p;
	size_t nr;
};

/* All active pools with their volumes. */
int kdpu_pools_read(struct kdpu_pools *l, struct kdpu_err *err);
void kdpu_pools_free(struct kdpu_pools *l);

/* One of them: by its name; NULL as name: the only one.  -ENOENT. */
int kdpu_pool_find(const char *name, struct kdpu_pool *p,
		   struct kdpu_err *err);
/* By its UUID. */
int kdpu_pool_find_uuid(const uint8_t uuid[KDPU_UUID_SIZE],
			struct kdpu_pool *p, struct kdpu_err *err);
/*
 * By its name (a word without "/"), the node of its own device, or the disk that
 * it is on.  -ENOENT.
 */
int kdpu_pool_find_any(const char *what, struct kdpu_pool *p,
		       struct kdpu_err *err);
void kdpu_pool_free(struct kdpu_pool *p);

/* Read volumes and their devices again. */
int kdpu_pool_refresh(struct kdpu_pool *p, struct kdpu_err *err);

/* One volume of the pool whose device is @dm_name; without its own device. */
int kdpu_volume_read(const char *dm_name, uint64_t id, struct kdpu_volume *v,
		     struct kdpu_err *err);

struct kdpu_volume *kdpu_pool_volume(struct kdpu_pool *p, const char *name);

/*
 * Pure: the pool's status line and the lines of a list.  -EINVAL when they are
 * not as documented; kdpu_list_parse adds to p->volumes.
 */
int kdpu_status_parse(const char *line, struct kdpu_pool *p);
int kdpu_list_parse(const char *text, struct kdpu_pool *p);
/* The lines of "info": health and counts; those that are missing stay. */
void kdpu_info_parse(const char *text, struct kdpu_pool *p);

#endif
