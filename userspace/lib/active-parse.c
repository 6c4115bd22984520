// SPDX-License-Identifier: GPL-2.0-only
/* The lines that the kernel answers with (kernel/doc/interface.rst). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "active.h"

int kdpu_status_parse(const char *line, struct kdpu_pool *p)
{
	unsigned long long epoch, sequence, durable, chunk;
	char uuid[40], all[8];
	int at = 0;

	if (sscanf(line, "%15s %31s %39s %llu %llu %llu %llu %u/%u %u %u/%7s %u/%u %n",
		   p->mode, p->name, uuid, &epoch, &sequence, &durable, &chunk,
		   &p->chunks_used, &p->chunks, &p->nr_volumes, &p->replicas,
		   all, &p->journal_used, &p->journal_blocks, &at) != 14 ||
	    !at)
		return -EINVAL;
	if (strcmp(uuid, "-") && !kdpu_uuid_parse(uuid, p->uuid, NULL))
		return -EINVAL;
	p->epoch = epoch;
	p->sequence = sequence;
	p->durable = durable;
	p->chunk_bytes = chunk * 512;
	snprintf(p->reason, sizeof(p->reason), "%.255s", line + at);
	return 0;
}

static int parse_volume(const char *line, struct kdpu_volume *v)
{
	unsigned long long id, sectors, pid_start, created;
	char boot[40] = "-";

	memset(v, 0, sizeof(*v));
	/* a module that was loaded before an upgrade tells no boot */
	if (sscanf(line, "%llu %55s %llu %u %u %u %31s %u %u %llu %llu %47s %63s %u %39s",
		   &id, v->name, &sectors, &v->chunks, &v->unwritten,
		   &v->users, v->flags, &v->uid, &v->pid, &pid_start, &created,
		   v->session, v->tags, &v->mapped, boot) < 14)
		return -EINVAL;
	if (strcmp(boot, "-") && !kdpu_uuid_parse(boot, v->boot_id, NULL))
		return -EINVAL;
	v->id = id;
	v->bytes = sectors * 512;
	v->pid_start = pid_start;
	v->created = created;
	return 0;
}

void kdpu_info_parse(const char *text, struct kdpu_pool *p)
{
	const struct {
		const char *key;
		uint64_t *to;
	} numbers[] = {
		{ "\nfirst_writes=", &p->counts.first_writes },
		{ "\nparked=", &p->counts.parked },
		{ "\ndiscards=", &p->counts.discards },
		{ "\ncommits=", &p->counts.commits },
		{ "\ncheckpoints=", &p->counts.checkpoints },
		{ "\nerrors=", &p->counts.errors },
	};
	const size_t nr = sizeof(numbers) / sizeof(numbers[0]);
	const char *at = strstr(text, "\nreplica_health=");
	size_t i, found = 0;

	if (at)
		sscanf(at, " replica_health=%7s", p->health);
	for (i = 0; i < nr; i++) {
		at = strstr(text, numbers[i].key);
		if (!at)
			continue;
		*numbers[i].to = strtoull(strchr(at, '=') + 1, NULL, 10);
		found++;
	}
	p->counts.known = found == nr;
}

int kdpu_list_parse(const char *text, struct kdpu_pool *p)
{
	struct kdpu_volume *v;
	char line[512];
	size_t n;
	int ret;

	for (; *text; text += n + !!text[n]) {
		n = strcspn(text, "\n");
		if (!n)
			continue;
		snprintf(line, sizeof(line), "%.*s", (int)n, text);
		v = realloc(p->volumes, (p->nr + 1) * sizeof(*v));
		if (!v)
			return -ENOMEM;
		p->volumes = v;
		ret = parse_volume(line, &v[p->nr]);
		if (ret)
			return ret;
		p->nr++;
	}
	return 0;
}
