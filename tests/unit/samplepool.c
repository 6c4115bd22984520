// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "samplepool.h"

static void fill(char *to, size_t size, const char *word, bool wide)
{
	size_t i, n = strlen(word);

	snprintf(to, size, "%s", word);
	for (i = 0; wide && i + 1 < size; i++)
		to[i] = word[i % n];
	to[size - 1] = 0;
}

static void sample_volume(struct kdpu_volume *v, uint64_t id, bool wide)
{
	v->id = wide ? (1ull << 62) - id : id;
	fill(v->name, sizeof(v->name), "scratch", wide);
	v->bytes = wide ? (1ull << 60) - 4096 : 10ull << 30;
	v->chunks = wide ? 1u << 26 : 10240;
	v->mapped = wide ? 1u << 26 : id % 2 ? 10240 : 10100;
	v->unwritten = wide ? 0 : 10000;
	v->uid = wide ? 4294967294u : 0;
	v->pid = wide ? 4194304 : 4321;
	v->pid_start = 1234567;
	v->created = 1767225600;
	fill(v->session, sizeof(v->session), "ci-20260101", wide);
	fill(v->tags, sizeof(v->tags), "nightly", wide);
	strcpy(v->flags, id % 2 ? "-" : "thin");
	if (id == 3)
		return;		/* one without a device */
	v->has_device = true;
	v->device.open_count = id == 1;
	fill(v->device.name, sizeof(v->device.name), "kdp-ci-scratch", wide);
	/* a node that there is, so that its permissions are told */
	snprintf(v->node, sizeof(v->node), "%s", wide ? "/dev/kdevpool/" :
		 "/dev/null");
	if (wide)
		fill(v->node + 14, sizeof(v->node) - 14, "long/", true);
}

static void sample_health(struct kdpu_health *h, bool wide)
{
	int r;

	h->known = true;
	for (r = 0; r < KDPU_COPIES; r++) {
		strcpy(h->copy[r].state, "current");
		h->copy[r].mended = wide ? 1ull << 62 : 3ull * r;
	}
	strcpy(h->copy[4].state, wide ? "out-of-date" : "damaged");
	h->copy[4].damaged = wide ? 4294967295u : 2;
	h->copy[4].attempts = 1;
	h->valid = 4;
	h->repairs = wide ? 1ull << 62 : 6;
	h->last_repair = wide ? 0 : 1767225600;
	h->scrub_interval = wide ? 31536000 : 3600;
	h->auto_repair = true;
	strcpy(h->now, wide ? "repair" : "idle");
	h->done = wide ? 4000000000u : 0;
	h->all = wide ? 4294967295u : 0;
	strcpy(h->scrub.result, wide ? "damage-left" : "done");
	h->scrub.ended = 1767225600;
	strcpy(h->repair.result, "done");
}

static void sample_counts(struct kdpu_counts *c, bool wide)
{
	c->known = true;
	c->first_writes = wide ? 1ull << 62 : 400;
	c->parked = 3;
	c->discards = 7;
	c->commits = 1234;
	c->checkpoints = 5;
}

void sample_pool(struct kdpu_pool *p, bool wide)
{
	size_t i;

	memset(p, 0, sizeof(*p));
	fill(p->name, sizeof(p->name), "ci", wide);
	fill(p->device.name, sizeof(p->device.name), "kdp-ci", wide);
	fill(p->disk, sizeof(p->disk), "/dev/nvme1n1", wide);
	strcpy(p->mode, wide ? "read-only" : "active");
	fill(p->reason, sizeof(p->reason), wide ? "a reason of words " : "-",
	     wide);
	memset(p->device.pool, 0x5a, sizeof(p->device.pool));
	p->chunk_bytes = wide ? 1 << 30 : 1 << 20;
	p->chunks = wide ? 1u << 24 : 1 << 16;
	p->chunks_used = wide ? 1234567 : 3 * 10240 + 500;
	p->epoch = wide ? 1ull << 62 : 7;
	p->sequence = wide ? 1ull << 62 : 1234;
	p->durable = p->sequence;
	p->nr_volumes = 3;
	p->replicas = 5;
	strcpy(p->health, "ccccc");
	sample_health(&p->metadata, wide);
	sample_counts(&p->counts, wide);
	p->journal_used = 12;
	p->journal_blocks = 1024;
	p->volumes = calloc(3, sizeof(*p->volumes));
	p->nr = p->volumes ? 3 : 0;
	for (i = 0; i < p->nr; i++) {
		sample_volume(&p->volumes[i], i + 1, wide);
		/* names differ in what comes first */
		p->volumes[i].name[0] = 'a' + i;
	}
}
