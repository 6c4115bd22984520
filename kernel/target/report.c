// SPDX-License-Identifier: GPL-2.0-only
#include <linux/string.h>

#include "target/report.h"

/* The mode as users know it. */
static const char *kdp_mode_word(enum kdp_store_mode mode)
{
	if (mode == KDP_STORE_OPEN)
		mode = KDP_STORE_CLOSED;
	return kdp_store_mode_name(mode);
}

/* Why the pool is not active, or "-". */
static void kdp_why(struct kdp_pool *pool, char *buf, size_t size)
{
	buf[0] = 0;
	if (!pool->store)
		kdp_pool_get_error(pool, buf, size);
	else if (kdp_store_mode(pool->store) != KDP_STORE_ACTIVE)
		kdp_store_reason(pool->store, buf, size);
	if (!buf[0])
		strscpy(buf, "-", size);
}

static void kdp_status_open(struct kdp_pool *pool, const char *why,
			    char *result, unsigned int maxlen)
{
	struct kdp_store_info i;
	const struct kdp_geometry *g = &i.super.geometry;
	unsigned int sz = 0;

	kdp_store_info(pool->store, &i);
	DMEMIT("%s %s %*phN %llu %llu %llu %u ", kdp_mode_word(i.mode),
	       i.super.name, (int)KDP_UUID_SIZE, i.super.uuid, i.super.epoch,
	       i.sequence, i.durable, g->chunk_blocks * KDP_SECTORS_PER_BLOCK);
	DMEMIT("%u/%u %u %u/%u %u/%u %s", i.chunks_used, g->nr_chunks,
	       i.nr_volumes, i.replicas_current, KDP_REPLICAS, i.journal_used,
	       g->journal_blocks, why);
}

void kdp_report_status(struct kdp_pool *pool, char *result,
		       unsigned int maxlen)
{
	char why[KDP_REASON_SIZE];
	unsigned int sz = 0;

	down_read(&pool->life);
	kdp_why(pool, why, sizeof(why));
	if (pool->store)
		kdp_status_open(pool, why, result, maxlen);
	else
		DMEMIT("%s - - 0 0 0 0 0/0 0 0/%u 0/0 %s",
		       kdp_mode_word(KDP_STORE_CLOSED), KDP_REPLICAS, why);
	up_read(&pool->life);
}

static void kdp_health_letters(const struct kdp_health *h, char *letters)
{
	u32 r;

	for (r = 0; r < KDP_REPLICAS; r++)
		letters[r] = h->replica[r].up_to_date ? 'c' : 'o';
	letters[r] = 0;
}

/* Lines about each copy, and about who tends them. */
static unsigned int kdp_info_health(const struct kdp_health *h, char *result,
				    unsigned int sz, unsigned int maxlen)
{
	u32 r;

	for (r = 0; r < KDP_REPLICAS; r++)
		DMEMIT("replica%u=%s damaged=%u attempts=%u\n", r,
		       kdp_tend_word(&h->replica[r]), h->replica[r].damaged,
		       h->replica[r].attempts);
	DMEMIT("valid=%u\nrepairs=%llu\nscrub=%u/%u\n", h->valid, h->repairs,
	       h->scrubbed, h->to_scrub);
	return sz;
}

static unsigned int kdp_info_counts(struct kdp_pool *pool, char *result,
				    unsigned int maxlen)
{
	static const char * const name[KDP_NR_COUNTS] = {
		[KDP_COUNT_FIRST_WRITES] = "first_writes",
		[KDP_COUNT_PARKED] = "parked",
		[KDP_COUNT_DISCARDS] = "discards",
		[KDP_COUNT_COMMITS] = "commits",
		[KDP_COUNT_CHECKPOINTS] = "checkpoints",
		[KDP_COUNT_ERRORS] = "errors",
	};
	unsigned int sz = 0;
	int i;

	for (i = 0; i < KDP_NR_COUNTS; i++)
		DMEMIT("%s=%lld\n", name[i], atomic64_read(&pool->count[i]));
	return sz;
}

static void kdp_info_open(struct kdp_pool *pool, const char *why, char *result,
			  unsigned int maxlen)
{
	char health[KDP_REPLICAS + 1];
	struct kdp_store_info i;
	struct kdp_health h;
	const struct kdp_geometry *g = &i.super.geometry;
	unsigned int sz = 0;

	kdp_store_info(pool->store, &i);
	kdp_store_health(pool->store, &h);
	kdp_health_letters(&h, health);
	DMEMIT("name=%s\nuuid=%*phN\nmode=%s\n", i.super.name,
	       (int)KDP_UUID_SIZE, i.super.uuid, kdp_mode_word(i.mode));
	DMEMIT("epoch=%llu\nsequence=%llu\ndurable=%llu\n", i.super.epoch,
	       i.sequence, i.durable);
	DMEMIT("chunk_sectors=%u\nchunks=%u\nused=%u\n",
	       g->chunk_blocks * KDP_SECTORS_PER_BLOCK, g->nr_chunks,
	       i.chunks_used);
	DMEMIT("volumes=%u\nmax_volumes=%u\n", i.nr_volumes, g->max_volumes);
	DMEMIT("journal_blocks=%u\njournal_used=%u\n", g->journal_blocks,
	       i.journal_used);
	sz += kdp_info_counts(pool, result + sz, maxlen - sz);
	DMEMIT("replicas=%u\nreplica_health=%s\n", i.replicas_current, health);
	sz = kdp_info_health(&h, result, sz, maxlen);
	DMEMIT("reason=%s\n", why);
}

void kdp_report_info(struct kdp_pool *pool, char *result, unsigned int maxlen)
{
	char why[KDP_REASON_SIZE];
	unsigned int sz = 0;

	kdp_why(pool, why, sizeof(why));
	if (pool->store)
		kdp_info_open(pool, why, result, maxlen);
	else
		DMEMIT("mode=%s\nreason=%s\n",
		       kdp_mode_word(KDP_STORE_CLOSED), why);
}

void kdp_report_overflow(char *result, unsigned int sz, unsigned int maxlen)
{
	if (!maxlen)
		return;
	memset(result + sz, '\n', maxlen - 1 - sz);
	result[maxlen - 1] = 0;
}

struct kdp_list {
	u64 after;
	char *result;
	unsigned int maxlen;
	unsigned int sz;
	bool full;
};

static const char *kdp_or_dash(const char *text)
{
	return text[0] ? text : "-";
}

/* Of the boot that the owner belongs to; "-" if there is none. */
static const char *kdp_boot_id_text(const struct kdp_volume_info *i,
				    char text[2 * KDP_UUID_SIZE + 1])
{
	if (!memchr_inv(i->boot_id, 0, KDP_UUID_SIZE))
		return "-";
	snprintf(text, 2 * KDP_UUID_SIZE + 1, "%*phN", (int)KDP_UUID_SIZE,
		 i->boot_id);
	return text;
}

/* One line; @l->sz moves only if all of it fits. */
static bool kdp_list_volume(const struct kdp_volume *v, void *data)
{
	const struct kdp_volume_info *i = &v->info;
	struct kdp_list *l = data;
	unsigned int room = l->maxlen - l->sz;
	char boot_id[2 * KDP_UUID_SIZE + 1];
	int n;

	if (i->id <= l->after)
		return true;
	n = snprintf(l->result + l->sz, room,
		     "%llu %s %llu %u %u %u %s %u %u %llu %llu %s %s %u %s\n",
		     i->id, i->name, i->sectors, v->nr_chunks,
		     v->map.nr_unwritten, v->users,
		     i->flags & KDP_VOLUME_THIN ? "thin" : "-", i->uid, i->pid,
		     i->pid_start, i->created, kdp_or_dash(i->session),
		     kdp_or_dash(i->tags), v->map.nr_mapped,
		     kdp_boot_id_text(i, boot_id));
	/* one byte more must be free, or device-mapper takes it for full */
	l->full = n + 1 >= room;
	if (!l->full)
		l->sz += n;
	return !l->full;
}

void kdp_report_list(struct kdp_pool *pool, u64 after, char *result,
		     unsigned int maxlen)
{
	struct kdp_list l = {
		.after = after,
		.result = result,
		.maxlen = maxlen,
	};

	if (maxlen)
		result[0] = 0;
	kdp_pool_record(pool);
	kdp_store_for_each(pool->store, kdp_list_volume, &l);
	if (l.full)
		kdp_report_overflow(result, l.sz, maxlen);
	else if (maxlen)
		result[l.sz] = 0;
}
